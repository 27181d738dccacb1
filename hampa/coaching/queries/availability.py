"""When athletes have time: one's own, and on the calendar of a coach whom the athlete lets see it."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from hampa.coaching.models.athletes import ACTIVE, Athlete, Coach
from hampa.coaching.models.availability import MOST_EXCEPTIONS, Availability, AvailabilityException
from hampa.coaching.models.sessions import MOST_SESSIONS, CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import MOST_SORTED, coach_may
from hampa.coaching.queries.sessions import COLUMNS, PlanSeen, SessionRow, session_row
from hampa.people.models import Person
from hampa.platform.db import constants
from hampa.platform.locale import dates
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import built_once, is_one_of, planned_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, decode
from hampa.training.models.activities import Activity
from hampa.training.models.plans import OPEN_STATUSES, TrainingPlan
from hampa.training.queries.visibility import told_with

A_PAGE = 50
DAYS = 7
MOST_IN_A_WEEK, MOST_OTHER_DAYS = 2_000, 200


@dataclass(frozen=True, slots=True)
class OtherDays:
    """Days on which a person has other time than usual."""

    first: dt.date
    last: dt.date
    minutes: int | None
    note: str

    def meets(self, first: dt.date, last: dt.date) -> bool:
        """Return whether some of the days are between two others."""
        return self.first <= last and self.last >= first


@dataclass(frozen=True, slots=True)
class Time:
    """The time that an athlete has on a day: minutes, None for any; `note` says why if it is an exception."""

    minutes: int | None
    note: str = ""
    is_exception: bool = False


def time_on(day: dt.date, days: Sequence[int | None], exceptions: Iterable[OtherDays]) -> Time:
    """Return the time on a day: that of the exception which begins last, else the usual one."""
    that = [one for one in exceptions if one.first <= day <= one.last]
    if that:
        latest = max(that, key=lambda one: (one.first, one.last))
        return Time(latest.minutes, latest.note, is_exception=True)
    return Time(days[day.weekday()] if days else None)


def short_time(session: SessionRow, exceptions: Iterable[OtherDays]) -> OtherDays | None:
    """Return the exception by which there is less time than a session that is still to come needs, if there is one."""
    if session.is_done or not session.is_planned or session.day < dates.today():
        return None
    that = [one for one in exceptions if one.meets(session.day, session.day)]
    latest = max(that, key=lambda one: (one.first, one.last), default=None)
    if latest is None or latest.minutes is None or latest.minutes * 60 >= (session.duration_s or 60):
        return None
    return latest


def own_days(person: Person) -> list[int | None]:
    """Return the minutes that a person usually has from Monday to Sunday."""
    return _own_days(person.id).scalar() or [None] * DAYS


@built_once
def _own_days(person_id: uuid.UUID) -> Any:
    return select(Availability.days).where(Availability.person_id == person_id)


def own_exceptions(person: Person) -> list[AvailabilityException]:
    """Return the exceptions of a person that are not over, the next first: fifty at most."""
    return list(_own_exceptions(person.id, dates.today()).scalars())


@built_once
def _own_exceptions(person_id: uuid.UUID, today: dt.date) -> Any:
    row = AvailabilityException
    query = select(row).where(row.person_id == person_id, row.last >= today)
    return query.order_by(row.first, row.id).limit(MOST_EXCEPTIONS)


@built_once
def _other_days(viewer_id: uuid.UUID, athlete_id: uuid.UUID | None, since: dt.date, most: int) -> Any:
    row = AvailabilityException
    of: Any = athlete_id
    coached = select(Athlete.person_id).where(
        Athlete.id == of, or_(Athlete.person_id == viewer_id, coach_may(viewer_id, Athlete.id, "availability"))
    )
    whose = case((of.is_(None), viewer_id), else_=coached.scalar_subquery())
    query = select(row.first, row.last, row.minutes, row.note).where(row.person_id == whose, row.last >= since)
    return query.order_by(row.first, row.id).limit(most)


def other_days(viewer: Person, athlete_id: uuid.UUID | None, since: dt.date | None = None) -> list[OtherDays]:
    """Return on which days since one, by default today, an athlete has other time than usual: two hundred at most.

    They are for the athlete, and for coaches whom they let see them; without an athlete they are the viewer's own.
    """
    return [OtherDays(*row) for row in _other_days(viewer.id, athlete_id, since or dates.today(), MOST_OTHER_DAYS)]


def other_days_of_plan(viewer: Person, seen: PlanSeen, since: dt.date) -> list[OtherDays]:
    """Return on which days since one who follows a plan has other time than usual, where the viewer sees that."""
    athlete_id = seen.athlete.id if seen.athlete is not None else None
    return other_days(viewer, athlete_id, since) if athlete_id is not None or seen.is_own else []


@dataclass(frozen=True, slots=True)
class AthleteWeek:
    """A week of an athlete on a coach's calendar; `times` is empty unless the athlete lets the coach see them."""

    id: uuid.UUID
    name: str
    sessions: Mapping[dt.date, Sequence[SessionRow]] = field(hash=False)
    times: Mapping[dt.date, Time] = field(hash=False)


