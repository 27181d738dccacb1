"""Files of watches: sent by a form and by a program, read by the worker, once each, and seen by their person alone."""

from __future__ import annotations

import gc
import gzip
import io
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hampa.activity_files import jobs
from hampa.activity_files.models import FATES, REASONS, ActivityImport, ActivityImportFile, ActivityTrack
from hampa.activity_files.queries import archives
from hampa.activity_files.queries.reading import kind_of, read_activities
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.media import storage
from hampa.training.models.activities import EVERYONE, Activity
from tests.factories.activity_files import make_track
from tests.factories.files import sample, sent
from tests.factories.fit import START, fit, fit_activity, loop, tcx
from tests.factories.training import make_activity

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
SENT_AT = datetime.fromtimestamp(START, UTC)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(NOW):
        yield


def packed(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(browser, content: bytes, name: str = "run.fit"):
    """Send a file by the form, and return the page of what becomes of it."""
    form = browser.get("/me/activities/import").form("/me/activities/import")
    form.values["file"] = sent(content, name)
    return form.submit(status=303).follow()


def fates() -> dict[str, int]:
    """Return how many files became what, of all imports."""
    rows = db.session.execute(select(ActivityImportFile.fate, func.count()).group_by(ActivityImportFile.fate))
    return dict(rows.all())


def activities() -> list[Activity]:
    return list(db.session.scalars(select(Activity).order_by(Activity.started_at)))


def test_a_file_of_a_watch_becomes_an_activity_with_splits(page, owner, stranger, work):
    browser = page.as_(owner)
    waiting = send(browser, fit_activity(loop(300)), "morning.fit")
    assert "being read" in waiting.text and waiting.one("div", id="import").get("data-hx-trigger") == "every 3s"
    work()
    done = browser.get(waiting.url)
    assert "1 file is now an activity." in done.text and done.one("div", id="import").get("data-hx-trigger") is None
    one = activities()[0]
    assert (one.kind, one.started_at, one.duration_s, one.visibility) == ("run", SENT_AT, 1196, "me")
    assert one.distance_m == pytest.approx(298 * 11.12, rel=0.01)
    assert one.climb_m == pytest.approx(40, abs=3)
    shown = browser.get(f"/activities/{one.id}")
    for text in ("Splits", "Moving", "Best efforts in it", "1 kilometre", "The map is only for you."):
        assert text in shown.text
    assert len(shown.all("tr")) == 1 + 4
    fetched = browser.get(f"/activities/{one.id}/file")
    assert gzip.decompress(fetched.response.data) == fit_activity(loop(300))
    one.visibility = EVERYONE
    db.session.commit()
    theirs = page.as_(stranger).get(f"/activities/{one.id}")
    assert "Splits" in theirs.text and "route-way" not in theirs.text and "pulse" not in theirs.text.lower()
    page.as_(stranger).get(f"/activities/{one.id}/file", 403)
    page.as_(stranger).get(waiting.url, 404)


def test_the_same_activity_is_there_once_whatever_it_comes_as(page, owner, work):
    browser = page.as_(owner)
    written = make_activity(owner, started_at=SENT_AT - timedelta(minutes=1), duration_s=1_300, distance_m=None)
    content = fit_activity(loop(300))
    for name, body in (("a.fit", content), ("again.fit", content), ("packed.fit.gz", gzip.compress(content))):
        send(browser, body, name)
        work()
    again = tcx([loop(300)]).replace(b"2026-11-28T06:00:00Z", SENT_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode())
    send(browser, again, "same-time.tcx")
    work()
    assert [one.id for one in activities()] == [written.id]
    assert fates()["added"] == 1
    assert fates()["same"] >= 2
    db.session.refresh(written)
    assert written.distance_m == pytest.approx(298 * 11.12, rel=0.01)
    assert written.duration_s == 1_300, "what somebody wrote down stays"


def test_an_archive_is_read_file_by_file_and_each_fault_has_its_name(page, owner, work):
    def moved(days: int) -> bytes:
        old = SENT_AT - timedelta(days=days)
        stamp = (
            f"<time>{old:%Y-%m-%dT%H:%M:%SZ}</time>",
            f"<time>{old + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}</time>",
        )
        points = "".join(f'<trkpt lat="{35.7 + at / 100}" lon="51.4">{time}</trkpt>' for at, time in enumerate(stamp))
        return f"<gpx><trk><type>hiking</type><trkseg>{points}</trkseg></trk></gpx>".encode()

    files = {f"activities/{day}.gpx": moved(day) for day in range(1, 41)}
    files |= {
        "activities/broken.fit": fit_activity(loop(20))[:-5],
        "activities/planned.gpx": sample("planned"),
        "activities/bomb.gpx": b'<!DOCTYPE a [<!ENTITY b "c">]><gpx>&b;</gpx>',
        "activities/in.gpx.gz": b"\x1f\x8bnothing",
        "media/photo.jpg": b"...",
        "profile.csv": b"a,b",
        "__MACOSX/activities/1.gpx": b"",
    }
    browser = page.as_(owner)
    shown = send(browser, packed(files), "export.zip")
    work()
    done = browser.get(shown.url)
    one = db.session.scalars(select(ActivityImport)).one()
    assert (one.files, one.place, one.reason, one.upload) == (44, 44, None, None)
    assert fates() == {"made": 40, "failed": 4}
    assert "40 files are now activities." in done.text
    for name in ("broken.fit", "planned.gpx", "bomb.gpx", "in.gpx.gz"):
        assert name in done.text
    assert {kept.kind for kept in activities()} == {"hike"}
    assert "/me/activities/import" in browser.get("/me/activities").text


def test_archives_in_an_archive_are_read_within_bounds_that_count_for_all_of_them(page, owner, work, monkeypatch):
    inner = packed(
        {f"{at}.fit": fit_activity(loop(20 + at)) for at in range(2)} | {"deeper.zip": packed({"a.fit": b""})}
    )
    files = {f"DI_CONNECT/Uploaded_{at}.zip": inner for at in (1, 2)} | {"DI_CONNECT/Uploaded_3.zip": inner[:-9]}
    browser = page.as_(owner)
    shown = send(
        browser, packed(files | {"DI_CONNECT/profile.json": b"{}", "plain.gpx": sample("garmin")}), "garmin.zip"
    )
    work()
    assert "Uploaded_3.zip" in browser.get(shown.url).words
    assert fates() == {"made": 2, "same": 3, "failed": 1}  # all that is of one device began at the same moment
    for name, most in (
        ("MOST_UNPACKED", len(inner) + 9),
        ("MOST_ENTRIES", 8),
        ("MOST_DIRECTORY", 400),
        ("MOST_ARCHIVES", 2),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(archives, name, most)
            with pytest.raises(UnreadableRoute, match="too_large" if name == "MOST_UNPACKED" else "too_many"):
                archives.Archive(io.BytesIO(packed(files)), "bomb.zip")
    with pytest.raises(UnreadableRoute, match="empty"):
        archives.Archive(io.BytesIO(packed({"a.zip": packed({"b.zip": inner})})), "deep.zip")
    broken_at_end = packed({"a.zip": bytes(300_000), "b.zip": bytes(300_000)})
    broken_at_end = broken_at_end.replace(zlib.crc32(bytes(300_000)).to_bytes(4, "little"), b"????")
    with archives.Archive(io.BytesIO(broken_at_end), "broken.zip") as archive:
        assert archive.names == ["a.zip", "b.zip"]
    monkeypatch.setattr(archives, "MOST_UNPACKED", 400_000)
    with pytest.raises(UnreadableRoute, match="too_large"):
        archives.Archive(io.BytesIO(broken_at_end), "broken.zip")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04nothing", "broken"),
        (packed({"readme.txt": b"x"}), "empty"),
        (b"<html></html>", "not_gpx"),
        (b"Rar!\x1a\x07", "packed"),
        (fit(), "empty"),
        (sample("planned"), "empty"),
        (fit_activity(loop(30))[:-20], "broken"),
        (sample("garmin").replace(b"<time>20", b"<time>23"), "no_times"),
    ],
    ids=["zip", "nothing-in-zip", "page", "rar", "no-record", "planned", "cut-off", "wrong-clock"],
)
def test_what_can_not_be_read_says_why(owner, work, page, content, reason):
    browser = page.as_(owner)
    shown = send(browser, content, "thing.gpx")
    work()
    db.session.expire_all()
    one = db.session.scalars(select(ActivityImport)).one()
    file = db.session.scalar(select(ActivityImportFile.reason))
    assert reason in (one.reason, file)
    assert browser.get(shown.url).text.count("Send another file") == 1
    assert activities() == []


