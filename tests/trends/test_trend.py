"""A person's own trend: drifts and single weeks, streaks of checking in, in words, drawn and as a table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hampa.platform import clock
from hampa.platform.db import db
from hampa.trends.queries import insights, trends
from hampa.trends.queries.plots import plots_of
from hampa.trends.queries.trends import MEASURES, Point
from tests.factories.checkins import make_check_in
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.trends.conftest import WEDNESDAY, weeks_back

MONDAY = date(2026, 8, 3)


def weeks(*bodies):
    """Return weeks with these answers for the body, the others being always 6."""
    return tuple(
        Point(MONDAY + timedelta(weeks=number), MONDAY + timedelta(weeks=number, days=6), (12 + body, 6, 6, body, 6))
        for number, body in enumerate(bodies)
    )


def kinds(points):
    trend = trends.OwnTrend(points, len(points), ())
    return [(one.kind, one.measure) for one in insights.own_insights(trend) if one.kind != "weeks"]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ((8, 8, 7, 8, 8, 7, 5, 5, 4), [("down", "score"), ("down", "body")]),
        ((4, 5, 4, 5, 7, 8, 8), [("up", "score"), ("up", "body")]),
        ((7, 7, 7, 7, 7, 7, 7, 7, 1), [("once", "score")]),  # one bad week
        ((7, 7, 7, 7, 7, 7, 2, 7, 2), [("once", "score")]),  # not one after the other
        ((3, 9, 2, 9, 3, 9, 4, 4, 4), [("steady", "score")]),  # within what is usual
        ((7, 7, 7, 7, 7, 7), [("early", "")]),
        ((7, 7, 7, 7, 7, 7, 7), [("steady", "score")]),
        ((1,) * 4 + (7,) * 6 + (7,) * 3, [("steady", "score")]),  # against the last six, not all
    ],
)
def test_a_drift_is_of_several_weeks_against_ones_own(app, db_session, bodies, expected):
    with app.test_request_context():
        assert kinds(weeks(*bodies)) == expected


def test_a_sentence_names_the_numbers_it_comes_from(app, db_session):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        (_score, body) = insights.own_insights(trends.OwnTrend(weeks(8, 8, 7, 8, 8, 7, 5, 5, 4), 0, ()))[:2]
    assert body.text == (
        "Your body feels worse than usual. Body on average: 4.7 in the last 3 weeks, 7.7 in the 6 weeks before."
    )
    assert dict(body.numbers) == {"recent": 4.7, "latest": 3, "usual": 7.7, "before": 6}


def test_lines_break_where_a_week_is_missing_and_run_the_way_of_the_page(app, db_session, page):
    points = weeks(7, 7, 7, 7)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        drawn = plots_of([("mine", (*points[:2], *points[3:]))], step=7)[MEASURES.index("body")]
        assert drawn.lines[0].path.count("M") == 2 and drawn.lines[0].path.count("L") == 1
        assert [mark.x for mark in drawn.lines[0].marks] == sorted(mark.x for mark in drawn.lines[0].marks)
    with app.test_request_context(headers={"Accept-Language": "fa"}):
        mirrored = plots_of([("mine", (*points[:2], *points[3:]))], step=7)[MEASURES.index("body")]
    assert [mark.x for mark in mirrored.lines[0].marks] == [320 - mark.x for mark in drawn.lines[0].marks]
    assert "۷" in mirrored.lines[0].marks[0].words


def check_ins(person, crew, *numbers, **given):
    for number in numbers:
        with clock.frozen(weeks_back(number)):
            make_check_in(person, crew, **given)


def test_a_streak_is_of_checking_in_and_survives_a_new_rhythm(db_session, people, crew):
    person = people[0]
    check_ins(person, crew, 1, 2, 3, 5, 6)
    assert [one.periods for one in trends.own_trend(person).streaks] == [3]
    make_check_in(person, crew)
    assert [one.periods for one in trends.own_trend(person).streaks] == [4]
    with clock.frozen(WEDNESDAY + timedelta(weeks=2)):
        assert trends.own_trend(person).streaks == ()
    # The fortnight of a new rhythm may begin within a week that was answered, and leaves no whole period out.
    crew.frequency = "biweekly"
    db.session.flush()
    with clock.frozen(WEDNESDAY + timedelta(weeks=2)):
        make_check_in(person, crew)
        assert [one.periods for one in trends.own_trend(person).streaks] == [5]


def test_daily_answers_are_weeks_and_each_day_counts_for_the_streak(db_session):
    person = make_person()
    crew = make_crew(person, frequency="daily")
    for day in range(30):
        with clock.frozen(WEDNESDAY - timedelta(days=day)):
            make_check_in(person, crew, body=3 if day < 14 else 8, sharing="private")
    trend = trends.own_trend(person)
    assert [one.periods for one in trend.streaks] == [30]
    assert (len(trend.weeks), trend.of_weeks) == (5, 5)
    assert [point.value("body") for point in trend.weeks][-2:] == [3.0, 3.0]


def test_my_page_and_a_program_tell_my_trend_and_nobody_elses(page, program, people, crew):
    mine, other = people[0], people[1]
    check_ins(mine, crew, *range(3, 9), sharing="private", body=8)
    check_ins(mine, crew, 0, 1, 2, sharing="private", body=4)
    check_ins(other, crew, 1, sharing="crew")
    answer = page.as_(mine).get("/me/check-ins", 200)
    told = "Body on average: 4 in the last 3 weeks, 8 in the 6 weeks before."
    assert told in answer.words and "You checked in in 9 of the last 9 weeks." in answer.words
    assert "9 times in a row" in answer.words.replace("\u2068", "").replace("\u2069", "")
    assert len(answer.all("figure")) == 5 and len(answer.all("tr")) == 10
    assert not answer.all("style") and not [one for one in answer.all() if one.get("style")]
    data = program.as_(mine).get("/me/check-ins/trend", 200).data
    assert [(one["kind"], one["measure"]) for one in data["insights"]][:2] == [("down", "score"), ("down", "body")]
    assert len(data["weeks"]) == 9 and data["streaks"] == [{"crew_id": str(crew.id), "periods": 9}]
    assert program.as_(other).get("/me/check-ins/trend", 200).data["streaks"] == []
    for path in (f"/crews/{crew.id}", f"/crews/{crew.id}/members", f"/crews/{crew.id}/check-ins"):
        assert "in a row" not in page.as_(other).get(path, 200).words
    mine.locale = "fa"
    db.session.commit()
    told = "میانگین بدن: ۴ در ۳ هفتهٔ آخر، ۸ در ۶ هفتهٔ پیش از آن."
    assert told in page.as_(mine).get("/me/check-ins", 200).words
