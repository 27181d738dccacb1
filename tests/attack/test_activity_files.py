"""Files of watches attacked: short ones that take long or become many, archives that lie, and numbers beyond all measure."""

from __future__ import annotations

import gzip
import io
import struct
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from hampa.activity_files import jobs
from hampa.activity_files.models import ActivityImport, ActivityImportFile, ActivityTrack
from hampa.activity_files.queries import reading
from hampa.activity_files.queries.archives import MOST_ENTRIES, Archive
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo import workout_files
from hampa.platform.geo.lines import UnreadableRoute
from hampa.training.models.activities import Activity
from tests.attack.resource_usage import Usage, measure
from tests.factories import fit

MOST_MEMORY, MOST_SECONDS = 100_000_000, 20.0
EVENT, SESSION, RECORD = 21, 18, 20
READ = """
import sys
from hampa.activity_files.queries.archives import Archive
from hampa.activity_files.queries.reading import read_activities
from hampa.platform.geo.lines import UnreadableRoute
try:
    archive = Archive(open(sys.argv[1], "rb"), sys.argv[1])
    for place in range(len(archive.names)):
        print(len(read_activities(archive.read(place))))
except UnreadableRoute as refused:
    print(refused.reason)
"""
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def gpx(points: list[str]) -> bytes:
    return f"<gpx><trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def point(moment: datetime, north: float = 35.7, east: float = 51.4, height: str = "1200") -> str:
    time = f"<time>{moment:%Y-%m-%dT%H:%M:%SZ}</time>"
    return f'<trkpt lat="{north}" lon="{east}"><ele>{height}</ele>{time}</trkpt>'


def run_of(moment: datetime, count: int = 30, height: str = "1200") -> list[str]:
    return [point(moment + timedelta(seconds=4 * each), 35.7 + each / 9_000, height=height) for each in range(count)]


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def directory_of(entries: int) -> bytes:
    """Return an archive of nothing but the list of its entries."""
    local = b"PK\x03\x04" + bytes(26) + b"a"
    one = b"PK\x01\x02" + bytes(24) + struct.pack("<HHHHHII", 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, *[entries & 0xFFFF] * 2, len(one) * entries, len(local), 0)
    return local + one * entries + end


def empty_messages(kind: int, count: int) -> bytes:
    return fit.fit(fit.definition(kind, ()) + bytes(count))


FILES = {
    "fit_of_events_of_no_bytes": lambda: (gzip.compress(empty_messages(EVENT, 600_000), 1), "harmful"),
    "fit_of_sessions_of_no_bytes": lambda: (empty_messages(SESSION, 600_000), "too_many"),
    "fit_of_faulty_definitions": lambda: (fit.fit(fit.definition(RECORD, ((0, 3, fit.SINT32),)) * 30_000), "empty"),
    "gpx_of_one_long_word": lambda: (b"<gpx><trk><name>" + b"x" * 10_000_000 + b"</name></trk></gpx>", "empty"),
    "gpx_of_a_long_attribute": lambda: (b'<gpx><trk><trkpt lat="' + b"1" * 10_000_000 + b'"/></trk></gpx>', "empty"),
    "gpx_of_nothing_but_elements": lambda: (b"<gpx>" + b"<a/>" * 1_000_000 + b"</gpx>", "empty"),
    "zip_of_a_long_directory": lambda: (directory_of(400_000), "too_many"),
    "zip_of_many_entries": lambda: (directory_of(MOST_ENTRIES + 1), "too_many"),
}


def reading_of(file: Path) -> Usage:
    """Return what it takes to read a file, with every warning an error."""
    return measure([sys.executable, "-W", "error", "-c", READ, str(file)], {})


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Usage:
    """Return what a run of an hour takes."""
    file = tmp_path_factory.mktemp("usual") / "run.fit"
    file.write_bytes(fit.fit_activity(fit.loop(300)))
    return reading_of(file)


