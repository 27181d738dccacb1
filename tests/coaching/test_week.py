"""When athletes have time, and how they are: seen by the coach whom they let, and gone when they take it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.availability import AvailabilityException
from hampa.coaching.queries.availability import OtherDays, time_on, week_of_athletes
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.checkins import make_check_in
from tests.factories.coaching import add_coach, make_athlete, make_coached_plan, make_exception, make_session
from tests.factories.crews import make_crew
from tests.factories.people import make_person

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
TODAY = WEDNESDAY.date()


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.mark.usefixtures("_wednesday")
def test_time_and_check_ins_are_for_the_coach_whom_the_athlete_lets(
    page, program, owner, companion, stranger, operator
):
    record = make_athlete(owner, companion)
    add_coach(record, stranger, "follower", ("activities",))
    plan = make_coached_plan(record, date(2026, 12, 20))
    session = make_session(plan, TODAY, distance_m=12_000)
    runner, coach, other = page.as_(companion), page.as_(owner), page.as_(stranger)
    assert runner.get("/me/training-week").one("a", class_="session-day").get("href") in runner.get("/").links
    assert "Today's session" in runner.get("/").words and "Today's session" not in coach.get("/").words
    runner.get(f"/plans/{plan.id}/sessions/{session.id}").form("/me/timer").submit(status=303)
    assert "Run 12 km" in (timed := runner.get("/me/training").words) and "Start the timer" not in timed
    assert "changed your plan" not in runner.get("/notifications").words
    edit = f"/plans/{plan.id}/sessions/{session.id}/edit"
    coach.get(edit).form(edit).fill(distance_km="12", text="Easy").submit(status=303)
    assert "changed your plan" in runner.get("/notifications").words
    assert "the athlete was told" in coach.get(f"/plans/{plan.id}/changes").words
    assert "was told" not in runner.get(f"/plans/{plan.id}/changes").words
    assert [one["told"] for one in program.as_(owner).get(f"/plans/{plan.id}/changes", 200).data] == [True]
    assert "Today 2 December" in (week := runner.get("/me/training-week").words) and plan.name in week
    assert plan.name in runner.get("/").words and "Nothing done yet" in runner.get("/me/plans").words
    usual = runner.get("/me/availability").form("/me/availability")
    usual.fill(wed="45", fri="0").submit(status=303)
    add = runner.get("/me/availability").form("/me/availability/exceptions")
    assert "ends before it begins" in add.fill(first="2026-12-05", last="2026-12-04").submit(status=422).words
    assert "years away" in add.fill(first="2106-12-05").submit(status=422).words
    add.fill(first="2026-12-03", last="2026-12-04", minutes="any", note="At home").submit(status=303)
    crew = make_crew(companion)
    for week in range(3):
        first = date(2026, 11, 9) + timedelta(weeks=week)
        make_check_in(companion, crew, period_from=first, period_to=first + timedelta(days=7), body=7, note="A secret")

    week = coach.get("/coaching/week?from=2026-12-02")
    assert "Run 12 km" in week.words and "45 min" in week.words and "“At home”" in week.words
    assert "no time" not in week.words  # Friday, which the exception opens
    # A sick day: the coach whom the athlete lets is told, and its sessions say so.
    late = make_session(plan, date(2026, 12, 5))
    add.fill(first="2026-12-05", last="2026-12-06", minutes="0", note="Fever").submit(status=303)
    told = f"{companion.name}, 5 December to 6 December: no time for training"
    assert told in coach.get("/notifications").words and "for training" not in other.get("/notifications").words
    assert "Planned on these days" in runner.get("/me/availability").words
    for viewer, address in ((runner, "/me/training-week"), (coach, f"/plans/{plan.id}/sessions")):
        assert viewer.get(address).words.count("Run 10 km") == 1 and "no time" in viewer.get(address).words
    happened = f"/coaching/athletes/{record.id}/timeline"
    assert "Other time than usual" in coach.get(happened).words and "Fever" not in coach.get(happened).words
    assert "Other time than usual" not in other.get(happened).words
    move = f"/plans/{plan.id}/sessions/{late.id}/move"
    runner.get(f"/plans/{plan.id}/sessions/{late.id}").form(move).fill(day="2026-12-08").submit(status=303)
    moved = f"{companion.name} moved a session (Run) from 5 December to 8 December."
    assert moved in coach.get("/notifications").words and moved in other.get("/notifications").words
    shown = coach.get(f"/coaching/athletes/{record.id}")
    assert "How they're doing" in shown.words and "A secret" not in shown.words
    # In Persian weeks begin on Saturday, and a check-in until Sunday, 15 November, is of the week from the day before on.
    owner.locale, owner.calendar = "fa", "solar"
    db.session.commit()
    persian = coach.get(f"/coaching/athletes/{record.id}").words
    assert "۲۳ آبان تا ۲۹ آبان" in persian and "۱۸ آبان" not in persian
    owner.locale, owner.calendar = "en", "gregorian"
    db.session.commit()
    # Beside the weeks of the plan, for the athlete and the coach whom they let.
    beside = [f"/plans/{plan.id}/sessions", f"/plans/{plan.id}", f"/coaching/athletes/{record.id}"]
    for address in beside:
        assert "any time “At home”" in coach.get(address).words, address
        assert "At home" not in other.get(address).words, address
    assert "any time “At home”" in runner.get(beside[0]).words
    for viewer in (other, page.as_(operator)):
        words = viewer.get("/coaching/week?from=2026-12-02").words
        assert "45 min" not in words and "At home" not in words
    assert "How they're doing" not in other.get(f"/coaching/athletes/{record.id}").words
    assert "12 km" in other.get("/coaching/week?from=2026-12-02").words
    rows = program.as_(owner).ask("GET", "/me/athletes/week?first=2026-12-02", 200).json["data"]
    assert [day["minutes"] for day in rows[0]["days"]][:1] == [45] and rows[0]["days"][0]["sessions"]

    program.as_(owner).ask("GET", "/me/athletes/week?first=9999-12-31", 422)
    # Nobody deletes another's exception; what is taken back is gone with the next page.
    row = db.session.scalars(select(AvailabilityException).where(AvailabilityException.note == "At home")).one()
    other.post(f"/me/availability/exceptions/{row.id}/delete", {}, 404)
    ends = f"/me/coaches/{record.id}/{owner.id}"
    form = next(one for one in runner.get("/me/coaches").forms if one.action == ends)
    form.fill(rights=["activities", "plans"]).submit(status=303)
    words = coach.get("/coaching/week?from=2026-12-02").words
    assert "45 min" not in words and "At home" not in words and "12 km" in words
    assert not [one for one in beside if "At home" in coach.get(one).words]
    assert "no time for training" not in coach.get("/notifications").words
    assert "Other time than usual" not in coach.get(happened).words
    assert "How they're doing" not in coach.get(f"/coaching/athletes/{record.id}").words
    rows = program.as_(owner).ask("GET", "/me/athletes/week?first=2026-12-02", 200).json["data"]
    assert not any(day["has_said"] for day in rows[0]["days"])
    db.session.scalars(select(Coach).where(Coach.coach_id == owner.id)).one().activities = False
    session.done_at, session.line = WEDNESDAY, "Wind"
    db.session.commit()
    assert "As planned" not in coach.get("/coaching/week").words
    assert "1 session done" in runner.get("/me/plans").words
    db.session.scalars(select(Athlete)).one().archived_at = WEDNESDAY
    db.session.commit()
    assert companion.name not in coach.get("/coaching/week").words


def test_the_exception_that_begins_last_counts():
    days = [None, 30, 30, 30, 30, 0, 0]
    ill = OtherDays(date(2026, 12, 1), date(2026, 12, 10), 0, "Ill")
    better = OtherDays(date(2026, 12, 8), date(2026, 12, 9), 60, "")
    got = [time_on(date(2026, 12, day), days, [ill, better]).minutes for day in (7, 8, 9, 10, 11, 12, 14)]
    assert got == [0, 60, 60, 0, 30, 0, None]


def test_a_week_asks_two_statements_for_any_number_of_athletes(owner):
    def asked(size):
        statements = []
        listener = lambda _c, _u, statement, *_more: statements.append(statement)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        try:
            page = week_of_athletes(owner, TODAY, size=size)
        finally:
            event.remove(db.engine, "before_cursor_execute", listener)
        return len(statements), len(page.items)

    for _number in range(12):
        record = make_athlete(owner, make_person())
        make_session(make_coached_plan(record), TODAY)
        make_exception(db.session.get_one(type(owner), record.person_id), TODAY)
    first = asked(1)
    many = asked(50)
    assert many == (first[0], 12) and many[0] <= 2
