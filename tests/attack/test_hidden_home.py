"""Twenty routes from one door, with their ends hidden: somebody who has them all does not come near the door."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, radians
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from hampa.people.actions import ensure_hidden_zones
from hampa.people.models import HiddenZone, Person
from hampa.platform.db import db
from hampa.platform.geo import course, gpx, hiding
from hampa.platform.geo.lines import Line
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run
from tests.factories.files import make_route, sample, sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part
from tests.page import Page

NORTH, EAST = 35.7445, 51.3755
"""On the edge of four cells of a grid with three digits, where starts fall into all four."""
DEGREE_M = hiding.EARTH_M * pi / 180
HOMES, ROUTES = 12, 20
BLOCK_M, STEP_M = 120.0, 10.0
NEAREST_M = 120.0
"""Every way to guess errs by more than this on average; the middle of the zone by two thirds of `SHIFT_M`."""
BEST_M = 90.0
"""What is left, on average over homes, for somebody who would know which of all guesses is the best at each home."""

Flat = tuple[float, float]
"""Metres east and north of the door."""


@dataclass(frozen=True)
class Shown:
    """What everybody sees of one route: its length, and the pieces of its line."""

    distance_m: int
    pieces: list[list[Flat]]

    @property
    def ends(self) -> list[Flat]:
        return [self.pieces[0][0], self.pieces[-1][-1]]

    @property
    def line_m(self) -> float:
        return sum(hypot(bx - ax, by - ay) for piece in self.pieces for (ax, ay), (bx, by) in pairwise(piece))


def out_and_back(dice: Random) -> Line:
    """Return a run along the blocks of a town, away from the door at (0, 0) and back on the same way."""
    # The door lies within a block; the way leads outwards, so its length is that of the blocks between.
    sideways, along = dice.choice((-1, 1)), dice.choice((-1, 1))
    corners: list[Flat] = [(0.0, 0.0), (sideways * BLOCK_M / 3, 0.0)]
    while hypot(*corners[-1]) < 1_500:
        x, y = corners[-1]
        corners.append((x + sideways * BLOCK_M, y) if dice.random() < 0.5 else (x, y + along * BLOCK_M))
    way = [corners[0]]
    for (ax, ay), (bx, by) in pairwise(corners):
        steps = max(1, round(hypot(bx - ax, by - ay) / STEP_M))
        way += [(ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps) for step in range(1, steps + 1)]
    first_x, first_y = dice.gauss(0, 12), dice.gauss(0, 12)
    line = Line()
    for x, y in [(first_x, first_y), *way, *reversed(way)]:
        line.north.append(NORTH + (y + dice.gauss(0, 1.5)) / DEGREE_M)
        line.east.append(EAST + (x + dice.gauss(0, 1.5)) / DEGREE_M / cos(radians(NORTH)))
        line.height.append(1200.0)
    return line


def flat(place: Iterable[float]) -> Flat:
    north, east = place
    return (east - EAST) * DEGREE_M * cos(radians(NORTH)), (north - NORTH) * DEGREE_M


def shown_of(distance_m: int, drawing: dict[str, Any]) -> Shown:
    return Shown(distance_m, [[flat(place) for place in piece] for piece in drawing["line"]])


def least(error: Callable[[float, float], float]) -> Flat:
    """Return the place where the error is least, searched from coarse to fine."""
    x, y = 0.0, 0.0
    x, y = min(((i * 80.0, j * 80.0) for i in range(-12, 13) for j in range(-12, 13)), key=lambda place: error(*place))
    for step in (40.0, 15.0, 5.0, 2.0):
        around = [(x + i * step, y + j * step) for i in range(-2, 3) for j in range(-2, 3)]
        x, y = min(around, key=lambda place: error(*place))
    return x, y


def by_sums(routes: list[Shown]) -> Flat:
    """Take the length that is shown less the line that is shown: half of it is hidden at each end, along the blocks."""
    known = [(end, (route.distance_m - route.line_m) / 2) for route in routes for end in route.ends]
    return least(lambda x, y: sum((abs(ex - x) + abs(ey - y) - hidden) ** 2 for (ex, ey), hidden in known))


def by_circle(routes: list[Shown]) -> Flat:
    """Find the circle on which all lines end, and whose radius is no secret, and take its middle."""
    ends = [end for route in routes for end in route.ends]
    return least(lambda x, y: sum((hypot(ex - x, ey - y) - hiding.RADIUS_M) ** 2 for ex, ey in ends))


def by_middle(routes: list[Shown]) -> Flat:
    """Take the middle of all ends, since people set out in all directions."""
    ends = [end for route in routes for end in route.ends]
    return sum(x for x, _y in ends) / len(ends), sum(y for _x, y in ends) / len(ends)


def by_direction(routes: list[Shown]) -> Flat:
    """Let the lines go straight on: they meet at the door."""
    beginnings = [(route.pieces[0][0], route.pieces[0][1]) for route in routes]

    def error(x: float, y: float) -> float:
        return sum(
            min(200.0, abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / (hypot(bx - ax, by - ay) or 1.0))
            for (ax, ay), (bx, by) in beginnings
        )

    return least(error)


GUESSES = (by_sums, by_circle, by_middle, by_direction)


def errors_at_home(seed: int) -> dict[str, float]:
    """Return the error of every guess, in metres, from twenty routes of one home."""
    dice = Random(seed)
    zones: list[hiding.Zone] = []
    routes = []
    for _ in range(ROUTES):
        line = out_and_back(dice)
        zones += hiding.new_zones(hiding.ends([line]), zones)
        visible = course.visible_course(hiding.without_zones([line], zones))
        routes.append(shown_of(visible.distance_m, visible.drawing))
    assert len(zones) == 1
    return {guess.__name__: hypot(*guess(routes)) for guess in GUESSES}


def test_twenty_routes_from_one_door_tell_no_more_than_its_zone(monkeypatch):
    monkeypatch.setattr(hiding, "dice", Random(9))
    homes = [errors_at_home(seed) for seed in range(HOMES)]
    means = {name: sum(home[name] for home in homes) / HOMES for name in homes[0]}
    best = sum(min(home.values()) for home in homes) / HOMES
    print({name: round(error) for name, error in means.items()}, round(best))
    assert min(means.values()) > NEAREST_M, means
    assert best > BEST_M


def lines_through_home() -> list[Line]:
    """Return a run that starts and ends 2 km from the door, and passes it in between."""
    line = Line()
    for step in range(401):
        line.north.append(NORTH)
        line.east.append(EAST + (step - 200) * 10 / DEGREE_M / cos(radians(NORTH)))
        line.height.append(1200.0 + step)
    return [line]


def test_a_route_that_passes_the_door_on_its_way_is_hidden_there_too(owner: Person):
    zones = ensure_hidden_zones(owner.id, [(NORTH, EAST)])
    lines = lines_through_home()
    zones = ensure_hidden_zones(owner.id, hiding.ends(lines))
    assert len(zones) == 3
    pieces = hiding.without_zones(lines, zones)
    assert len(pieces) == 2
    nearest = min(hypot(*flat(place)) for piece in pieces for place in zip(piece.north, piece.east, strict=True))
    assert nearest > hiding.LEAST_M


def test_a_door_keeps_its_zone_and_each_person_has_their_own(owner: Person):
    first = ensure_hidden_zones(owner.id, [(NORTH, EAST), (NORTH, EAST)])
    near = [(NORTH + 80 * up / DEGREE_M, EAST + 80 * right / DEGREE_M) for up in (-1, 0, 1) for right in (-1, 0, 1)]
    assert ensure_hidden_zones(owner.id, near) == first
    other = make_person()
    assert ensure_hidden_zones(other.id, [(NORTH, EAST)]) != first
    assert len(db.session.scalars(select(HiddenZone)).all()) == 2
    assert 1000 * hiding.distance_km(first[0].north, first[0].east, NORTH, EAST) <= hiding.SHIFT_M


def test_a_zone_lies_anywhere_around_its_door(monkeypatch):
    monkeypatch.setattr(hiding, "dice", Random(3))
    distances = [
        hypot(*flat((zone.north, zone.east))) for zone in (hiding.zone_around((NORTH, EAST)) for _ in range(400))
    ]
    assert max(distances) <= hiding.SHIFT_M + 1
    within_half = sum(distance < hiding.SHIFT_M / 2 for distance in distances)
    assert 60 < within_half < 140, "a quarter of the area, and so of the middles"


@pytest.mark.parametrize("north", [0.0, 51.0, 89.9, -90.0])
@pytest.mark.parametrize("east", [0.0, 179.9999, -180.0])
def test_zones_hide_anywhere_on_the_globe(north, east):
    zone = hiding.zone_around((north, east))
    assert zone.hides_around((north, east)) or abs(north) > 89
    assert abs(zone.east) <= 180


# What the pages say


def published(page: Page, owner: Person, content: bytes, **fields: Any) -> Run:
    page.as_(owner).post("/runs/new", SHORT_FORM | {"route": sent(content), "route_cut": "y"} | fields, 303)
    db.session.expire_all()
    return db.session.scalars(select(Run).order_by(Run.created_at.desc())).first()


def route_of(run: Run) -> RunRoute:
    db.session.expire_all()
    return db.session.scalars(select(RunRoute).where(RunRoute.run_id == run.id)).one()


def test_whatever_is_shown_of_a_cut_route_is_of_its_visible_part(page, owner, work):
    run = published(page, owner, sample("garmin"))
    work()
    work()
    route = route_of(run)
    assert (route.distance_m, route.climb_m) == (3140, pytest.approx(40, abs=3))
    assert 700 < route.hidden_distance_m < 2_700
    assert float(db.session.get_one(Run, run.id).distance_km) == round(route.hidden_distance_m / 1000, 1)
    drawn_m = sum(
        course.distance_m(*before, *after) for piece in route.hidden["line"] for before, after in pairwise(piece)
    )
    assert route.hidden_distance_m == pytest.approx(drawn_m, abs=5)
    assert route.hidden["profile"][-1][-1][0] == pytest.approx(drawn_m, abs=5)
    going = take_part(run)
    for looking in (page, page.as_(make_person())):
        answer = looking.get(f"/runs/{run.id}")
        assert "3.1 km" not in answer.text and "3.1 km" not in looking.get("/runs").text
        assert f"{round(route.hidden_distance_m / 1000, 1):g} km" in answer.text
    assert "3.1 km" in page.as_(going).get(f"/runs/{run.id}").text


def test_a_route_within_its_zone_shows_nothing_but_that(page, owner, work):
    line = Line()
    for step in range(30):
        line.north.append(NORTH + step * 5 / DEGREE_M)
        line.east.append(EAST)
        line.height.append(1200.0)
    run = published(page, owner, "".join(gpx.write([line], "")).encode())
    work()
    work()
    assert (route_of(run).hidden_distance_m, db.session.get_one(Run, run.id).distance_km) == (0, None)
    answer = page.get(f"/runs/{run.id}")
    assert "for people who are going" in answer.words
    assert not answer.all(class_="route-line")


def test_hiding_the_ends_later_takes_the_whole_length_back_at_once(page, owner, work):
    run = published(page, owner, sample("garmin"), route_cut="")
    work()
    assert float(db.session.get_one(Run, run.id, populate_existing=True).distance_km) == 3.1
    page.as_(owner).get(f"/runs/{run.id}/edit").form().fill(route_cut="y").submit(status=303)
    db.session.expire_all()
    assert db.session.get_one(Run, run.id).distance_km is None
    assert "3.1 km" not in page.get(f"/runs/{run.id}").text
    assert not page.get(f"/runs/{run.id}").all(id="route")
    work()
    cut = route_of(run).hidden
    assert page.get(f"/runs/{run.id}").all(class_="route-line")
    for chosen in ("", "y"):
        form = page.as_(owner).get(f"/runs/{run.id}/edit").form()
        form.values["route_cut"] = chosen
        form.submit(status=303)
        work()
    assert route_of(run).hidden == cut, "a file is cut once"


@pytest.mark.parametrize("had_route", [False, True])
def test_a_form_that_was_opened_before_shows_no_ends(page, owner, work, had_route):
    """A box that nobody has touched says nothing: another organiser may have hidden the ends since."""
    run = published(page, owner, sample("garmin"), route_cut="") if had_route else make_run(owner)
    work()
    older, newer = (page.as_(owner).get(f"/runs/{run.id}/edit").form() for _ in range(2))
    newer.values["route_cut"] = "y"
    if not had_route:
        newer.values["route"] = sent(sample("garmin"))
    newer.submit(status=303)
    work()
    older.values["route_cut"] = ""
    older.fill(description="A typo mended").submit(status=303)
    work()
    db.session.expire_all()
    assert route_of(run).cut


def test_what_an_earlier_release_had_cut_is_cut_anew(page, owner, work):
    from hampa.routes.jobs import cut_routes

    old = make_route(make_run(owner, distance_km="1.0"), cut=True, hidden=None, hidden_distance_m=None)
    gone = make_route(make_run(owner), cut=True, hidden=None, hidden_distance_m=None, gpx="runs/gone.gpx")
    whole = make_route(make_run(owner), hidden=None, hidden_distance_m=None)
    assert not page.get(f"/runs/{old.run_id}").all(id="route")
    cut_routes()
    db.session.expire_all()
    assert old.hidden_distance_m > 700
    assert float(db.session.get_one(Run, old.run_id).distance_km) == round(old.hidden_distance_m / 1000, 1)
    assert (gone.hidden_distance_m, whole.hidden_distance_m) == (None, None)
    assert not page.get(f"/runs/{gone.run_id}").all(id="route")


def test_the_zone_is_that_of_who_sent_the_file(page, owner, work):
    run = published(page, owner, sample("garmin"))
    work()
    work()
    (zone,) = db.session.scalars(select(HiddenZone))
    assert zone.person_id == owner.id == route_of(run).added_by_id