@pytest.mark.parametrize("name", FILES)
def test_a_file_takes_little_however_it_is_made(tmp_path: Path, usual: Usage, name: str):
    content, reason = FILES[name]()
    hostile = tmp_path / "hostile"
    hostile.write_bytes(content)
    most = reading_of(hostile)
    print(f"{name}: {(most.memory - usual.memory) >> 20} MB, {most.seconds - usual.seconds:.1f} s of CPU, {most.said}")
    assert (most.status, most.said) == (0, f"{reason}\n")
    assert most.memory - usual.memory < MOST_MEMORY + 2 * len(content)
    assert most.seconds - usual.seconds < MOST_SECONDS


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_is_unpacked_piece_by_piece_is_unpacked(method: int):
    archive = Archive(io.BytesIO(packed({"a.gpx": bytes(1_000_000)}, method)), "a.zip")
    with pytest.raises(UnreadableRoute, match="packed"):
        archive.read(0)


def test_fields_without_end_are_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workout_files, "MOST_FIELDS", 1_000)
    wide = fit.fit(fit.definition(RECORD, [(200, 1, fit.UINT8)] * 255) + bytes(256) * 8)
    with pytest.raises(UnreadableRoute, match="harmful"):
        workout_files.read(wide)


def test_one_file_becomes_no_more_activities_than_it_may(monkeypatch: pytest.MonkeyPatch):
    def days(count: int) -> bytes:
        return gpx([one for day in range(count) for one in run_of(NOW - timedelta(days=day + 1), 2)])

    with clock.frozen(NOW):
        assert len(reading.read_activities(days(50))) == 50
        with pytest.raises(UnreadableRoute, match="too_many"):
            reading.read_activities(days(51))
        monkeypatch.setattr(reading, "MOST_STORED", 2 * len(days(3)))
        with pytest.raises(UnreadableRoute, match="too_many"):
            reading.read_activities(days(3))


@pytest.mark.parametrize("height", ["1e308", "-1e308", "nan"])
def test_numbers_beyond_all_measure_are_no_numbers(page, owner, work, height: str):
    with clock.frozen(NOW):
        pole = [
            point(NOW - timedelta(days=2, seconds=-each), 90, each / 30 % 360 - 180, height) for each in range(10_000)
        ]
        content = {"a.gpx": gpx(run_of(NOW - timedelta(days=1), height=height)), "pole.gpx": gpx(pole)}
        answer = send(page.as_(owner), packed(content), "two.zip")
        work()
    assert page.as_(owner).get(answer.url, 200)
    assert fates() == {"made": 2}
    for track in db.session.scalars(select(ActivityTrack)):
        assert not track.course.get("profile")
    assert {one.climb_m for one in db.session.scalars(select(Activity))} == {None}


def send(browser, content: bytes, name: str):
    form = browser.get("/me/activities/import", 200).form("/me/activities/import")
    form.values["file"] = FileStorage(io.BytesIO(content), filename=name)
    return form.submit(status=303).follow()


def fates() -> dict[str, int]:
    rows = db.session.execute(select(ActivityImportFile.fate, func.count()).group_by(ActivityImportFile.fate))
    return dict(rows.all())


def test_an_archive_lets_others_go_first_and_is_given_up_in_the_end(page, owner, work, monkeypatch):
    content = packed({f"{day}.gpx": gpx(run_of(NOW - timedelta(days=day))) for day in range(1, 6)})
    begun: list[int] = []
    opened = jobs.Archive
    monkeypatch.setattr(jobs, "Archive", lambda *given: begun.append(1) or opened(*given))
    with clock.frozen(NOW):
        monkeypatch.setattr(jobs, "SLICE_S", 0)
        send(page.as_(owner), content, "five.zip")
        work()
        assert (len(begun), fates()) == (5, {"made": 5}), "one file a job"
        monkeypatch.setattr(jobs, "MOST_S", 0)
        send(page.as_(owner), content, "again.zip")
        work()
    last = db.session.scalars(select(ActivityImport).order_by(ActivityImport.created_at.desc())).first()
    assert (last.reason, last.place, last.upload) == ("too_many", 0, None)


@pytest.mark.parametrize("name", ["run\0.fit", "../../etc/cron.d/run.fit", "\u202etif.fit", "a" * 5_000 + ".fit"])
def test_a_name_is_a_name_and_no_way(page, program, owner, work, name: str):
    with clock.frozen(NOW):
        answer = send(page.as_(owner), fit.fit_activity(fit.loop(300)), name)
        work()
    assert "1 file is now an activity." in page.as_(owner).get(answer.url, 200).text
    stored = db.session.scalars(select(ActivityTrack.file)).one()
    assert ".." not in stored and stored.startswith("activities/")
    assert db.session.scalars(select(ActivityImport)).one().name.isprintable() or name.startswith("\u202e")
