"""The course of a route in words, for people who can't see its drawing; of a cut line without where it begins."""

from __future__ import annotations

from math import cos, pi, radians, sin

import pytest

from hampa.platform.db import db
from hampa.platform.geo import drawing
from hampa.platform.geo.course import visible_course
from hampa.platform.geo.lines import Line
from hampa.platform.locale import i18n
from hampa.routes import jobs
from hampa.routes.forms import course_words
from hampa.routes.models import RunRoute
from tests.factories.base import made
from tests.factories.runs import make_run, take_part

NORTH, EAST = 35.7, 51.4
DEGREE_M = 111_195.0


def line(places, heights=None):
    """Return a line through places in metres to the east and north of a point."""
    made_line = Line()
    for index, (east, north) in enumerate(places):
        made_line.north.append(NORTH + north / DEGREE_M)
        made_line.east.append(EAST + east / DEGREE_M / cos(radians(NORTH)))
        made_line.height.append(heights[index] if heights else float("nan"))
    return made_line


def circle(around_m, laps=1, steps=120):
    """Return the places of laps of a circle that starts at its southernmost point and goes east."""
    radius = around_m / 2 / pi
    turns = [2 * pi * step / steps for step in range(steps * laps + 1)]
    return [(radius * sin(turn), radius - radius * cos(turn)) for turn in turns]


def straight(length_m, steps=60):
    return [(0.0, length_m * step / steps) for step in range(steps + 1)]


def words_of(places, heights=None, *, whole=True, language="en"):
    course = visible_course([line(places, heights)])
    drawn = drawing.outline(course.drawing["line"])
    with i18n.use_locale(language):
        return course_words(drawn, course.drawing["profile"], course.distance_m, course.climb_m, whole=whole)


def eight():
    """Return a figure of eight through its start: two rounds that go different ways."""
    first = circle(4000)
    return [*first, *((-east, -north) for east, north in first)]


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        (circle(5000), "A loop of 5 km, first to the east."),
        (circle(3000, laps=3), "3 laps of 3 km each, first to the east."),
        (eight(), "A loop of 8 km, first to the east."),
        ([*straight(4000), *reversed(straight(4000))], "There and back: 4 km to the north, then the same way back."),
        (straight(6000), "One way: 6 km. It ends 6 km to the north of its start."),
    ],
)
def test_loops_laps_there_and_back_and_one_way_are_told_apart(places, sentence):
    assert words_of(places) == [sentence]


def test_the_highest_point_is_named_and_a_flat_route_is_called_flat():
    hill = [1000 + 150 * step / 60 for step in range(61)]
    assert words_of(straight(6000), hill)[1] == "The highest point, at 1,150 m, comes after 6 km."
    assert words_of(straight(6000), [1000.0] * 61)[1] == "It is nearly flat."


def test_a_part_says_nothing_of_where_the_route_starts_or_ends():
    [sentence] = words_of(straight(6000), whole=False)
    assert sentence == "The part shown is 6 km long and leads north."
    assert "start" not in words_of(circle(5000), whole=False)[0]


def test_the_words_are_persian_on_a_persian_page():
    assert words_of(circle(5000), language="fa") == ["یک دور به طول ۵ کیلومتر، اول رو به شرق."]
    there_and_back = [*straight(4000), *reversed(straight(4000))]
    assert words_of(there_and_back, language="fa") == ["رفت و برگشت: ۴ کیلومتر رو به شمال و برگشت از همان راه."]


@pytest.fixture
def run(owner):
    """Return a run with a cut route: a long line north, of which others see the middle."""
    run = make_run(owner)
    whole = visible_course([line([*straight(6000), *reversed(straight(6000))])])
    hidden = visible_course([line(straight(3000))])
    made(
        RunRoute,
        run_id=run.id,
        cut=True,
        gpx="runs/x.gpx",
        distance_m=whole.distance_m,
        whole=whole.drawing,
        hidden=hidden.drawing,
        hidden_distance_m=hidden.distance_m,
    )
    return run


def test_who_goes_reads_of_the_whole_route_and_others_of_the_part_they_see(page, run, owner, stranger):
    goes = take_part(run)
    for viewer in (owner, goes):
        assert "There and back: 6 km to the north" in page.as_(viewer).get(f"/runs/{run.id}", 200).words
    for viewer in (None, stranger):
        shown = page.as_(viewer).get(f"/runs/{run.id}", 200).one(id="route-words")
        assert "".join(shown.itertext()) == "The part shown is 3 km long and leads north."


def sketch(run):
    db.session.expire_all()
    return run.route_sketch


def test_a_route_from_before_small_lines_is_given_one_of_what_all_may_see(run):
    hidden = db.session.query(RunRoute).filter_by(run_id=run.id).one().hidden
    assert sketch(run) is None
    for _turn in range(2):
        jobs.draw_sketches()
        assert sketch(run) == drawing.sketch(hidden["line"])


def test_small_lines_are_drawn_in_turns_and_a_route_that_is_not_cut_yet_waits(owner, monkeypatch):
    monkeypatch.setattr(jobs, "SKETCH_BATCH", 2)
    monkeypatch.setattr(jobs, "MOST_SKETCHES", 4)
    course = visible_course([line(straight(3000))])
    given = {"gpx": "runs/x.gpx", "distance_m": course.distance_m, "whole": course.drawing}
    runs = [make_run(owner) for _ in range(5)]
    for run in runs:
        made(RunRoute, run_id=run.id, **given)
    uncut = make_run(owner)
    made(RunRoute, run_id=uncut.id, cut=True, **given)
    jobs.draw_sketches()
    assert [sketch(run) is not None for run in runs].count(True) == 4
    jobs.draw_sketches()
    assert all(sketch(run) for run in runs)
    assert sketch(uncut) is None