def test_what_is_far_too_much_is_refused_without_being_held(monkeypatch):
    from hampa.platform.geo import workout_files

    monkeypatch.setattr(workout_files, "MOST_BYTES", 10_000)
    with pytest.raises(UnreadableRoute, match="too_large"):
        workout_files.read(gzip.compress(b" " * 1_000_000))
    with pytest.raises(UnreadableRoute, match="too_large"):
        workout_files.read(b"<gpx>" + b" " * 20_000)


def test_a_worker_that_dies_goes_on_where_it_was(page, owner, work, monkeypatch):
    files = {f"{day}.fit": fit_activity(loop(20 + day)) for day in range(3)}
    send(page.as_(owner), packed(files), "three.zip")
    import_id = db.session.scalar(select(ActivityImport.id))
    reading = jobs._read_file
    places: list[int] = []

    def dies(archive, place):
        places.append(place)
        if place == 1 and places.count(1) == 1:
            raise KeyboardInterrupt
        return reading(archive, place)

    monkeypatch.setattr(jobs, "_read_file", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.read_import(import_id)
    db.session.rollback()
    waiting = page.as_(owner).get(f"/me/activities/import/{import_id}").one("progress")
    assert (waiting.get("value"), waiting.get("max")) == ("1", "3")
    jobs.read_import(import_id)
    jobs.read_import(import_id)
    assert places == [0, 1, 1, 2]
    one = db.session.get(ActivityImport, import_id)
    assert (one.place, one.done_at is not None) == (3, True)
    assert sum(fates().values()) == 3


def test_memory_does_not_grow_with_the_number_of_files(page, owner, work, monkeypatch):
    """What is left after each of sixty files, of which ten are broken and ten are there already, stays the same."""
    day = timedelta(days=1).total_seconds()

    def track(number: int) -> bytes:
        begin = SENT_AT.timestamp() - number * day
        points = "".join(
            f'<trkpt lat="{35.7 + at / 9_000:.5f}" lon="51.4"><ele>{1_200 + at % 40}</ele>'
            f"<time>{datetime.fromtimestamp(begin + 5 * at, UTC):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
            for at in range(300)
        )
        return f"<gpx><trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>".encode()

    files = {f"{at:02}.gpx": track(at - 2 * (at % 6 // 5))[: -40 if at % 6 == 4 else None] for at in range(60)}
    shown = send(page.as_(owner), packed(files), "years.zip")
    held: list[int] = []

    def note() -> None:
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])

    monkeypatch.setattr(jobs, "renew_lease", note)
    gc.collect()
    gc.freeze()  # what the process holds already is looked through no more, sixty times
    tracemalloc.start()
    try:
        jobs.read_import(db.session.scalar(select(ActivityImport.id)))
    finally:
        tracemalloc.stop()
    work()
    assert fates() == {"made": 40, "failed": 10, "same": 10} and len(held) == 60
    size = len(files["00.gpx"])
    assert max(held[40:]) - max(held[10:30]) < 4 * size, "as much as four files at most, of forty that were read since"
    listed = page.as_(owner).get(shown.url)
    assert all(f"{at:02}.gpx" in listed.words for at in range(4, 60, 6)) and "00.gpx" not in listed.words


def test_kinds_are_named_as_devices_and_services_name_them():
    named = {
        "running": "run",
        "trail": "trail",
        "Hiking": "hike",
        "9": "run",
        "cycling": "ride",
        "": "run",
        "chess": "other",
    }
    assert {sport: kind_of(sport) for sport in named} == named
    assert len(read_activities(fit_activity(loop(50)))) == 1
    assert set(FATES) == {"made", "added", "same", "failed"} and len(REASONS) == len(set(REASONS))


def test_programs_send_files_and_read_tracks(program, owner, stranger, work):
    hers, other = program.as_(owner), program.as_(stranger)
    made = hers.ask("POST", "/me/activity-imports", 201, data={"file": sent(fit_activity(loop(300)), "a.fit")}).data
    work()
    told = hers.get(f"/me/activity-imports/{made['id']}", 200).data
    assert told["fates"] == [{"fate": "made", "files": 1}] and told["read"] == told["files"] == 1
    track = hers.get(f"/activities/{told['activity_id']}/track", 200).data
    assert [one["metres"] for one in track["splits"] if one["unit"] == "km"][:3] == [1000, 1000, 1000]
    other.get(f"/activities/{told['activity_id']}/track", 404)
    other.get(f"/me/activity-imports/{made['id']}", 404)


def test_files_are_gone_with_their_activities(owner, work):
    track, other = make_track(owner), make_track(owner)
    gone, kept, other_id = track.file, other.file, other.id
    db.session.delete(db.session.get(Activity, track.activity_id))
    db.session.commit()
    with clock.frozen(NOW + timedelta(days=400)):
        jobs.sweep()
    work()
    assert not storage.exists(gone)
    assert storage.exists(kept)
    assert db.session.scalars(select(ActivityTrack.id)).all() == [other_id]
