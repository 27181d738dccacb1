"""What was done lately of plans is kept as it would be summed up now, whatever changes, and by whom at the same time."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from sqlalchemy import func, select, true, update

from hampa.coaching.actions.matching import choose_activity
from hampa.coaching.actions.sums import follow_days, keep_sums
from hampa.coaching.cli import rebuild_sums
from hampa.coaching.models.athletes import Coach
from hampa.coaching.models.sessions import STATES, KeptSums, PlanSession
from hampa.coaching.queries.roster import roster_of
from hampa.coaching.queries.sums import SUMMED, lately
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from hampa.training.models.plans import TrainingPlan
from tests.factories.coaching import make_athlete, make_coached_plan, make_session
from tests.factories.people import make_person
from tests.factories.training import make_activity
from tests.races import waiting_for_us

WEDNESDAY = dt.datetime(2026, 12, 2, 12, tzinfo=dt.UTC)
TODAY = WEDNESDAY.date()


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def wrongly_kept() -> list[object]:
    """Return the days of plans of which something else is kept than is summed up now."""
    now = lately(KeptSums.plan_id, KeptSums.day).correlate(KeptSums).lateral("now")
    differ = [func.row(*(getattr(KeptSums, name) for name in SUMMED)).is_distinct_from(func.row(*now.c))]
    query = select(KeptSums.plan_id, KeptSums.day).join(now, true()).where(~KeptSums.is_stale, *differ)
    return list(db.session.execute(query))


def count_kept() -> int:
    return db.session.scalar(select(func.count()).where(~KeptSums.is_stale)) or 0


@pytest.mark.parametrize("seed", range(4))
def test_random_changes_leave_what_is_kept_as_it_would_be_summed_up(owner, companion, seed):
    dice = Random(seed)
    record = make_athlete(owner, companion)
    plans = [make_coached_plan(record) for _ in range(3)]
    for number in range(6):
        make_activity(companion, distance_m=5_000 + 900 * number)
    for plan in plans:
        for ago in range(-2, 18, 2):
            make_session(plan, TODAY - dt.timedelta(days=ago))
    rebuild_sums()

    def session() -> PlanSession:
        return dice.choice(db.session.scalars(select(PlanSession).order_by(PlanSession.id)).all())

    def free() -> Activity | None:
        taken = select(PlanSession.activity_id).where(PlanSession.activity_id.is_not(None))
        there = db.session.scalars(select(Activity).where(Activity.id.not_in(taken)).order_by(Activity.id)).all()
        return dice.choice(there) if there else None

    def state() -> None:
        one = session()
        one.state = dice.choice(STATES)
        one.excuse = "illness" if one.state == "excused" else ""

    def done() -> None:
        one = session()
        one.done_at, one.done_distance_m = dice.choice([(None, None), (WEDNESDAY, dice.randrange(1, 30_000))])

    def match() -> None:
        one, activity = session(), free()
        one.activity_id = activity.id if activity is not None else None

    def cut() -> None:
        one = dice.choice(
            db.session.scalars(select(Activity).order_by(Activity.id)).all() or [make_activity(companion)]
        )
        one.distance_m = dice.randrange(1_000, 20_000)
        one.visible_duration_s, one.visible_distance_m = dice.choice([(None, None), (600, 2_000)])
        one.map_visibility = dice.choice(["me", "companions"])

    changes = [
        *(state, done, match, match, cut, cut),
        lambda: make_session(dice.choice(plans), TODAY - dt.timedelta(days=dice.randrange(16))),
        lambda: setattr(session(), "day", TODAY - dt.timedelta(days=dice.randrange(16))),
        lambda: setattr(session(), "plan_id", dice.choice(plans).id),
        lambda: setattr(session(), "distance_m", dice.randrange(1_000, 30_000)),
        lambda: db.session.delete(session()),
        lambda: db.session.execute(update(PlanSession).values(day=PlanSession.day + dice.choice([-1, 1]))),
    ]
    for _ in range(60):
        dice.choice(changes)()
        db.session.commit()
        assert wrongly_kept() == []
        if dice.random() < 0.5:
            keep_sums()
            db.session.commit()
            assert wrongly_kept() == [] and count_kept() == 9
    shown = [(row.missed, row.sessions, row.percent, row.last_day) for row in roster_of(owner).items]
    db.session.execute(update(KeptSums).values(is_stale=True))
    assert [(row.missed, row.sessions, row.percent, row.last_day) for row in roster_of(owner).items] == shown


def test_an_activity_that_is_deleted_leaves_its_session_missed(owner, companion):
    plan = make_coached_plan(make_athlete(owner, companion))
    activity = make_activity(companion, distance_m=10_000)
    make_session(plan, TODAY - dt.timedelta(days=1), activity_id=activity.id)
    rebuild_sums()
    assert [(row.missed, row.percent) for row in roster_of(owner).items] == [(0, 100)]
    db.session.delete(activity)
    db.session.commit()
    assert [(row.missed, row.percent) for row in roster_of(owner).items] == [(1, 0)]


def test_what_is_kept_is_told_to_who_may_see_it_and_the_line_s_part_to_who_sees_the_map(owner, companion):
    plan = make_coached_plan(make_athlete(owner, companion, rights=("activities", "map")))
    whole = {"distance_m": 10_000, "visible_distance_m": 8_000, "duration_s": 3_600, "visible_duration_s": 3_000}
    activity = make_activity(companion, **whole, map_visibility="me")
    make_session(plan, TODAY - dt.timedelta(days=1), activity_id=activity.id)
    rebuild_sums()
    row = db.session.scalars(select(Coach)).one()
    for rights, told in (((True, True), 80), ((True, False), 100), ((False, False), None)):
        row.activities, row.map = rights
        db.session.commit()
        assert [one.percent for one in roster_of(owner).items] == [told]


def test_a_roster_reads_what_is_kept_and_sums_up_what_is_not(owner):
    plan = make_coached_plan(make_athlete(owner))
    make_session(plan, TODAY - dt.timedelta(days=1))
    rebuild_sums()
    db.session.execute(update(KeptSums).values(missed=9))
    assert [row.missed for row in roster_of(owner).items] == [9]
    db.session.execute(update(KeptSums).values(is_stale=True))
    assert [row.missed for row in roster_of(owner).items] == [1]


def test_who_keeps_makes_a_change_wait_which_is_then_stale(real_database):
    session = make_session(make_coached_plan(make_athlete(make_person())), TODAY - dt.timedelta(days=1))
    session_id = session.id
    follow_days()
    db.session.commit()

    def skip() -> None:
        db.session.execute(update(PlanSession).where(PlanSession.id == session_id).values(state="skipped"))
        db.session.commit()

    assert keep_sums() == 3
    with waiting_for_us(real_database, skip):
        db.session.commit()
    assert count_kept() == 0
    keep_sums()
    db.session.commit()
    assert count_kept() == 3 and wrongly_kept() == []


def test_an_activity_that_is_changed_while_it_is_chosen_is_summed_up_as_changed(real_database):
    athlete = make_person()
    plan = make_coached_plan(make_athlete(make_person(), athlete))
    session = make_session(plan, TODAY - dt.timedelta(days=1))
    activity = make_activity(athlete, distance_m=10_000, day=session.day)
    person_id, plan_id, session_id, activity_id = athlete.id, plan.id, session.id, activity.id
    follow_days()
    db.session.commit()

    def choose() -> None:
        choose_activity(db.session.get_one(Person, person_id), plan_id, session_id, activity_id)
        db.session.commit()

    db.session.execute(update(Activity).where(Activity.id == activity_id).values(distance_m=5_000))
    with waiting_for_us(real_database, choose):
        db.session.commit()
    keep_sums()
    db.session.commit()
    assert count_kept() == 3 and wrongly_kept() == []
    assert sorted(db.session.scalars(select(KeptSums.percents))) == [0, 50, 50]  # the first day is that of the session


def test_days_that_are_over_and_plans_that_are_closed_are_kept_no_longer(owner):
    record = make_athlete(owner)
    plan, closed = make_coached_plan(record), make_coached_plan(record)
    rebuild_sums()
    db.session.get_one(TrainingPlan, closed.id).status = "completed"
    db.session.commit()
    with clock.frozen(WEDNESDAY + dt.timedelta(days=1)):
        assert rebuild_sums() == 3
    days = db.session.execute(select(KeptSums.plan_id, KeptSums.day).order_by(KeptSums.day)).all()
    assert days == [(plan.id, TODAY + dt.timedelta(days=number)) for number in range(3)]
