"""A coach's roster: their athletes, sorted by who needs a word, with why."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, exists, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import ACTIVE, STATUSES, Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.athletes import MOST_SORTED, coach_may, has_agreed
from hampa.coaching.queries.sums import sums_of_athletes
from hampa.people.models import Person
from hampa.platform.locale import dates
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import planned_once
from hampa.platform.texts.cleaning import by_alphabet, fold
from hampa.platform.web.paging import Page, decode

A_PAGE = 50
FEWEST_DRIFT = 3
"""Sessions of which at least is said that an athlete drifts from the plan."""
BELOW, ABOVE = 80, 120
MOST_NEED = 1_000
ANSWERED = ("moved", "skipped", "shortened", "excused", "answered", "planned")
"""Kinds of events of an athlete that a coach should look at."""
ALL, ARCHIVE = "all", "archived"
FILTERS = (*STATUSES, ALL, ARCHIVE)


@dataclass(frozen=True, slots=True)
class RosterFilters:
    """The filters of a roster; `status` may also be "all" or "archived"."""

    status: str = ""
    coach_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """An athlete on a roster; `percent` is what they did of what was planned in the last two weeks, None if unknown."""

    id: uuid.UUID
    person_id: uuid.UUID | None
    name: str
    avatar: str | None
    status: str
    archived_at: datetime | None
    goal_race: str
    goal_race_on: dt.date | None
    role: str
    missed: int
    sessions: int
    percent: int | None
    waiting: int
    last_day: dt.date | None
    place: int
    is_invited: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_active(self) -> bool:
        """Return whether the athlete trains at present."""
        return self.status == ACTIVE

    @property
    def drifts(self) -> bool:
        """Return whether much more or less is done than planned."""
        return self.sessions >= FEWEST_DRIFT and self.percent is not None and not BELOW <= self.percent <= ABOVE


@dataclass(frozen=True, slots=True)
class _Last:
    """What the last row of a page is sorted by."""

    place: int | None = None
    name: str | None = None
    id: uuid.UUID | None = None


def roster_of(
    coach: Person, filters: RosterFilters | None = None, after: str | None = None, size: int = A_PAGE
) -> Page[RosterRow]:
    """Return a page of the athletes of a coach, those who need a word first."""
    chosen = filters or RosterFilters()
    last = _Last(*(decode(after, int, str, uuid.UUID) or ()))
    found = _roster(
        *(coach.id, dates.today(), replace(chosen, text=like(chosen.text)), last, size + 1),
        is_filtered=chosen != RosterFilters(),
        goes_on=last.place is not None,
    )
    return Page.of([RosterRow(*row) for row in found], size, lambda row: (row.place, row.name, row.id))


def like(text: str) -> str:
    """Return the pattern of a text that stands anywhere, with its letters folded; "" for none."""
    words = fold(text)
    return f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%" if words else ""


def folded(column: Any) -> Any:
    """Return a column as `like` compares it."""
    return func.translate(func.lower(column), "يىئكآأإؤ\u200c", "یییکاااو ")


@planned_once
def _roster(
    coach_id: uuid.UUID,
    today: dt.date,
    filters: RosterFilters,
    last: _Last,
    most: int,
    *,
    is_filtered: bool,
    goes_on: bool,
) -> Any:
    conditions = _conditions(filters) if is_filtered else [Athlete.archived_at.is_(None), Athlete.status == ACTIVE]
    in_order = _in_order(coach_id, today, conditions, last if goes_on else None)
    of_all = in_order.c
    query = (
        select(
            Athlete.id,
            Athlete.person_id,
            Athlete.name,
            Person.avatar,
            Athlete.status,
            Athlete.archived_at,
            Athlete.goal_race,
            Athlete.goal_race_on,
            of_all.role,
            of_all.missed,
            of_all.sessions,
            cast(func.round(of_all.percent), type_=func.count().type),
            of_all.waiting,
            of_all.last_day,
            of_all.place,
            and_(Athlete.person_id.is_(None), _is_invited()),
            Athlete.created_at,
            Athlete.updated_at,
            Athlete.version,
        )
        .select_from(in_order)
        .join(Athlete, Athlete.id == of_all.id)
        .outerjoin(Person, Person.id == Athlete.person_id)
        .where(OneByOne(coach_may(coach_id, of_all.id)))
    )
    return query.order_by(of_all.place, of_all.by_name, of_all.id).limit(most)


def _in_order(coach_id: Any, today: Any, conditions: Any, last: Any) -> Any:
    """Return all athletes of a coach that meet the conditions, those who need a word first; those after `last` if it is given.

    With a limit, so that whether they may be seen is asked of them in their order, until there is a page.
    """
    sums, waits = sums_of_athletes(coach_id, today), _waits()
    missed, sessions = func.coalesce(sums.c.missed, 0), func.coalesce(sums.c.sessions, 0)
    drifts = and_(sessions >= FEWEST_DRIFT, ~func.coalesce(sums.c.percent, 100).between(BELOW, ABOVE))
    need = 3 * func.least(waits.c.waiting, 20) + 2 * func.least(missed, 20) + case((drifts, 2), else_=0)
    order = MOST_NEED - need, by_alphabet(Athlete.name), Athlete.id
    columns: list[Any] = [order[0].label("place"), order[1].label("by_name"), missed.label("missed")]
    columns += [sessions.label("sessions"), sums.c.percent, sums.c.last_day, waits.c.waiting]
    query = (
        select(Athlete.id, Coach.role, *columns)
        .select_from(Coach)
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .outerjoin(sums, sums.c.athlete_id == Athlete.id)
        .join(waits, true())
        .where(Coach.coach_id == coach_id, *conditions)
    )
    if last is not None:
        query = query.where(tuple_(*order) > tuple_(last.place, by_alphabet(last.name), last.id))
    return query.order_by(*order).limit(MOST_SORTED).subquery("in_order")


def _waits() -> Any:
    """Return how many answers of an athlete their coach has not seen."""
    return (
        select(func.count().label("waiting"))
        .where(CoachingEvent.athlete_id == Athlete.id, CoachingEvent.person_id == Athlete.person_id)
        .where(or_(Coach.seen_at.is_(None), CoachingEvent.created_at > Coach.seen_at))
        .where(CoachingEvent.what.in_(ANSWERED), or_(Athlete.person_id.is_(None), Coach.activities))
        .correlate(Athlete, Coach)
        .lateral("waits")
    )


def _is_invited() -> Any:
    return exists().where(
        *(AthleteInvitation.athlete_id == Athlete.id, AthleteInvitation.revoked_at.is_(None)),
        *(AthleteInvitation.accepted_at.is_(None), AthleteInvitation.expires_at > func.now()),
    )


def _conditions(filters: RosterFilters) -> tuple[Any, ...]:
    """Return the conditions of the filters, whose text is a pattern."""
    chosen: Any = filters
    by_status = case(
        (chosen.status == literal(ALL, String), Athlete.archived_at.is_(None)),
        (chosen.status == literal(ARCHIVE, String), Athlete.archived_at.is_not(None)),
        (chosen.status == literal("", String), and_(Athlete.archived_at.is_(None), Athlete.status == ACTIVE)),
        else_=and_(Athlete.archived_at.is_(None), Athlete.status == chosen.status),
    )
    names = (folded(column).like(chosen.text, escape="!") for column in (Athlete.name, Athlete.goal_race))
    other = aliased(Coach)
    by_coach = exists().where(other.athlete_id == Athlete.id, other.coach_id == chosen.coach_id, has_agreed(other))
    in_plan = exists().where(CoachedPlan.athlete_id == Athlete.id, CoachedPlan.plan_id == chosen.plan_id)
    return (
        by_status,
        or_(chosen.text == literal("", String), *names),
        or_(chosen.coach_id.is_(None), by_coach),
        or_(chosen.plan_id.is_(None), in_plan),
    )
