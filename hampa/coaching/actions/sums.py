"""Keeping what was done lately of what plans planned, so that a roster need not sum it up."""

import datetime as dt
import uuid

from sqlalchemy import Date, Update, cast, column, delete, exists, func, or_, select, true, update, values
from sqlalchemy.dialects.postgresql import insert

from hampa.coaching.models.sessions import CoachedPlan, KeptSums
from hampa.coaching.queries.sums import SUMMED, lately
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.plans import OPEN_STATUSES, TrainingPlan

SLICE = 500


def follow_days() -> None:
    """Make a row for each open plan of an athlete and each day that is today somewhere, and delete those of other days."""
    today = clock.now().date()
    around = [today + dt.timedelta(days=days) for days in (-1, 0, 1)]
    is_open = TrainingPlan.status.in_(OPEN_STATUSES)
    closed = exists().where(TrainingPlan.id == KeptSums.plan_id, ~is_open)
    gone = delete(KeptSums).where(or_(KeptSums.day.not_in(around), closed))
    db.session.execute(gone.execution_options(synchronize_session=False))
    days = values(column("day", Date), name="days").data([(cast(day, Date),) for day in around])
    there = exists().where(KeptSums.plan_id == TrainingPlan.id, KeptSums.day == days.c.day)
    wanted = (
        select(func.gen_random_uuid(), TrainingPlan.id, days.c.day)
        .select_from(CoachedPlan)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .join(days, true())
        .where(CoachedPlan.athlete_id.is_not(None), is_open, ~there)
    )
    made = insert(KeptSums).from_select(["id", "plan_id", "day"], wanted, include_defaults=False)
    db.session.execute(made.on_conflict_do_nothing())


def keep_sums(most: int = SLICE) -> int:
    """Sum up what is stale, and return of how many plans and days; the caller commits.

    The rows are locked before anything is read: a change of a session that is not read yet waits to make them stale.
    """
    stale = select(KeptSums.id).where(KeptSums.is_stale).order_by(KeptSums.id).limit(most)
    ids = list(db.session.scalars(stale.with_for_update(skip_locked=True)))
    if ids:
        db.session.execute(_summed_up(ids))
    return len(ids)


def _summed_up(ids: list[uuid.UUID]) -> Update:
    now = lately(KeptSums.plan_id, KeptSums.day).correlate(KeptSums).lateral("now")
    found = select(KeptSums.id, now).join(now, true()).where(KeptSums.id.in_(ids)).subquery("found").c
    changes = {name: found[name] for name in SUMMED}
    query = update(KeptSums).where(KeptSums.id == found.id).values(is_stale=False, **changes)
    return query.execution_options(synchronize_session=False)


def forget_sums() -> None:
    """Make all sums stale, and follow the days; the caller commits."""
    db.session.execute(update(KeptSums).values(is_stale=True).execution_options(synchronize_session=False))
    follow_days()
