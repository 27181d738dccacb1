"""Routes from FIT and TCX files, which are told from GPX by what is in them; what is wrong with a file is said."""

from __future__ import annotations

import io
import struct
import warnings

import fitdecode
import pytest
from sqlalchemy import select

from hampa.platform.db import db
from hampa.platform.geo import course, fit as geo_fit, route_files, tracks
from hampa.platform.geo.lines import MOST_POINTS, UnreadableRoute
from hampa.platform.media import storage
from hampa.routes.forms import ROUTE_REASONS
from hampa.routes.models import REASONS, RunRoute
from hampa.runs.models.run import Run
from tests.factories import fit
from tests.factories.files import sent
from tests.factories.fit import Place, fit_activity, fit_course, loop, tcx
from tests.factories.runs import SHORT_FORM
from tests.html import words

LENGTH_M, CLIMB_M = 2201, 40
LOOP = loop()


def read(content):
    track = tracks.clean_track(route_files.read(io.BytesIO(content)))
    return course.compute_course(track.lines, track.waypoints)


def refused(content):
    with pytest.raises(UnreadableRoute) as error:
        read(content)
    return error.value.reason


def with_records(*messages, **options):
    return fit.fit(fit.FILE_ID, fit.definition(20, fit.RECORD), *messages, **options)


def points_of(content):
    return [
        (n, e, h)
        for line in route_files.read(io.BytesIO(content)).lines
        for n, e, h in zip(line.north, line.east, line.height, strict=True)
    ]


READ = {
    "fit": fit_activity(LOOP),
    "fit, big endian": fit_activity(LOOP, order=">"),
    "fit course": fit_course(LOOP, []),
    "fit without signal at first": fit_activity([None] * 20 + LOOP),
    "two chained": fit_activity(LOOP[:100]) + fit_activity(LOOP[100:]),
    "chained, and zeros": fit_activity(LOOP) + bytes(512),
    "tcx": tcx([LOOP]),
    "tcx of laps": tcx([LOOP[:50], LOOP[50:120], LOOP[120:]]),
    "tcx without signal at first": tcx([[None] * 20 + LOOP]),
    "tcx course": tcx([LOOP], points=[]),
    "tcx with a prefix": tcx([LOOP]).replace(b"<Track", b"<ns3:Track").replace(b"</Track", b"</ns3:Track"),
}


@pytest.mark.parametrize("kind", READ)
def test_activities_and_courses_of_devices_are_read(kind):
    found = read(READ[kind])
    assert found.distance_m == pytest.approx(LENGTH_M, abs=12)
    assert found.climb_m == pytest.approx(CLIMB_M, abs=3)
    assert len(found.drawing["line"]) == 1, "laps and chained files go on where the one before ended"


def test_positions_are_those_that_another_reader_finds():
    content = fit_activity([Place(-33.8688, 151.2093, 12.0), *LOOP, Place(35.7, -179.99999, 8848)])
    others = []
    with warnings.catch_warnings(), fitdecode.FitReader(io.BytesIO(content)) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name == "record":
                values = [frame.get_value(name) for name in ("position_lat", "position_long", "altitude")]
                others.append((values[0] * 180 / 2**31, values[1] * 180 / 2**31, values[2]))
    assert points_of(content) == [pytest.approx(place) for place in others]
    assert points_of(content)[0] == pytest.approx((-33.8688, 151.2093, 12.0), abs=1e-6)
    times = route_files.read(io.BytesIO(content)).lines[0].time
    assert (times[0], times[1]) == (fit.START, fit.START + 4)


def test_fields_that_are_not_known_are_skipped_and_compressed_times_go_on():
    many = ((253, 4, fit.UINT32), (200, 7, 0x0D), (1, 4, fit.SINT32), (0, 4, fit.SINT32), (78, 4, fit.UINT32))
    first = struct.pack("<I7xiiI3x", fit.START - fit.EPOCH, *map(fit.semicircles, (51.4, 35.7)), 8500)
    short = ((1, 4, fit.SINT32), (0, 4, fit.SINT32))
    second = struct.pack("<ii", *map(fit.semicircles, (51.4, 35.71)))
    offset = (fit.START - fit.EPOCH + 3) & 0x1F
    content = fit.fit(
        fit.definition(20, many, local=0, developer=((0, 3, 0),)),
        b"\0" + first,
        fit.definition(20, short, local=1),
        bytes([0x80 | 1 << 5 | offset]) + second,
    )
    line = route_files.read(io.BytesIO(content)).lines[0]
    assert list(line.north) == [pytest.approx(35.7), pytest.approx(35.71)]
    assert (line.height[0], line.time[1] - line.time[0]) == (pytest.approx(1200), 3)