@planned_once
def _athletes(
    coach_id: uuid.UUID,
    first: dt.date,
    last: dt.date,
    name: str | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    goes_on: bool,
) -> Any:
    sees = or_(Athlete.person_id.is_(None), Coach.availability)  # who is coached at all is asked once
    row = AvailabilityException
    one = func.jsonb_build_array(row.first, row.last, row.minutes, row.note)
    exceptions = (
        select(func.jsonb_agg(aggregate_order_by(one, row.first, row.id)).label("exceptions"))
        .where(row.person_id == Athlete.person_id, row.first <= last, row.last >= first, sees)
        .correlate(Athlete, Coach)
        .lateral("exceptions")
    )
    by_name = by_alphabet(Athlete.name)
    order = by_name, Athlete.id
    mine = select(Coach.athlete_id, by_name.label("by_name")).join(Athlete, Athlete.id == Coach.athlete_id)
    mine = mine.where(Coach.coach_id == coach_id, Athlete.archived_at.is_(None), Athlete.status == ACTIVE)
    if goes_on:
        mine = mine.where(tuple_(*order) > tuple_(by_alphabet(name), last_id))
    # With a limit, so that whether they may be seen is asked of them in their order, until there is a page.
    in_order = mine.order_by(*order).limit(MOST_SORTED).subquery("in_order").c
    query = (
        select(Athlete.id, Athlete.name, sees, Availability.days, exceptions.c.exceptions)
        .select_from(in_order.by_name.table)
        .join(Athlete, Athlete.id == in_order.athlete_id)
        .join(Coach, and_(Coach.athlete_id == in_order.athlete_id, Coach.coach_id == coach_id))
        .outerjoin(Availability, and_(Availability.person_id == Athlete.person_id, sees))
        .join(exceptions, true())
        .where(OneByOne(coach_may(coach_id, in_order.athlete_id)))
    )
    return query.order_by(in_order.by_name, in_order.athlete_id).limit(most)


@planned_once
def _sessions(coach_id: uuid.UUID, athletes: list[uuid.UUID], first: dt.date, last: dt.date, most: int) -> Any:
    """Return the sessions of some athletes, found plan by plan: by their days alone, those of all would be read."""
    shown = or_(Athlete.person_id.is_(None), Coach.activities).label("shown")
    plans = (
        select(CoachedPlan.plan_id, Athlete.id.label("athlete_id"), Coach.map, shown)
        .select_from(Coach)
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .join(CoachedPlan, CoachedPlan.athlete_id == Athlete.id)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .where(Coach.coach_id == coach_id, is_one_of(Athlete.id, athletes), OneByOne(coach_may(coach_id, Athlete.id)))
        .where(TrainingPlan.status.in_(constants(*OPEN_STATUSES)))
        .cte("plans")
        .prefix_with("MATERIALIZED")
    )
    of_plan = select(*COLUMNS).where(PlanSession.plan_id == plans.c.plan_id, PlanSession.day.between(first, last))
    session = of_plan.order_by(PlanSession.day, PlanSession.id).limit(MOST_SESSIONS).lateral("session")
    numbers = (told_with(name, plans.c.map).label(f"activity_{name}") for name in ("distance_m", "duration_s"))
    return (
        select(*session.c, *numbers, plans.c.shown, plans.c.athlete_id)
        .select_from(plans)
        .join(session, true())
        .outerjoin(Activity, Activity.id == session.c.activity_id)
        .order_by(session.c.day, session.c.id)
        .limit(most)
    )


def week_of_athletes(coach: Person, first: dt.date, after: str | None = None, size: int = A_PAGE) -> Page[AthleteWeek]:
    """Return a page of a coach's athletes by name, with their sessions and their time in the week from `first` on."""
    last = first + timedelta(days=DAYS - 1)
    name, last_id = decode(after, str, uuid.UUID) or (None, None)
    rows = list(_athletes(coach.id, first, last, name, last_id, size + 1, goes_on=name is not None))
    by_athlete: defaultdict[uuid.UUID, defaultdict[dt.date, list[SessionRow]]] = defaultdict(lambda: defaultdict(list))
    ids = [row[0] for row in rows[:size]]
    for row in _sessions(coach.id, ids, first, last, MOST_IN_A_WEEK) if ids else ():
        one = session_row(row[:-2], sees_done=row[-2])
        by_athlete[row[-1]][one.day].append(one)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    weeks = [AthleteWeek(row[0], row[1], by_athlete[row[0]], _times(row, days)) for row in rows]
    return Page.of(weeks, size, lambda row: (row.name, row.id))


def _times(row: Any, week: Sequence[dt.date]) -> dict[dt.date, Time]:
    _id, _name, sees, days, exceptions = row
    if not sees or (days is None and not exceptions):
        return {}
    read = [
        OtherDays(dt.date.fromisoformat(one[0]), dt.date.fromisoformat(one[1]), one[2], one[3])
        for one in exceptions or ()
    ]
    return {day: time_on(day, days or (), read) for day in week}
