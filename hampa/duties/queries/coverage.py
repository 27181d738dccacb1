"""How well the duties of a crew or a series are covered: places filled, who did not come, and who carries the most."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, cast, func, select

from hampa.duties.models import NO_SHOW, ROLES, SERVED, Booking, Schedule, ShiftChange
from hampa.duties.queries.schedules import MOST, Owner
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.cleaning import by_alphabet

WEEKS_BACK, WEEKS_AHEAD = 8, 4
MOST_SHIFTS_COUNTED = 20_000
MOST_PEOPLE_SHOWN = 10
SATURDAY, MONDAY = 5, 0
"""The days of the week, as Python counts them, with which weeks begin."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The places of a role in a week, and how many of them are filled."""

    places: int
    filled: int

    @property
    def percent(self) -> int | None:
        """Return the share of places that are filled, None where there are none."""
        return min(100, round(100 * self.filled / self.places)) if self.places else None


@dataclass(frozen=True, slots=True)
class Carrier(PersonSummary):
    """Somebody with what they did in these weeks."""

    occasions: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The figures of some weeks: rows of cells by role, and totals of the weeks that are over."""

    weeks: list[dt.date]
    roles: dict[str, list[Cell]]
    total: Cell
    no_shows: int
    known: int
    ahead_hours: int | None
    carriers: list[Carrier]

    @property
    def shown(self) -> list[int]:
        """Return the numbers of the weeks to show, the latest first: those from the first with shifts to the last."""
        busy = [number for cells in self.roles.values() for number, cell in enumerate(cells) if cell.places]
        return list(range(max(busy), min(busy) - 1, -1)) if busy else []


def coverage_of(viewer: Person, owner: Owner, *, week_begins: int) -> Coverage:
    """Return the coverage of the duties of a crew or a series, which the viewer coordinates, by weeks of their calendar."""
    now = clock.now()
    zone = ZoneInfo(owner.timezone)
    today = now.astimezone(zone).date()
    this_week = _week_of(today, week_begins)
    weeks = [this_week + dt.timedelta(weeks=number) for number in range(-WEEKS_BACK, WEEKS_AHEAD)]
    since = datetime.combine(weeks[0], dt.time.min, zone).astimezone(dt.UTC)
    until = datetime.combine(weeks[-1] + dt.timedelta(weeks=1), dt.time.min, zone).astimezone(dt.UTC)
    of_owner = Schedule.crew_id == owner.crew_id if owner.crew_id else Schedule.series_id == owner.series_id
    schedules = db.session.scalars(
        select(Schedule).where(of_owner, Schedule.published_at.is_not(None)).order_by(Schedule.id).limit(MOST)
    ).all()
    places = _places(schedules, since, until, zone, week_begins)
    filled = _filled(of_owner, since, until, owner.timezone, week_begins)
    roles = {
        role: [Cell(places[role, week], filled[role, week]) for week in weeks]
        for role in ROLES
        if any(places[role, week] for week in weeks)
    }
    before = [cell for cells in roles.values() for cell in cells[:WEEKS_BACK]]
    total = Cell(sum(cell.places for cell in before), sum(min(cell.filled, cell.places) for cell in before))
    known, no_shows, ahead = _past(of_owner, since, now)
    return Coverage(weeks, roles, total, no_shows, known, ahead, _carriers(viewer, of_owner, since, now))


def _week_of(day: dt.date, begins: int) -> dt.date:
    return day - dt.timedelta(days=(day.weekday() - begins) % 7)


def _places(
    schedules: Sequence[Schedule], since: datetime, until: datetime, zone: ZoneInfo, begins: int
) -> Counter[tuple[str, dt.date]]:
    """Return the places of the shifts that take place, by role and week."""
    changes = select(ShiftChange.schedule_id, ShiftChange.starts_at).where(
        *(ShiftChange.schedule_id.in_([one.id for one in schedules]), ShiftChange.is_cancelled),
        *(ShiftChange.starts_at >= since, ShiftChange.starts_at < until),
    )
    cancelled: set[tuple[uuid.UUID, datetime]] = {
        (row.schedule_id, row.starts_at) for row in db.session.execute(changes)
    }
    places: Counter[tuple[str, dt.date]] = Counter()
    for one in schedules:
        for start in islice(one.shift_rule.walk(since, until), MOST_SHIFTS_COUNTED // len(schedules)):
            if (one.id, start) not in cancelled:
                places[one.role, _week_of(start.astimezone(zone).date(), begins)] += one.max_people
    return places


def _filled(
    of_owner: ColumnElement[bool], since: datetime, until: datetime, zone: str, begins: int
) -> Counter[tuple[str, dt.date]]:
    """Return how many have a place, by role and week."""
    day = cast(func.timezone(zone, Booking.begins_at), Date)
    week = day - cast((func.extract("isodow", day) - 1 - begins + 7), Integer) % 7
    query = (
        select(Schedule.role, week.label("week"), func.count())
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(of_owner, *_counted(since, until))
        .group_by(Schedule.role, week)
    )
    return Counter({(role, one): count for role, one, count in db.session.execute(query)})


def _counted(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    in_span = Booking.begins_at >= since, Booking.begins_at < until
    return Booking.cancelled_at.is_(None), ~Booking.is_draft, *in_span


def _past(of_owner: ColumnElement[bool], since: datetime, now: datetime) -> tuple[int, int, int | None]:
    """Return of how many it is known whether they came, how many did not, and how many hours ahead half were filled."""
    ahead = func.extract("epoch", Booking.begins_at - Booking.created_at) / 3600
    row: Any = db.session.execute(
        select(
            func.count(Booking.attendance),
            func.count().filter(Booking.attendance == NO_SHOW),
            func.percentile_cont(0.5).within_group(ahead),
        )
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(of_owner, *_counted(since, now))
    ).one()
    return int(row[0]), int(row[1]), None if row[2] is None else max(0, round(row[2]))


def _carriers(viewer: Person, of_owner: ColumnElement[bool], since: datetime, now: datetime) -> list[Carrier]:
    minutes = cast(func.sum(func.extract("epoch", Booking.ends_at - Booking.begins_at) / 60), Integer)
    query = (
        select(Person.id, Person.name, Person.avatar, func.count(), minutes)
        .join(Booking, Booking.person_id == Person.id)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(of_owner, *_counted(since, now), Booking.attendance.in_(SERVED))
        .where(Person.state == "active", Person.id.not_in(hidden_ids(viewer)))
        .group_by(Person.id)
        .order_by(func.count().desc(), by_alphabet(Person.name), Person.id)
        .limit(MOST_PEOPLE_SHOWN)
    )
    return [Carrier(*row) for row in db.session.execute(query)]
