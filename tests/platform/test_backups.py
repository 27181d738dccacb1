"""A backup comes back as it was, database and files; a damaged one changes nothing; old ones go."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from hampa.platform import clock, doctor
from hampa.platform.backups import archive, targets
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import storage
from tests.database import engine_instead
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


@pytest.fixture
def change(app, monkeypatch):
    """`change(home=…)`: settings of this test alone."""
    return lambda **given: monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update=given))


def everything() -> dict[str, list[str]]:
    """Return the rows of all tables, as text, in an order of their own."""
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    rows = {name: sorted(map(str, db.session.execute(text(f'SELECT t::text FROM "{name}" t')))) for name in tables}
    db.session.rollback()
    return rows


def files() -> dict[str, bytes]:
    return {name: storage.read(name) for name in storage.names()}


@contextmanager
def another_site(app, databases, home):
    engine = create_engine(databases.make("restored", empty=True))
    try:
        with engine_instead(app, engine, home):
            yield
    finally:
        engine.dispose()


def test_the_drill(app, real_database, databases, change, tmp_path):
    change(home=tmp_path / "first")
    with app.app_context():
        sara = make_person(name="سارا")
        take_part(make_run(sara, title="دور دریاچه"), make_person(name="Reza"))
        db.session.commit()
        content = secrets.token_bytes(300_000)
        storage.put("photos/one/large.jpg", content)
        storage.put("posters/two.png", b"drawn")
        rows, stored = everything(), files()
        path = tmp_path / "backup.tar"
        with path.open("wb") as stream:
            assert archive.write(stream).files == 2
    assert len(rows["people"]) == 2
    assert len(rows) > 100

    with another_site(app, databases, tmp_path / "second"), app.app_context():
        storage.put("photos/of-another-site.jpg", b"x")
        archive.restore(path)
        assert everything() == rows
        assert files() == stored

        make_person(name="came later")
        db.session.commit()
        with pytest.raises(archive.BackupError, match="not empty"):
            archive.restore(path)
        again = tmp_path / "again.tar"
        with again.open("wb") as stream:
            archive.write(stream)
        archive.restore(path, replace=True)
        assert everything() == rows, "and what was restored can be replaced"
        archive.restore(again, replace=True)
        assert len(everything()["people"]) == 3, "and backed up"

        damaged = bytearray(path.read_bytes())
        damaged[damaged.index(content[:64]) + 20] ^= 1
        for faulty, why in (
            (bytes(damaged), "large.jpg is not what"),
            (path.read_bytes()[:-200_000], "read|no end"),
            (b"", "read|no end"),
        ):
            (tmp_path / "faulty.tar").write_bytes(faulty)
            with pytest.raises(archive.BackupError, match=why):
                archive.restore(tmp_path / "faulty.tar", replace=True)
        other = db.engine.connect()
        other.execute(text("SELECT 1"))
        with pytest.raises(archive.BackupError, match="others use"):
            archive.restore(path, replace=True)
        other.close()
        assert len(everything()["people"]) == 3


def test_old_backups_go_and_one_of_each_day_and_week_stays():
    made = [NOW - timedelta(hours=12 * number) for number in range(100)]
    kept = targets.kept(made, NOW)
    days = {moment.date() for moment in kept if NOW - moment < timedelta(days=7)}
    weeks = {moment.isocalendar()[:2] for moment in kept}
    assert len(days) == 8  # the last seven times 24 hours touch eight
    assert len(weeks) in (4, 5)
    assert NOW in kept
    assert min(kept) > NOW - timedelta(weeks=4)
    assert len(kept) <= 12


@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_each_night_one_is_put_where_backups_go(app, real_database, change, request, tmp_path, where):
    given = {"home": tmp_path, "backup_target": str(tmp_path / "kept")}
    if where == "bucket":
        server, bucket = request.getfixturevalue("s3_server"), f"backups-{secrets.token_hex(6)}"
        httpx.put(f"{server}/{bucket}").raise_for_status()
        given |= {
            "backup_target": f"s3://{bucket}/hampa",
            "s3_endpoint": server,
            "s3_key": "key",
            "s3_secret": "secret",
        }
    change(**given)
    with app.app_context():
        assert targets.is_late()
        for days in range(6, -1, -3):
            with clock.frozen(NOW - timedelta(days=days)):
                targets.make()
        with clock.frozen(NOW + timedelta(hours=35)):
            assert targets.newest() == NOW
            assert not targets.is_late()
        with clock.frozen(NOW + timedelta(hours=37)):
            assert targets.is_late()
            assert [state for state, _words in doctor.check_backup()] == ["warn"]
        with clock.frozen(NOW + timedelta(days=40)):
            targets.make()
            assert targets.newest() == NOW + timedelta(days=40)
        if where == "folder":
            (kept,) = Path(given["backup_target"]).iterdir()
            assert archive.read_manifest(kept).sums
