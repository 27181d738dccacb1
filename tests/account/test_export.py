"""A copy of all that is ours of a person: what is in it, who can have it, and for how long."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest
from sqlalchemy import func, select

from hampa.account.actions.exports import finish_export, request_export
from hampa.account.actions.phone import change_phone
from hampa.account.models import Export
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Notification
from hampa.people import privacy_registry
from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run, RunOrganiser
from tests.account.traces import before_leaving, found_again, make_traces
from tests.auth.signing_in import codes_sent, wrong
from tests.factories.account import make_export
from tests.factories.base import made
from tests.factories.people import make_person, phone

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "export.md").read_text()


@pytest.fixture
def whole(db_session, worlds):
    return found_again(worlds.result(make_traces))


def fetched(page, person, work) -> zipfile.ZipFile:
    """Return the copy of a person's data, made and downloaded."""
    page.as_(person).get("/me/export", 200).form("/me/export").submit(status=303)
    work()
    link = next(link for link in page.as_(person).get("/me/export", 200).links if "/me/export/" in link)
    answer = page.as_(person).get(link, 200).response
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=hampa-")
    return zipfile.ZipFile(io.BytesIO(answer.get_data()))


def rows_of(archive: zipfile.ZipFile, noun: str) -> list[dict]:
    return json.loads(archive.read(f"{noun}.json"))


@before_leaving
def test_it_holds_all_rows_that_refer_to_the_person(page, whole, work):
    person = whole.person
    expected: dict[str, int] = {}
    for entry in privacy_registry.entries().values():
        if entry.noun:
            count = db.session.scalar(
                select(func.count()).select_from(entry.column.class_).where(entry.column == person.id)
            )
            assert count, f"make_full_person() has nothing in {entry.column}"
            expected[entry.noun] = expected.get(entry.noun, 0) + count
    archive = fetched(page, person, work)
    found = {noun: len(rows_of(archive, noun)) for noun in expected}
    # The copy itself, its notice and its SMS, the session that asked and the browser's device came meanwhile.
    for noun in ("exports", "sign_ins"):
        expected[noun] += 1
    assert found == expected


@before_leaving
def test_it_says_what_the_database_says(page, whole, work):
    archive = fetched(page, whole.person, work)
    (profile,) = rows_of(archive, "profile")
    assert profile["phone"] == whole.person.phone
    assert profile["email"] == "zarrin@example.org"
    assert profile["quiet_from"] == "22:00:00"
    parts = {row["id"]: row for row in rows_of(archive, "participations")}
    for part in db.session.scalars(select(Participation).where(Participation.person_id == whole.person.id)):
        row = parts.pop(str(part.id))
        assert (row["status"], row["note"], row["run_id"]) == (part.status, part.note, str(part.run_id))
        assert row["created_at"] == part.created_at.isoformat()
    assert not parts
    assert {row["text"] for row in rows_of(archive, "run_messages")} == {"quince-message", "quince-draft"}
    (card,) = rows_of(archive, "cards")
    assert (card["title"], card["distance_km"], card["days"]) == ("quince-card", 8.0, ["tue", "thu"])
    late = next(row for row in rows_of(archive, "messages_sent") if row["purpose"] == "interest_accepted")
    assert "Reza Friend" in late["text"]


@before_leaving
def test_its_files_are_the_persons_own(page, whole, work):
    archive = fetched(page, whole.person, work)
    assert archive.testzip() is None
    (route,) = (name for name in archive.namelist() if name.startswith("routes/"))
    assert archive.read(route) == storage.read(rows_path(route))
    (picture,) = (name for name in archive.namelist() if name.startswith("pictures/"))
    assert archive.read(picture) == b"RIFF....WEBP"
    assert {entry.date_time[0] for entry in archive.infolist()} == {clock.now().year}
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}
    told = json.loads(archive.read("export.json"))
    assert told["format"] == 1
    assert told["files"]["pictures/"] == told["files"]["routes/"] == 1


def rows_path(name: str) -> str:
    """Where the route is kept that stands in a copy under this name."""
    from hampa.routes.models import RunRoute

    run_id = name.removeprefix("routes/").removesuffix(".gpx")
    gpx = db.session.scalar(select(RunRoute.gpx).where(RunRoute.run_id == run_id))
    assert gpx
    return gpx


@before_leaving
def test_its_calendar_has_all_runs_ever(page, whole, work):
    calendar = icalendar.Calendar.from_ical(fetched(page, whole.person, work).read("runs.ics"))
    uids = {str(event["UID"]) for event in calendar.walk("VEVENT")}
    mine = select(Participation.run_id).where(
        Participation.person_id == whole.person.id, Participation.status != "LEFT"
    )
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == whole.person.id)
    own = Run.organiser_id == whole.person.id
    runs = db.session.scalars(select(Run.id).where(Run.id.in_(mine) | Run.id.in_(shared) | own))
    assert uids == {f"{run_id}@hampa" for run_id in runs}


@before_leaving
def test_every_key_of_it_is_documented(page, whole, work):
    archive = fetched(page, whole.person, work)
    undocumented = {
        f"{noun.name}.{key}"
        for noun in privacy_registry.nouns()
        for key in rows_of(archive, noun.name)[0]
        if f"`{key}`" not in section_of(noun.name)
    }
    assert not undocumented, f"docs/export.md does not say what {sorted(undocumented)} are"


def section_of(noun: str) -> str:
    return DOCUMENTED.partition(f"## {noun}\n")[2].partition("\n## ")[0]


