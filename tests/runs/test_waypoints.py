"""Waypoints of routes: read from all formats, in their order along the line, and none of a part that is hidden."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from hampa.platform.db import db
from hampa.platform.geo import course, drawing, gpx, route_files, tracks
from hampa.platform.geo.lines import Line
from hampa.platform.geo.waypoints import LONGEST_NAME, MOST_SHOWN, Waypoint, make_waypoint
from hampa.platform.media import poster_image, storage
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import run_for
from hampa.sharing.actions import poster_of
from tests.factories.files import sent
from tests.factories.fit import Place, fit_course, loop, tcx
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part

LOOP = loop()
STRAIGHT = [Place(35.7 + step / 10_000, 51.4) for step in range(301)]
"""3.3 km to the north."""
DOOR, TAP, CAFE, NEIGHBOUR = STRAIGHT[2], STRAIGHT[150], STRAIGHT[200], STRAIGHT[298]


def course_of(content):
    track = tracks.clean_track(route_files.read(io.BytesIO(content)))
    return course.compute_course(track.lines, track.waypoints)


def gpx_of(places, *waypoints):
    """Return a GPX file; a waypoint is a place and what stands in its element."""
    line = Line()
    for place in places:
        line.north.append(place.north)
        line.east.append(place.east)
        line.height.append(place.height)
    written = "".join(f'<wpt lat="{place.north}" lon="{place.east}">{inner}</wpt>' for place, inner in waypoints)
    return "".join(gpx.write([line], "")).replace("<trk>", written + "<trk>", 1).encode()


FILES = {
    "fit": fit_course(STRAIGHT, [(CAFE, 4, "Café"), (TAP, 3, "آبخوری"), (TAP, 6, "Turn left")]),
    "tcx": tcx([STRAIGHT], [(CAFE, "Food", "Café"), (TAP, "Water", "آبخوری"), (TAP, "Left", "Turn left")]),
    "gpx": gpx_of(
        STRAIGHT,
        (CAFE, "<name>Café</name><sym>Restaurant</sym>"),
        (TAP, "<name>آبخوری</name>"),
        (TAP, "<name>Turn left</name><type>LEFT</type>"),
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_waypoints_stand_in_their_order_along_the_line(kind):
    found = course_of(FILES[kind])
    assert [(one["kind"], one["name"]) for one in found.waypoints] == [("water", "آبخوری"), ("food", "Café")]
    assert [one["along"] for one in found.waypoints] == pytest.approx([1668, 2224], abs=5)
    assert found.unplaced == 0


@pytest.mark.parametrize(
    ("name", "symbol", "kind"),
    [
        ("", "Drinking Water", "water"),
        ("WC", "Flag, Blue", "toilets"),
        ("سرویس بهداشتی", "", "toilets"),
        ("کمک‌های اولیه", "", "first_aid"),
        ("First aid", "Generic", "first_aid"),
        ("Aid station 2", "", "food"),
        ("محل قرار", "", "meeting"),
        ("", "amenity_toilets", "toilets"),
        ("The old tree", "", "other"),
        ("خانه هنرمندان", "", "other"),
        ("Waterfall", "Scenic Area", "view"),
    ],
)
def test_the_kind_is_that_of_the_symbol_or_of_the_name(name, symbol, kind):
    assert make_waypoint(35.7, 51.4, name, symbol).kind == kind


@pytest.mark.parametrize(("name", "symbol"), [("Home", ""), ("خانه", ""), ("Sara", "Residence"), ("", "Flag, Blue")])
def test_where_somebody_lives_and_what_says_nothing_are_no_waypoints(name, symbol):
    assert make_waypoint(35.7, 51.4, name, symbol) is None


def test_names_are_cleaned_and_waypoints_are_bounded():
    assert make_waypoint(35, 51, "a\u202eb", "Water") == Waypoint(35, 51, "water", "")
    assert len(make_waypoint(35, 51, "long " * 100, "").name) == LONGEST_NAME
    many = course_of(gpx_of(STRAIGHT, *((place, f"<name>Tree {at}</name>") for at, place in enumerate(STRAIGHT))))
    assert (len(many.waypoints), many.unplaced) == (MOST_SHOWN, len(STRAIGHT) - MOST_SHOWN)
    far = course_of(gpx_of(STRAIGHT, (Place(36.5, 52), "<name>Elsewhere</name>")))
    assert (far.waypoints, far.unplaced) == ([], 1)


def test_places_are_searched_along_what_is_drawn_and_not_along_thousands_of_pieces():
    def piece(north, steps):
        points = (f'<trkpt lat="{north + step / 10_000}" lon="51.4"/>' for step in range(steps))
        return f"<trkseg>{''.join(points)}</trkseg>"

    pieces = [piece(35 + number / 100, 20) for number in range(course.MOST_PIECES)] + [piece(36, 3)]
    places = '<wpt lat="35" lon="51.4"><name>Oak</name></wpt><wpt lat="36" lon="51.4"><name>Elm</name></wpt>'
    found = course_of(f"<gpx>{places}<trk>{''.join(pieces)}</trk></gpx>".encode())
    assert ([one["name"] for one in found.waypoints], found.undrawn, found.unplaced) == (["Oak"], 1, 1)


def test_a_place_that_is_passed_twice_is_listed_where_it_is_passed_first():
    found = course_of(gpx_of(LOOP, (LOOP[150], "<sym>Drinking Water</sym>")))
    assert found.waypoints[0]["along"] == pytest.approx(49 * 11.12, abs=5)


def test_what_is_drawn_can_be_put_back_on_a_map():
    pieces = [[[-16.5, 179.9], [-16.6, -179.9]], [[-16.7, -179.95], [-16.4, 179.95]]]
    drawn = drawing.outline(pieces)
    for piece, line in zip(pieces, drawn.lines, strict=True):
        for place, point in zip(piece, line, strict=True):
            assert drawn.point(*place) == pytest.approx(point)
            north, east = drawn.north - point[1] * drawn.step, drawn.east + point[0] * drawn.step / drawn.shrink
            assert (north, (east + 540) % 360 - 180) == pytest.approx(tuple(place))


def test_arrows_point_along_the_line_and_are_few():
    out = drawing.outline([[[35.7, 51.4], [35.7, 51.5]]])
    assert {turn for _x, _y, turn in drawing.arrows(out)} == {0}
    assert {turn for _x, _y, turn in drawing.arrows(drawing.outline([[[35.8, 51.4], [35.7, 51.4]]]))} == {90}
    winding = drawing.outline([[[35.7 + step % 7 / 10, 51.4 + step / 100] for step in range(400)]])
    assert len(drawing.arrows(winding)) == drawing.MOST_ARROWS


def publish(page, owner, content, **fields):
    page.as_(owner).post("/runs/new", SHORT_FORM | fields | {"route": sent(content)}, 303)
    db.session.expire_all()
    return db.session.scalars(select(Run)).one()


def test_waypoints_are_listed_and_kept_in_the_file(page, owner, work):
    run = publish(page, owner, FILES["gpx"])
    work()
    for browser in (page, page.as_(make_person()), page.as_(owner)):
        shown = browser.get(f"/runs/{run.id}")
        assert len(shown.all(class_="route-place")) == 2
        assert "1.7 km · Water · آبخوری" in shown.words
    assert "۱٫۷ کیلومتر · آب · آبخوری" in page.speaking("fa").get(f"/runs/{run.id}").words
    kept = page.as_(owner).get(f"/runs/{run.id}/route.gpx", 200).response.data.decode()
    assert "<name>آبخوری</name><sym>Drinking Water</sym><type>water</type>" in kept


def test_nothing_of_a_hidden_part_is_shown_by_its_waypoints(page, owner, work):
    names = {"Door of Sara": DOOR, "Tap": TAP, "Gate of Reza": NEIGHBOUR}
    content = gpx_of(STRAIGHT, *((place, f"<name>{name}</name>") for name, place in names.items()))
    run = publish(page, owner, content, route_cut="y")
    work()
    work()
    db.session.expire_all()
    going, interested = take_part(run), take_part(run, status="INTERESTED")
    route = db.session.scalars(select(RunRoute)).one()
    assert [one["name"] for one in route.hidden["waypoints"]] == ["Tap"]
    for person in (None, make_person(), interested):
        for url in (f"/runs/{run.id}", "/runs", f"/runs/{run.id}.ics"):
            answer = page.as_(person).get(url)
            assert "Door of Sara" not in answer.text and "Gate of Reza" not in answer.text
        shown = page.as_(person).get(f"/runs/{run.id}")
        assert len(shown.all(class_="route-place")) == 1
        assert f"{DOOR.north:.4f}" not in shown.text
        assert "1.7 km · Place · Tap" not in shown.words, "the way to it would measure the hidden part"
        page.as_(person).get(f"/runs/{run.id}/route.gpx", 403 if person else 303)
    for person in (going, owner):
        assert len(page.as_(person).get(f"/runs/{run.id}").all(class_="route-place")) == 3
    assert b"Door of Sara" in storage.read(route.gpx)
    hidden = drawing.sketch(route.hidden["line"])
    assert run.route_sketch == hidden != drawing.sketch(route.whole["line"])


def test_the_small_line_stands_in_the_head_the_row_and_the_share_picture(page, owner, work):
    run = publish(page, owner, FILES["gpx"], route_cut="y")
    work()
    work()
    db.session.expire_all()
    path = run.route_sketch.split(" ", 2)[2]
    going = take_part(run)
    whole = db.session.scalars(select(RunRoute)).one().whole
    for person in (None, make_person(), going, owner):
        browser = page.as_(person)
        head, row = browser.get(f"/runs/{run.id}"), browser.get("/runs")
        assert [part.get("d") for part in head.one(class_="dawn-route").findall("{*}path")] == [path, path]
        assert row.one(class_="run-row-route").find("{*}path").get("d") == path
        assert drawing.sketch(whole["line"]) not in (head.text, row.text)
    assert page.as_(going).get("/").all(class_="dawn-route")
    shared = poster_of(run_for(None, run.id))
    assert shared.route == run.route_sketch
    drawn = poster_image.render_poster(shared)
    assert drawn != poster_image.render_poster(replace(shared, route=None))


def test_a_run_without_a_route_has_the_two_lines_alone(page, owner):
    run = make_run(owner)
    assert not page.get(f"/runs/{run.id}").all(class_="dawn-route")
    assert not page.get("/runs").all(class_="run-row-route")
