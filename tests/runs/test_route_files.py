"""What is wrong with GPX files as they are: read all the same, and whatever is left out is said."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from hampa.platform.db import db
from hampa.platform.geo import course, route_files, tracks
from hampa.platform.geo.lines import UnreadableRoute
from hampa.routes.forms import left_out_words
from hampa.routes.models import LEFT_OUT, RunRoute
from hampa.runs.models.run import Run
from tests.factories.files import sample, sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM
from tests.html import words

XML = '<?xml version="1.0" encoding="UTF-8"?>'
NORTH, EAST = 35.7, 51.4
STEP = 0.0001
"""Degrees north between two points: 11.1 m."""


def file(points, name="Lake", more="", xml=XML, kind="trk"):
    """Return a GPX file in characters; a point is (lat, lon, ele, time), all as they are written, the last two optional."""
    tag, inner, outer = {
        "trk": ("trkpt", "<trkseg>{}</trkseg>", "trk"),
        "bare": ("trkpt", "{}", "trk"),
        "rte": ("rtept", "{}", "rte"),
    }[kind]
    written = "".join(
        f'<{tag} lat="{point[0]}" lon="{point[1]}">'
        + (f"<ele>{point[2]}</ele>" if len(point) > 2 and point[2] != "" else "")
        + (f"<time>{point[3]}</time>" if len(point) > 3 else "")
        + f"</{tag}>"
        for point in points
    )
    return f"{xml}<gpx>{more}<{outer}><name>{name}</name>{inner.format(written)}</{outer}></gpx>"


def north(count=100, height=""):
    return [(f"{NORTH + step * STEP:.6f}", f"{EAST}", height) for step in range(count)]


def at(step):
    return f"2026-11-28T06:{step * 4 // 60:02}:{step * 4 % 60:02}Z"


def timed(count=100):
    return [(*point[:2], "1200", at(step)) for step, point in enumerate(north(count))]


def read(content):
    content = content.encode() if isinstance(content, str) else content
    track = tracks.clean_track(route_files.read(io.BytesIO(content)))
    return course.compute_course(track.lines), dict(track.left_out)


WHOLE_M = 99 * 11.12
PLAIN = file(north())
BARE = "Ben & Jerry <3 caf\xe9 & ; &nbsp; &#0; &#x1F600; &eacute;"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN, id="as it should be"),
        pytest.param(PLAIN.replace("UTF-8", "utf-16"), id="utf-8 that declares utf-16"),
        pytest.param("\ufeff" + PLAIN.replace("UTF-8", "utf-16"), id="with the mark of utf-8"),
        pytest.param(PLAIN.replace("UTF-8", "utf-16").encode("utf-16"), id="truly utf-16"),
        pytest.param(PLAIN.encode("utf-16-be"), id="utf-16 that declares utf-8, without a mark"),
        pytest.param(PLAIN.replace("UTF-8", "windows-1252").replace("Lake", "Caf\xe9").encode("cp1252"), id="windows"),
        pytest.param(PLAIN.replace("Lake", "Caf\xe9").encode("cp1252"), id="windows that declares utf-8"),
        pytest.param(PLAIN.replace("UTF-8", "zlib"), id="an encoding that is no text"),
        pytest.param(PLAIN.replace("Lake", "\x01\x02 \x0b"), id="control characters"),
        pytest.param(PLAIN.replace("Lake", BARE), id="bare signs"),
        pytest.param(file(north(), more=f"<desc>{'&' * 200_000}</desc>"), id="bare signs over many pieces"),
        pytest.param(file([(n.replace(".", ","), e.replace(".", ","), "1200,5") for n, e, _h in north()]), id="commas"),
        pytest.param(file(north(), kind="rte"), id="a planned route"),
        pytest.param(file(north(), kind="bare"), id="points without a segment"),
        pytest.param(file([point for point in north() for _twice in range(2)]), id="every point twice"),
        pytest.param(file(reversed(timed())), id="times run backwards"),
        pytest.param(file([(*point[:3], "yesterday") for point in timed()]), id="times that are none"),
    ],
)
def test_a_file_is_read_whatever_its_writer_did(content):
    found, left_out = read(content)
    assert found.distance_m == pytest.approx(WHOLE_M, abs=3)
    assert left_out == {}


def test_entities_stay_refused_however_they_are_written():
    for declared in ("utf-8", "utf-16", "windows-1252"):
        bomb = f'<?xml version="1.0" encoding="{declared}"?><!DOCTYPE gpx [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><gpx>&b;</gpx>'
        for content in (bomb.encode(), bomb.encode("utf-16")):
            with pytest.raises(UnreadableRoute, match="harmful"):
                read(content)


def with_point(place, *point):
    points = timed() if len(point) > 3 else north()
    return file([*points[:place], point, *points[place:]])


@pytest.mark.parametrize(
    ("content", "left_out"),
    [
        pytest.param(with_point(50, "35.724", EAST), {"far": 1}, id="2 km off"),
        pytest.param(with_point(50, "35.7065", EAST, "1200", at(50)), {"far": 1}, id="170 m off in a second"),
        pytest.param(with_point(0, "36.7", EAST, "1200", "2026-11-28T05:59:50Z"), {"far": 1}, id="the first point"),
        pytest.param(with_point(100, "36.7", EAST, "1200", at(100)), {"far": 1}, id="the last point"),
        pytest.param(file([*north()[:50], *[("36.7", EAST)] * 4, *north()[50:]]), {"far": 4}, id="four together"),
        pytest.param(with_point(50, "0", "0"), {"points": 1}, id="nowhere"),
        pytest.param(with_point(50, "north", EAST), {"points": 1}, id="no number"),
        pytest.param(with_point(50, "95", EAST), {"points": 1}, id="beyond the pole"),
        pytest.param(file(north(), more='<wpt lat="35.7" lon="51.4"/>' * 3), {"waypoints": 3}, id="waypoints"),
        pytest.param(
            file(north(), more='<rte><rtept lat="1" lon="1"/><rtept lat="2" lon="1"/></rte>'), {"routes": 1}, id="both"
        ),
        pytest.param(file([(n, e, "high") for n, e, _h in north(1)] + north()[1:]), {"heights": 1}, id="no height"),
    ],
)
def test_what_is_left_out_is_counted(content, left_out):
    found, counted = read(content)
    assert found.distance_m == pytest.approx(WHOLE_M, abs=13)
    assert counted == left_out


@pytest.mark.parametrize("wrong", ["9999", "0", "5000", "-12000", "1e9"])
@pytest.mark.parametrize("place", [0, 1, 50, 99])
def test_one_height_that_cannot_be_right_climbs_nothing(wrong, place):
    points = north(height="1200")
    points[place] = (*points[place][:2], wrong)
    found, left_out = read(file(points))
    assert (found.climb_m, found.descent_m, left_out) == (0, 0, {"heights": 1})


def test_what_only_looks_strange_stays():
    stairs = [(n, e, str(1200 + 8 * step)) for step, (n, e, _h) in enumerate(north())]
    found, left_out = read(file(stairs))
    assert found.climb_m == pytest.approx(792, abs=40)
    assert left_out == {}
    there_and_back = [("35.70", "51.4"), ("35.71", "51.4"), ("35.75", "51.4"), ("35.71", "51.4"), ("35.70", "51.4")]
    assert read(file(there_and_back, kind="rte"))[1] == {}, "the turning point of a planned route"
    tunnel = [*north(50), *[(f"{float(n) + 0.02:.6f}", e, h) for n, e, h in north(50)]]
    assert read(file(tunnel))[1] == {}, "a gap that the track does not come back from"


def test_across_180_degrees_longitudes_may_count_on():
    counting = [("35.0", f"{179.98 + step / 1000:.4f}") for step in range(41)]
    wrapped = [(n, e if float(e) <= 180 else f"{float(e) - 360:.4f}") for n, e in counting]
    for points in (counting, wrapped, [(n, f"{float(e) - 360:.4f}") for n, e in counting]):
        found, left_out = read(file(points))
        assert found.distance_m == pytest.approx(3643, abs=5)
        assert left_out == {}
        assert all(abs(east) <= 180 for piece in found.drawing["line"] for _north, east in piece)


def test_swapped_numbers_are_put_right_and_said():
    found, left_out = read(file([(f"{139.7 + step / 1000:.4f}", "35.6") for step in range(20)]))
    assert left_out == {"swapped": 20}
    assert found.drawing["line"][0][0] == [35.6, 139.7]


def test_pieces_that_are_not_drawn_are_said(app):
    pieces = "".join(
        f'<trkseg><trkpt lat="{35 + n / 1000}" lon="51"/><trkpt lat="{35 + n / 1000}" lon="51.001"/></trkseg>'
        for n in range(60)
    )
    assert read(f"<gpx><trk>{pieces}</trk></gpx>")[0].undrawn == 10


def test_every_count_has_its_words(page):
    with page.app.test_request_context():
        assert len(left_out_words(dict.fromkeys(LEFT_OUT, 2))) == len(LEFT_OUT)


def test_the_organiser_alone_reads_what_was_left_out(page, owner, work):
    browser = page.as_(owner)
    content = with_point(50, "35.724", EAST).replace("<gpx>", '<gpx><wpt lat="35.7" lon="51.4"/>')
    browser.post("/runs/new", SHORT_FORM | {"route": sent(content.encode())}, 303)
    run = db.session.scalars(select(Run)).one()
    work()
    shown = words(browser.get(f"/runs/{run.id}").one(id="route"))
    assert "1 point far away from the rest of the route was left out" in shown
    assert "1 waypoint of the file is not shown" in shown
    assert "left out" not in page.as_(make_person()).get(f"/runs/{run.id}").words
    assert db.session.scalars(select(RunRoute)).one().distance_m == pytest.approx(WHOLE_M, abs=3)


def test_phones_may_choose_any_file_as_a_route(page, owner):
    fields = page.as_(owner).get("/runs/new").one(name="route")
    assert "accept" not in fields.attrib, "iOS knows no type for GPX: with any accept it greys such files out"


def test_files_of_devices_lose_nothing():
    for device in ("garmin", "strava", "komoot", "suunto", "old", "planned"):
        assert not {"far", "heights", "points"} & set(read(sample(device))[1]), device
    assert read(sample("phone"))[1] == {"points": 2, "waypoints": 1}, "0° 0°, and a segment of one point"
