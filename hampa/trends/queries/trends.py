"""A person's own weeks and streaks, and the published numbers of a crew, alone and beside the person's answers."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, text

from hampa.checkins.models import SCALES, CheckIn
from hampa.crews.models import BIWEEKLY, Crew
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.periods import period_at
from hampa.platform.statements import built_once
from hampa.training.queries.overview import days_to_monday, week_of
from hampa.trends.models import CrewNumbers

MEASURES = ("score", *SCALES)
"""The score and what it is made of, in the order in which they are shown."""
WEEKS = 13
"""Weeks that a trend shows, the present one included."""
PERIODS = 26
"""Periods that the numbers of a crew show."""
STREAK_DAYS = 730
"""Days that are looked back for a streak."""


@dataclass(frozen=True, slots=True)
class Point:
    """The means of one week or period from `first` to `last`, by the order of `MEASURES`.

    `answers` and `members` tell of a crew's numbers how many answered at least, of how many.
    """

    first: dt.date
    last: dt.date
    values: tuple[float, ...]
    answers: int = 0
    members: int = 0

    def value(self, measure: str) -> float:
        """Return the mean of a measure."""
        return self.values[MEASURES.index(measure)]


@dataclass(frozen=True, slots=True)
class Streak:
    """How many periods of a crew in a row the person has checked in for, up to the present one or the one before."""

    crew_id: uuid.UUID
    crew: str
    frequency: str
    periods: int


@dataclass(frozen=True, slots=True)
class OwnTrend:
    """A person's own weeks by their calendar, in all crews together, the oldest first, and their streaks.

    `weeks` has the weeks with a check-in of the last `of_weeks`, which are those since the first one, `WEEKS` at most; 0 for
    who checks in every two weeks alone.
    """

    weeks: tuple[Point, ...]
    of_weeks: int
    streaks: tuple[Streak, ...]


_OWN = text(
    """
    SELECT (
        SELECT jsonb_agg(w ORDER BY w.week) FROM (
            SELECT (date_trunc('week', period_to - 1 + CAST(:later AS int))::date - CAST(:later AS int)) AS week,
                   avg(score) AS score, avg(productive) AS productive, avg(satisfied) AS satisfied, avg(body) AS body, avg(care) AS care
            FROM check_ins WHERE person_id = :person_id AND period_from >= CAST(:since AS date) - 14
            GROUP BY 1 HAVING (date_trunc('week', period_to - 1 + CAST(:later AS int))::date - CAST(:later AS int)) >= :since
        ) AS w
    ) AS weeks, (
        SELECT (date_trunc('week', period_to - 1 + CAST(:later AS int))::date - CAST(:later AS int)) FROM check_ins
        WHERE person_id = :person_id ORDER BY period_from, id LIMIT 1
    ) AS first, (
        SELECT jsonb_agg(s ORDER BY s.periods DESC, s.name, s.crew_id) FROM (
            SELECT DISTINCT ON (crew_id) crew_id, name, frequency, first_day, timezone, island, count(*) AS periods,
                   max(period_to) AS ended, (array_agg(period_to - period_from ORDER BY period_from DESC))[1] AS days
            FROM (
                SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY crew_id ORDER BY period_from) AS island
                FROM (
                    SELECT c.crew_id, c.period_from, c.period_to, crews.name, crews.frequency, crews.first_day,
                           crews.timezone,
                           (c.period_from - lag(c.period_to) OVER mine < LEAST(c.period_to - c.period_from,
                            lag(c.period_to - c.period_from) OVER mine)) IS NOT TRUE AS is_first
                    FROM crew_memberships AS m
                    JOIN crews ON crews.id = m.crew_id AND crews.closed_at IS NULL
                    JOIN check_ins AS c ON c.crew_id = m.crew_id AND c.person_id = m.person_id
                    WHERE m.person_id = :person_id AND m.status = 'active' AND c.period_from >= :back
                    WINDOW mine AS (PARTITION BY c.crew_id ORDER BY c.period_from)
                ) AS answers
            ) AS islands
            GROUP BY crew_id, name, frequency, first_day, timezone, island
            ORDER BY crew_id, island DESC
        ) AS s
    ) AS streaks
    """
)
"""A new rhythm may leave a gap that is shorter than a period, which ends no streak."""


def own_trend(person: Person) -> OwnTrend:
    """Return how the person's check-ins go on."""
    today = clock.now().date()
    this_week = week_of(today)
    since = this_week - dt.timedelta(weeks=WEEKS - 1)
    values = {"person_id": person.id, "since": since, "back": today - dt.timedelta(days=STREAK_DAYS)}
    values["later"] = days_to_monday()
    row = db.session.execute(_OWN, values).one()
    weeks = tuple(_week(one) for one in row.weeks or ())
    begun = max(row.first, since) if row.first else this_week
    rows = row.streaks or ()
    of_weeks = max((this_week - begun).days // 7 + 1, len(weeks))
    if not weeks or (rows and all(one["frequency"] == BIWEEKLY for one in rows)):
        of_weeks = 0
    return OwnTrend(weeks, of_weeks, tuple(one for each in rows if (one := _streak(each)) is not None))


def _week(row: Mapping[str, Any]) -> Point:
    first = dt.date.fromisoformat(row["week"])
    return Point(first, first + dt.timedelta(days=6), tuple(round(float(row[name]), 1) for name in MEASURES))


def _streak(row: Mapping[str, Any]) -> Streak | None:
    zone = ZoneInfo(row["timezone"])
    current = period_at(clock.now(), row["frequency"], first_day=row["first_day"], zone=zone)
    missed = (current.starts_on - dt.date.fromisoformat(row["ended"])).days
    if missed >= min(row["days"], (current.ends_on - current.starts_on).days) or row["periods"] < 2:
        return None
    return Streak(uuid.UUID(row["crew_id"]), row["name"], row["frequency"], row["periods"])


_NUMBERS = (
    CrewNumbers.period_from,
    CrewNumbers.period_to,
    CrewNumbers.answers,
    CrewNumbers.members,
    *(getattr(CrewNumbers, name) for name in MEASURES),
)


def numbers_of(crew: Crew) -> tuple[Point, ...]:
    """Return the latest published numbers of a crew, the oldest first."""
    return tuple(_point(row) for row in reversed(_published(crew.id).all()))


@built_once
def _published(crew_id: uuid.UUID) -> Any:
    return (
        select(*_NUMBERS)
        .where(CrewNumbers.crew_id == crew_id, CrewNumbers.answers.is_not(None))
        .order_by(CrewNumbers.period_from.desc(), CrewNumbers.period_to.desc())
        .limit(PERIODS)
    )


def compared(person: Person, crew: Crew) -> tuple[tuple[Point, Point | None], ...]:
    """Return the latest published numbers of a crew, the oldest first, each with the person's own answers, if there are."""
    rows = _beside(crew.id, person.id).all()
    width = len(_NUMBERS)
    return tuple((_point(row[:width]), _mine(row[:2], row[width:])) for row in reversed(rows))


@built_once
def _beside(crew_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    own = and_(
        CheckIn.person_id == person_id,
        CheckIn.crew_id == CrewNumbers.crew_id,
        CheckIn.period_from == CrewNumbers.period_from,
        CheckIn.period_to == CrewNumbers.period_to,
    )
    return (
        select(*_NUMBERS, *(getattr(CheckIn, name).label(f"own_{name}") for name in MEASURES))
        .outerjoin(CheckIn, own)
        .where(CrewNumbers.crew_id == crew_id, CrewNumbers.answers.is_not(None))
        .order_by(CrewNumbers.period_from.desc(), CrewNumbers.period_to.desc())
        .limit(PERIODS)
    )


def _point(row: Sequence[Any]) -> Point:
    first, end, answers, members, *values = row
    return Point(first, end - dt.timedelta(days=1), tuple(float(value) for value in values), answers, members)


def _mine(period: Sequence[Any], values: Sequence[Any]) -> Point | None:
    if values[0] is None:
        return None
    return Point(period[0], period[1] - dt.timedelta(days=1), tuple(float(value) for value in values))
