"""What was done beside what was planned: found by the worker, changed by the athlete, on no day but its own."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.coaching.actions import matching
from hampa.coaching.actions.sessions import set_race
from hampa.coaching.jobs import match_recent
from hampa.coaching.models.athletes import Coach, CoachingEvent
from hampa.coaching.models.sessions import PlanSession, light_of, percent_done
from hampa.coaching.queries.sessions import sessions_between, sessions_of_plan
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates, i18n
from hampa.training.actions.activities import change_activity, create_activity
from tests.factories.coaching import make_athlete, make_coached_plan, make_session
from tests.factories.people import make_person
from tests.factories.training import make_activity
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
TODAY = WEDNESDAY.date()


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def did(person, at, metres, kind="run", minutes=50):
    """Write down what a person did, as the form does."""
    values = {"kind": kind, "started_at": at, "ended_at": at + timedelta(minutes=minutes), "duration_s": minutes * 60}
    activity = create_activity(person, values | {"distance_m": metres})
    db.session.commit()
    return activity


@pytest.mark.usefixtures("_wednesday")
def test_what_was_done_is_matched_asked_about_changed_and_undone(page, program, work, owner, companion, stranger):
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 20))
    long = make_session(plan, TODAY, distance_m=10_000)
    ride = make_session(plan, TODAY, kind="ride", distance_m=30_000)
    runner, coach = page.as_(companion), page.as_(owner)
    morning = WEDNESDAY - timedelta(hours=6)
    did(companion, morning, 2_000, kind="trail", minutes=15)
    work()
    db.session.refresh(long)
    warm_up = long.activity_id
    assert warm_up is not None and ride.activity_id is None
    main = did(companion, morning + timedelta(hours=1), 9_500)
    work()
    work()
    db.session.refresh(long)
    assert long.activity_id == main.id
    told = select(Notification).where(Notification.person_id == companion.id, Notification.type == "session_done")
    assert len(db.session.scalars(told).all()) == 1
    assert "How was it?" in runner.get("/notifications").words

    # One tap on Home says how it was; nobody else sees the session by its short address.
    where = f"/plans/{plan.id}/sessions/{long.id}"
    home = runner.get("/")
    assert "How was it? Run 10 km" in home.words
    for viewer, status in ((coach, 404), (page.as_(stranger), 404), (page, 303)):
        viewer.get(f"/me/plan-sessions/{long.id}", status)
    assert "As planned · 95%" in runner.get(f"/me/plan-sessions/{long.id}").words
    home.form(f"{where}/answer").submit("heavy", status=303)
    assert "How was it?" not in runner.get("/").words
    assert "Heavy" in coach.get(where).words and "Something was done" in coach.get(f"/plans/{plan.id}/changes").words

    # Not this one: it is another, or none; neither is matched by itself again, and no other's can be named.
    other = make_activity(stranger, started_at=morning)
    program.as_(companion).ask("PUT", f"{where}/activity", 422, json={"activity_id": str(other.id)})
    coach.post(f"{where}/activity", {"activity": str(main.id)}, 403)
    form = runner.get(where).form(f"{where}/activity")
    form.fill(activity=str(warm_up)).submit(status=303)
    assert "Less than planned · 20% done" in runner.get(where).words
    change_activity(companion, warm_up, {"distance_m": None})
    assert "Done, not measured" in runner.get(where).words and "As planned" not in runner.get(where).words
    change_activity(companion, warm_up, {"distance_m": 2_000})
    runner.get(where).form(f"{where}/activity").fill(activity="none").submit(status=303)
    change_activity(companion, main.id, {"distance_m": 9_900})
    work()
    db.session.refresh(long)
    assert long.activity_id is None and "To come" not in runner.get(where).words

    # Planned after it was done: the worker looks again now and then.
    late = make_session(plan, TODAY - timedelta(days=1), kind="swim", distance_m=1_000)
    make_activity(companion, started_at=morning - timedelta(days=1), kind="swim", distance_m=1_100)
    match_recent()
    db.session.refresh(late)
    assert late.activity_id is not None

    # A ride of another day is moved to this one, and away again.
    strays = did(companion, morning - timedelta(days=2), 29_000, kind="ride")
    work()
    change_activity(companion, strays.id, {"started_at": morning, "ended_at": morning + timedelta(minutes=50)})
    work()
    db.session.refresh(ride)
    assert ride.activity_id == strays.id
    back = morning - timedelta(days=1)
    change_activity(companion, strays.id, {"started_at": back, "ended_at": back + timedelta(minutes=50)})
    work()
    db.session.refresh(ride)
    assert ride.activity_id is None

    # The right to see what is done is taken back: no page and no event tells of it, and a block ends all.
    db.session.scalars(select(Coach)).one().activities = False
    db.session.commit()
    for address in (where, f"/plans/{plan.id}/changes", f"/coaching/athletes/{record.id}", "/coaching/week"):
        words = coach.get(address).words
        assert "Something was done" not in words and "Heavy" not in words and "20%" not in words, address
    api = program.as_(owner).ask("GET", where, 200).json["data"]
    assert (api["done"], api["percent"], api["activity_id"], api["feeling"]) == (False, None, None, "")
    block(companion, owner.id)
    db.session.commit()
    program.as_(owner).ask("GET", where, 404)
    assert companion.name not in page.as_(owner).copy.get("/coaching/week").words


@pytest.mark.usefixtures("_wednesday")
def test_missed_sessions_offer_what_may_become_of_them(page, owner, companion):
    plan = make_coached_plan(make_athlete(owner, companion))
    missed = make_session(plan, TODAY - timedelta(days=1), distance_m=10_000)
    other = make_session(plan, TODAY - timedelta(days=2), distance_m=8_000)
    make_session(plan, TODAY - timedelta(days=9))
    runner = page.as_(companion)
    home = runner.get("/")
    assert home.words.count("Missed: ") == 2
    path = f"/plans/{plan.id}/sessions/{missed.id}"
    home.form(f"{path}/step").submit("illness", status=303)
    runner.get("/").form(f"/plans/{plan.id}/sessions/{other.id}/step").submit("shorten", status=303)
    assert "Missed: " not in runner.get("/").words
    for one in (missed, other):
        db.session.refresh(one)
    assert (missed.state, missed.excuse, other.day, other.distance_m) == ("excused", "illness", TODAY, 4_000)
    assert "Excused: ill" in page.as_(owner).get(path).words

    # When the timer stops, the plan with a session of that day is chosen already.
    runner.post("/me/timer", {"kind": "run"}, 303)
    asked = runner.post("/me/timer/stop", {}, 303).follow().form().values
    assert (asked["plan_id"], asked["duration"]) == (str(plan.id), "0:00:01")


def test_no_zone_and_no_clock_change_moves_anything_to_another_day(work, owner, companion):
    """Planned beside done over a year of clock changes, zones and moved races, drawn by lot with a fixed seed."""
    lot = random.Random(17)
    zones = ["Asia/Tehran", "America/Los_Angeles", "Pacific/Kiritimati", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]
    changes = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5)]
    record = make_athlete(owner, companion)
    for round_ in range(25):
        zone = ZoneInfo(lot.choice(zones))
        companion.timezone = zone.key
        day = lot.choice(changes) + timedelta(days=lot.randint(-1, 1))
        hour, minute, fold = lot.choice([0, 1, 2, 3, 12, 23]), lot.choice([0, 29, 59]), lot.randint(0, 1)
        begun = datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=zone).astimezone(UTC)
        planned, done = lot.randint(1_000, 40_000), lot.randint(100, 60_000)
        with clock.frozen(begun + timedelta(hours=2)):
            race = day + timedelta(days=lot.randint(3, 60))
            plan = make_coached_plan(record, race, name=f"Round {round_}")
            days = [day + timedelta(days=shift) for shift in (-1, 0, 1)]
            before, that, after = (make_session(plan, one, distance_m=planned) for one in days)
            activity = did(companion, begun, done, minutes=30)
            work()
            for one in (before, that, after):
                db.session.refresh(one)
            assert activity.day == begun.astimezone(zone).date()
            matched = [one.day for one in (before, that, after) if one.activity_id == activity.id]
            assert matched == [activity.day], (zone, begun, matched)
            with i18n.use_locale("en", zone.key):
                shift, today = timedelta(days=lot.choice([-2, -1, 1, 30])), dates.today()
                expected_days = {
                    one.id: one.day + shift
                    if one.activity_id is None and one.day >= today and one.day + shift >= today
                    else one.day
                    for one in (before, that, after)
                }
                set_race(companion, plan.id, race + shift)
                rows = {one.id: one for one in sessions_between(sessions_of_plan(owner, plan.id))}
            done_row = next(one for one in rows.values() if one.activity_id)
            expected = percent_done((planned, None), (done, None))
            assert (done_row.day, done_row.percent, done_row.light) == (activity.day, expected, light_of(expected))
            assert abs(done_row.percent - 100 * done / planned) <= 0.5
            assert {key: row.day for key, row in rows.items()} == expected_days, (zone, begun)
        db.session.delete(plan)
        db.session.delete(activity)
        db.session.commit()


@pytest.mark.usefixtures("real_database")
def test_of_many_workers_each_activity_belongs_to_one_session(app):
    with app.app_context():
        runner, coach = make_person(), make_person()
        plan = make_coached_plan(make_athlete(coach, runner))
        with clock.frozen(WEDNESDAY):
            for metres in (5_000, 8_000, 12_000):
                make_session(plan, TODAY, distance_m=metres)
                make_activity(runner, started_at=WEDNESDAY - timedelta(hours=5), distance_m=metres + 100)
        person_id = runner.id
        db.session.commit()
    results = Counter(at_once(app, [lambda: matching.match_day(person_id, TODAY)] * 6))
    assert results["done"] == 6
    with app.app_context():
        rows = db.session.execute(select(PlanSession.distance_m, PlanSession.activity_id)).all()
        assert len({row.activity_id for row in rows} - {None}) == 3
        assert db.session.scalar(select(func.count()).where(CoachingEvent.what == "matched")) == 3
        assert db.session.scalar(select(func.count()).where(Notification.type == "session_done")) == 3
