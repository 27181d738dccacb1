"""The week of a person on their home page: their runs, and their shifts and training by day."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, DateTime, Uuid, cast, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from hampa.coaching.models.sessions import PlanSession
from hampa.coaching.queries.sessions import own_sessions
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.bookings import is_of
from hampa.platform import clock
from hampa.platform.locale import dates
from hampa.run_lists.queries.rows import ListedRun
from hampa.training.models.activities import Activity
from hampa.training.models.plans import PlanMember, TrainingPlan

RUN, SHIFT, TRAINING, ACTIVITY, SESSION = "run", "shift", "training", "activity", "session"
MARKS_SHOWN = 50


class Mark(NamedTuple):
    """A shift, an activity, or a session of a plan in the week of a person; `word` is the duty or the kind of training."""

    what: str
    at: datetime | None
    day: date | None
    word: str
    id: uuid.UUID
    plan_id: uuid.UUID | None

    @classmethod
    def read(cls, what: str, at: str | None, day: str | None, word: str, of: str, plan: str | None) -> "Mark":
        """Return the mark whose values `marks_of_week` has read."""
        moment, on = datetime.fromisoformat(at) if at else None, date.fromisoformat(day) if day else None
        return cls(what, moment, on, word, uuid.UUID(of), uuid.UUID(plan) if plan else None)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week with its runs in the order of their starts; `begins` is its midnight on the person's clock.

    `shifts` and `training` are what else the person has that day.
    """

    begins: datetime
    today: bool
    runs: tuple[ListedRun, ...]
    shifts: tuple[Mark, ...] = ()
    training: tuple[Mark, ...] = ()

    @property
    def over(self) -> bool:
        """Whether all runs of the day are over."""
        return all(run.ends_at <= clock.now() for run in self.runs)


def days_of_week(runs: Sequence[ListedRun], begins: datetime, marks: Sequence[Mark] = ()) -> tuple[Day, ...]:
    """Return the seven days of the week that begins at a midnight, with those of the runs and marks that are in it."""
    today = dates.today()
    of_days: dict[tuple[date | None, str], list[Any]] = {}
    for run in runs:
        of_days.setdefault((run.starts_at.astimezone(begins.tzinfo).date(), RUN), []).append(run)
    for mark in marks:
        day = mark.at.astimezone(begins.tzinfo).date() if mark.at is not None else mark.day
        of_days.setdefault((day, SHIFT if mark.what == SHIFT else TRAINING), []).append(mark)
    days = [begins + timedelta(days=number) for number in range(7)]  # on the clock: a day may have 23 hours
    return tuple(
        Day(day, day.date() == today, *(tuple(of_days.get((day.date(), what), ())) for what in (RUN, SHIFT, TRAINING)))
        for day in days
    )


def marks_of_week(person_id: Any, since: Any, until: Any, first: Any, last: Any) -> ColumnElement[Any]:
    """Return the shifts and the training of a person in some days as one column, for `Mark.read`.

    An activity that belongs to a run, and a session that was done by an activity, stand there by these.
    """
    no_time = cast(None, DateTime(timezone=True)).label("at")
    no_day, no_plan = cast(None, Date()).label("day"), cast(None, Uuid()).label("plan_id")
    shifts = (
        select(_name(SHIFT), Booking.begins_at.label("at"), no_day, Schedule.name, Booking.id, no_plan)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(is_of(person_id), Booking.begins_at >= since, Booking.begins_at < until)
    )
    activities = select(_name(ACTIVITY), no_time, Activity.day, Activity.kind, Activity.id, no_plan).where(
        Activity.person_id == person_id, Activity.day.between(first, last), Activity.run_id.is_(None)
    )
    sessions = (
        select(_name(SESSION), no_time, PlanSession.day, PlanSession.kind, PlanSession.id, PlanSession.plan_id)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .where(own_sessions(person_id), PlanSession.day.between(first, last), PlanSession.activity_id.is_(None))
    )
    every = union_all(shifts, activities, sessions).subquery("every")
    marks = select(every).order_by(every.c.at, every.c.day).limit(MARKS_SHOWN).subquery("marks")
    values = aggregate_order_by(func.jsonb_build_array(*marks.c), marks.c.at, marks.c.day)
    return select(func.jsonb_agg(values, type_=JSONB)).scalar_subquery()


def _name(what: str) -> Any:
    return literal_column(f"'{what}'").label("what")