@before_leaving
def test_a_person_can_read_it_without_us(page, whole, work):
    archive = fetched(page, whole.person, work)
    assert f'\n  "name": "{whole.person.name}",\n' in archive.read("profile.json").decode()
    assert archive.read("keys.md").decode() == DOCUMENTED
    assert "keys.md" in archive.read("README.txt").decode()


@pytest.mark.parametrize(("locale", "words"), [("en", "Your copy of Hampa"), ("fa", "نسخهٔ تو از ")])
def test_its_readme_speaks_the_persons_language(page, work, locale, words):
    person = make_person(locale=locale)
    archive = fetched(page, person, work)
    assert archive.read("README.txt").decode().startswith(words)


@before_leaving
def test_of_others_there_is_only_what_the_person_sees(page, whole, work):
    archive = fetched(page, whole.person, work)
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode(errors="replace")
    assert whole.friend.name in everything
    assert whole.friend.phone not in everything


@before_leaving
def test_a_name_that_hides_is_not_told(page, whole, work):
    made(Block, blocker_id=whole.friend.id, blocked_id=whole.person.id)
    archive = fetched(page, whole.person, work)
    assert [row["with_name"] for row in rows_of(archive, "companions")] == [""]
    holding = [name for name in archive.namelist() if whole.friend.name.encode() in archive.read(name)]
    assert holding == [], "not in what went to their phone either"


def test_what_went_to_a_number_before_is_not_told_to_who_has_it_now(page, owner, stranger, work):
    number = owner.phone
    notify(
        [owner.id],
        "interest_accepted",
        actor_id=make_person(name="Goli Secret").id,
        subject_id=owner.id,
        data={"interest": str(owner.id)},
        event="told before",
    )
    work()
    change_phone(owner, phone())
    stranger.phone = number
    db.session.commit()
    archive = fetched(page, stranger, work)
    assert b"Goli Secret" not in archive.read("messages_sent.json")
    assert b"Goli Secret" in fetched(page, owner, work).read("messages_sent.json")


def test_nobody_else_can_fetch_it(page, setting):
    for viewer in (setting.companion, setting.stranger, setting.operator):
        page.as_(viewer).get(f"/me/export/{setting.export.id}", 404)
    page.as_(setting.owner).get(f"/me/export/{setting.export.id}", 200)


def test_its_link_is_good_for_a_day(page, owner, work):
    export = make_export(owner)
    with clock.frozen(clock.now() + timedelta(hours=23, minutes=59)):
        page.as_(owner).get(f"/me/export/{export.id}", 200)
    with clock.frozen(clock.now() + timedelta(days=1)):
        page.as_(owner).get(f"/me/export/{export.id}", 410)
        assert "Make a new copy" in page.as_(owner).get("/me/export", 200).words


def test_its_file_is_swept_when_its_day_is_over(page, owner, work):
    from hampa.account.actions import exports

    export = make_export(owner, ready_at=clock.now() - timedelta(days=1))
    exports.expire_exports()
    work()
    assert export.status == "over"
    assert not storage.exists(export.file)


def test_a_session_left_open_has_no_copy_made(page, owner):
    mine = page.as_(owner)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        mine.post("/me/export", status=422)
        mine.get("/me/export", 200).form("/me/export/code").submit(status=303)
        code = codes_sent(owner.phone, "prove")[-1]
        form = mine.get("/me/export", 200).form("/me/export")
        assert "you have" in form.fill(code=wrong(code)).submit(status=422).words
        assert db.session.scalar(select(func.count()).select_from(Export)) == 0
        form.fill(code=code).submit(status=303)
        assert "is being made" in mine.get("/me/export", 200).words
    assert db.session.scalar(select(func.count()).select_from(Export)) == 1


def test_a_code_that_went_to_the_number_before_proves_nothing(page, owner):
    mine = page.as_(owner)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        mine.get("/me/export", 200).form("/me/export/code").submit(status=303)
        code = codes_sent(owner.phone, "prove")[-1]
        form = mine.get("/me/export", 200).form("/me/export")
        owner.phone = phone()
        db.session.commit()
        assert "Ask for a code first." in form.fill(code=code).submit(status=422).words
    assert db.session.scalar(select(func.count()).select_from(Export)) == 0


def test_asking_twice_makes_one(page, owner, work):
    form = page.as_(owner).get("/me/export", 200).form("/me/export")
    form.submit(status=303)
    form.submit(status=303)
    assert "is being made" in page.as_(owner).get("/me/export", 200).words
    work()
    assert db.session.scalar(select(func.count()).where(Export.person_id == owner.id)) == 1
    told = select(func.count()).where(Notification.person_id == owner.id, Notification.type == "export_ready")
    assert db.session.scalar(told) == 1


def test_so_many_are_made_a_day(page, owner, work):
    most = settings().exports_per_person_day
    for _nth in range(most):
        finish_export(request_export(owner).id, size=1)
    answer = page.as_(owner).get("/me/export", 200).form("/me/export").submit(status=422)
    assert f"{most} copies a day" in answer.words
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        page.as_(owner).get("/me/export", 200).form("/me/export").submit(status=303)


def test_making_it_twice_is_making_it_once(page, owner, work):
    from hampa.account.jobs import make_export as job

    export = request_export(owner)
    job(export.id)
    first = storage.open_file(export.file).written_at
    job(export.id)
    assert storage.open_file(export.file).written_at == first