def test_a_pause_with_a_way_between_is_a_gap():
    far = [Place(35.9 + step / 10_000, 51.4) for step in range(50)]
    assert len(read(tcx([LOOP, far])).drawing["line"]) == 2
    assert len(read(fit_activity(LOOP) + fit_activity(far)).drawing["line"]) == 2


MANY = fit.record(LOOP[0])
WRONG = {
    "cut off": (fit_activity(LOOP)[:900], "broken"),
    "one byte less": (fit_activity(LOOP)[:-1], "broken"),
    "a wrong sum": (with_records(fit.record(LOOP[0]), fit.record(LOOP[1]), sum_of=1), "broken"),
    "a byte that fell over": (fit_activity(LOOP).replace(b"\x96", b"\x97", 1), "broken"),
    "chained with half a file": (fit_activity(LOOP) + fit_activity(LOOP)[:500], "broken"),
    "chained with words": (fit_activity(LOOP) + b"and so on, and so on", "broken"),
    "a message of no definition": (fit.fit(b"\5" + bytes(20)), "broken"),
    "a definition that ends early": (fit.fit(fit.definition(20, fit.RECORD)[:8]), "broken"),
    "a message that ends early": (with_records(fit.record(LOOP[0])[:6]), "broken"),
    "only a head": (fit.fit(), "empty"),
    "a workout": (fit.fit(fit.FILE_ID, fit.LAP), "empty"),
    "a treadmill": (fit_activity([None] * 100), "no_place"),
    "tcx of a treadmill": (tcx([[None] * 100]), "no_place"),
    "course points alone": (fit_course([], [(LOOP[0], 3, "Tap")]), "empty"),
    "standing still": (fit_activity(LOOP[:2]), "too_short"),
    "at 0 0": (fit_activity([Place(0, 0)] * 50), "empty"),
    "too many points": (with_records(MANY * (MOST_POINTS + 1)), "too_many"),
    "too many files": (fit.fit() * 100, "harmful"),
    "tcx cut off": (tcx([LOOP])[:5000], "broken"),
    "tcx off the globe": (tcx([[Place(1000, 51)] * 5]), "empty"),
    "tcx with entities": (tcx([LOOP]).replace(b"?>", b'?><!DOCTYPE a [<!ENTITY a "b">]>', 1), "harmful"),
    "an archive of a site": (b"PK\x03\x04" + fit_activity(LOOP), "packed"),
    "packed": (b"\x1f\x8b\x08\x00" + bytes(60), "packed"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_file_is_said(kind):
    content, reason = WRONG[kind]
    assert refused(content) == reason
    assert reason in REASONS


@pytest.mark.parametrize("kind", [20, 32, 99])
def test_messages_without_a_byte_are_bounded_too(monkeypatch, kind):
    monkeypatch.setattr(geo_fit, "MOST_MESSAGES", 500)
    assert refused(fit.fit(fit.definition(kind, ()) + bytes(600))) == "harmful"
    assert refused(fit.fit(fit.definition(kind, ()) + bytes(400))) in ("empty", "no_place")


def test_every_reason_has_words(app):
    assert set(ROUTE_REASONS) == set(REASONS)


@pytest.mark.parametrize("content", [fit_activity(LOOP), tcx([LOOP])], ids=["fit", "tcx"])
def test_a_file_of_a_watch_becomes_a_route_whatever_it_is_called(page, owner, work, content):
    page.as_(owner).post("/runs/new", SHORT_FORM | {"route": sent(content, "route.gpx")}, 303)
    work()
    db.session.expire_all()
    run = db.session.scalars(select(Run)).one()
    assert "2.2 km" in words(page.get(f"/runs/{run.id}").one(id="route"))
    name = db.session.scalars(select(RunRoute.gpx)).one()
    kept = storage.read(name)
    assert kept.startswith(b"<?xml") and b"time" not in kept, "we keep our own GPX, without times"
    assert list(storage.list_folder("uploads")) == []


def test_the_organiser_reads_what_was_wrong(page, owner, work):
    page.as_(owner).post("/runs/new", SHORT_FORM | {"route": sent(fit_activity([None] * 50))}, 303)
    work()
    db.session.expire_all()
    run = db.session.scalars(select(Run)).one()
    assert "no positions in this file" in page.as_(owner).get(f"/runs/{run.id}/edit").words
    assert not page.get(f"/runs/{run.id}").all(id="route")


def test_a_small_line_of_the_route_is_kept_with_the_run(page, owner, work):
    page.as_(owner).post("/runs/new", SHORT_FORM | {"route": sent(fit_activity(LOOP))}, 303)
    work()
    db.session.expire_all()
    run = db.session.scalars(select(Run)).one()
    assert run.route_sketch.startswith("0 240 m0 240l0-")
    page.as_(owner).get(f"/runs/{run.id}/edit").form().fill(route_remove="y").submit(status=303)
    db.session.expire_all()
    assert run.route_sketch is None
