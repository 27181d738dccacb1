"""A coach's roster: their athletes, sorted by who needs a word, with why."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Double,
    String,
    Uuid,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import ACTIVE, STATUSES, Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.sessions import MOST_SESSIONS, PLANNED, CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import coach_may
from hampa.people.models import Person
from hampa.platform.db import constants
from hampa.platform.locale import dates
from hampa.platform.statements import planned_once
from hampa.platform.texts.cleaning import by_alphabet, fold
from hampa.platform.web.paging import Page, decode
from hampa.training.models.activities import Activity
from hampa.training.models.plans import OPEN_STATUSES, TrainingPlan
from hampa.training.queries.visibility import told_with

A_PAGE = 50
MISSED_WITHIN, DRIFT_WITHIN = 7, 14
"""Days back in which a session counts as missed, and over which drift is measured."""
FEWEST_DRIFT = 3
"""Sessions of which at least is said that an athlete drifts from the plan."""
BELOW, ABOVE = 80, 120
MOST_NEED = 1_000
HUNDRED = literal(100.0, Double)
"""Shares are floats: PostgreSQL takes several times as long for exact numbers."""
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
    coach_id: uuid.UUID, today: dt.date, filters: RosterFilters, last: _Last, most: int, *, goes_on: bool
) -> Any:
    mine, sums, waits = _mine(coach_id, filters), _sums(coach_id, today), _waits()
    missed, sessions = func.coalesce(sums.c.missed, 0), func.coalesce(sums.c.sessions, 0)
    drifts = and_(sessions >= FEWEST_DRIFT, ~func.coalesce(sums.c.percent, 100).between(BELOW, ABOVE))
    need = 3 * func.least(waits.c.waiting, 20) + 2 * func.least(missed, 20) + case((drifts, 2), else_=0)
    ordered = MOST_NEED - need
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
            Coach.role,
            missed,
            sessions,
            cast(func.round(sums.c.percent), type_=func.count().type),
            waits.c.waiting,
            sums.c.last_day,
            ordered,
            and_(Athlete.person_id.is_(None), _is_invited()),
            Athlete.created_at,
            Athlete.updated_at,
            Athlete.version,
        )
        .select_from(mine)
        .join(Athlete, Athlete.id == mine.c.id)
        .join(Coach, and_(Coach.athlete_id == mine.c.id, Coach.coach_id == coach_id))
        .outerjoin(Person, Person.id == Athlete.person_id)
        .outerjoin(sums, sums.c.athlete_id == mine.c.id)
        .join(waits, true())
    )
    if goes_on:
        end = last.place, by_alphabet(last.name), last.id
        query = query.where(tuple_(ordered, by_alphabet(Athlete.name), Athlete.id) > tuple_(*end))
    return query.order_by(ordered, by_alphabet(Athlete.name), Athlete.id).limit(most)


def _mine(coach_id: Any, filters: Any) -> Any:
    """Return the ids of the athletes of a coach that meet the filters.

    As an array, of which PostgreSQL expects some: of so many conditions it would expect one row, and go through the sums
    of all athletes for each of them again.
    """
    of_coach = select(Coach.athlete_id).join(Athlete, Athlete.id == Coach.athlete_id).correlate(None)
    of_coach = of_coach.where(Coach.coach_id == coach_id, coach_may(coach_id, Athlete.id), *_conditions(filters))
    ids = func.array(of_coach.scalar_subquery(), type_=ARRAY(Uuid()))
    return func.unnest(ids).table_valued(column("id", Uuid()), name="mine").render_derived()


_OF_SESSION = (
    *(PlanSession.day, PlanSession.state, PlanSession.activity_id, PlanSession.done_at),
    *(PlanSession.distance_m, PlanSession.duration_s, PlanSession.done_distance_m, PlanSession.done_duration_s),
)


def _sums(coach_id: uuid.UUID, today: Any) -> Any:
    """Return what the athletes of a coach did lately of what was planned.

    All athletes at once: for each of them again it would take three times as long. Sessions are found plan by plan: by
    their days alone PostgreSQL would read those of all coaches.
    """
    plans = _open_plans(coach_id)
    day = PlanSession.day >= today - DRIFT_WITHIN, PlanSession.day < today
    of_plan = select(*_OF_SESSION).where(PlanSession.plan_id == plans.c.plan_id, *day)
    lately = of_plan.order_by(PlanSession.day, PlanSession.id).limit(MOST_SESSIONS).lateral("lately")
    session = lately.c
    is_done = or_(session.activity_id.is_not(None), session.done_at.is_not(None))
    is_planned = session.state == PLANNED
    share = case(
        (
            session.distance_m.is_not(None),
            func.coalesce(told_with("distance_m", plans.c.map), session.done_distance_m, 0)
            * HUNDRED
            / cast(session.distance_m, Double),
        ),
        else_=func.coalesce(told_with("duration_s", plans.c.map), session.done_duration_s, 0)
        * HUNDRED
        / cast(session.duration_s, Double),
    )
    return (
        select(
            plans.c.athlete_id,
            func.count().filter(is_planned, ~is_done, session.day >= today - MISSED_WITHIN).label("missed"),
            func.count().filter(is_planned).label("sessions"),
            func.avg(func.least(share, 2 * HUNDRED)).filter(is_planned).label("percent"),
            func.max(session.day).filter(is_done).label("last_day"),
        )
        .select_from(plans)
        .join(lately, true())
        .outerjoin(Activity, Activity.id == session.activity_id)
        .group_by(plans.c.athlete_id)
        .cte("sums")
        .prefix_with("MATERIALIZED")
    )


def _open_plans(coach_id: uuid.UUID) -> Any:
    """Return the open plans of athletes who let their coach see what they do, and whether also the map of it."""
    mine, record = aliased(Coach), aliased(Athlete)
    return (
        select(CoachedPlan.athlete_id, CoachedPlan.plan_id, mine.map)
        .select_from(mine)
        .join(record, record.id == mine.athlete_id)
        .join(CoachedPlan, CoachedPlan.athlete_id == mine.athlete_id)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .where(mine.coach_id == coach_id, TrainingPlan.status.in_(constants(*OPEN_STATUSES)))
        .where(or_(record.person_id.is_(None), mine.activities))
        .cte("plans")
        .prefix_with("MATERIALIZED")
    )


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
    by_coach = exists().where(other.athlete_id == Athlete.id, other.coach_id == chosen.coach_id)
    in_plan = exists().where(CoachedPlan.athlete_id == Athlete.id, CoachedPlan.plan_id == chosen.plan_id)
    return (
        by_status,
        or_(chosen.text == literal("", String), *names),
        or_(chosen.coach_id.is_(None), by_coach),
        or_(chosen.plan_id.is_(None), in_plan),
    )
