"""The shifts of days, who does them, and which rosters are drafts: few statements for any number of them."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from hampa.duties.models import ROLES, Booking, Roster, Schedule
from hampa.duties.queries.schedule_rows import ScheduleRow
from hampa.duties.queries.schedules import belongs, is_qualified
from hampa.duties.queries.shifts import Shift, shifts_between, shifts_for
from hampa.duty_rosters.queries.owners import CREW, RosterOwner
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, summary_columns
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import dates
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import built_once, is_one_of
from hampa.runs.models.run import Run

GRID_DAYS = 28
MOST_IN_GRID, MOST_PEOPLE_IN_GRID = 600, 3_000
FARTHEST = timedelta(days=366)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A person in a place of a shift; `person` is None if a block hides them from the viewer."""

    booking_id: uuid.UUID
    schedule_id: uuid.UUID
    starts_at: datetime
    place: int
    is_draft: bool
    person_id: uuid.UUID
    person: PersonSummary | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a check asks of somebody in a place: are they qualified, do they still belong, are they busy elsewhere."""

    booking_id: uuid.UUID
    is_qualified: bool
    belongs: bool
    is_busy: bool


class DutyRow(NamedTuple):
    """What the list of a day shows of a shift, by which it is kept.

    `reason` is "mine", "" for who can take it, or anything else; `names` are those of who does it, "" for who is hidden.
    `taken` says how many do it where their names are not shown, and `may_put_in` whether the viewer gives its places.
    """

    schedule_id: uuid.UUID
    token: str
    name: str
    role: str
    begins_at: datetime
    timezone: str
    is_cancelled: bool
    reason: str
    names: tuple[str, ...]
    taken: int
    missing: int
    note: str
    may_put_in: bool


@dataclass(slots=True)
class RosterDay:
    """The shifts of a day, by role and time, who does them, and the roster if there is one."""

    day: dt.date
    shifts: list[Shift] = field(default_factory=list)
    people: dict[tuple[uuid.UUID, datetime], list[Assigned]] = field(default_factory=dict)
    roster: Roster | None = None

    @property
    def is_draft(self) -> bool:
        """Return whether its roster is a draft."""
        return self.roster is not None and self.roster.published_at is None

    def people_of(self, shift: Shift) -> list[Assigned]:
        """Return who does a shift, by place."""
        return self.people.get((shift.schedule.id, shift.starts_at), [])

    def rows(self, *, may_put_in: bool) -> list[DutyRow]:
        """Return the shifts as rows of a list, for who gives their places or only sees them."""
        return [self._row(shift, may_put_in=may_put_in) for shift in self.shifts]

    def _row(self, shift: Shift, *, may_put_in: bool) -> DutyRow:
        row, people = shift.schedule, self.people_of(shift)
        names = tuple(one.person.name if one.person else "" for one in people)
        taken = 0 if people or self.is_draft else shift.taken
        what = row.id, shift.token, row.name, row.role, shift.begins_at, row.timezone, shift.is_cancelled, shift.reason
        return DutyRow(*what, names, taken, shift.missing, shift.note, may_put_in and shift.free > 0)


@built_once
def _assigned(ids: list[uuid.UUID], first: datetime, last: datetime) -> Any:
    return (
        select(
            Booking.id,
            Booking.schedule_id,
            Booking.starts_at,
            Booking.place,
            Booking.is_draft,
            Booking.person_id,
            summary_columns(),
        )
        .join(Person, Person.id == Booking.person_id)
        .where(is_one_of(Booking.schedule_id, ids), Booking.starts_at.between(first, last))
        .where(Booking.cancelled_at.is_(None))
        .order_by(Booking.begins_at, Booking.schedule_id, Booking.place)
        .limit(MOST_PEOPLE_IN_GRID)
    )


def standings_of(booking_ids: Sequence[uuid.UUID], schedule_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """Return what checks ask of bookings. Drafts of others than the given schedules keep nobody busy."""
    return {row[0]: Standing(*row) for row in _standings(list(booking_ids), list(schedule_ids))}


@built_once
def _standings(booking_ids: list[uuid.UUID], schedule_ids: list[uuid.UUID]) -> Any:
    other = aliased(Booking)
    busy = (
        select(other.id)
        .where(other.person_id == Booking.person_id, other.id != Booking.id, other.cancelled_at.is_(None))
        .where(other.begins_at < Booking.ends_at, other.ends_at > Booking.begins_at)
        .where(or_(~other.is_draft, is_one_of(other.schedule_id, schedule_ids)))
        .exists()
    )
    there = OneByOne(belongs(Booking.person_id)) & (Person.state == "active")
    return (
        select(Booking.id, is_qualified(Booking.person_id), there, busy)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .join(Person, Person.id == Booking.person_id)
        .where(is_one_of(Booking.id, booking_ids))
    )


def days_of(person: Person, owner: RosterOwner, first: dt.date, days: int = GRID_DAYS) -> list[RosterDay]:
    """Return days with shifts of a crew or a series, at most so many days from `first` on, in the zones of the shifts.

    In a draft, who does not coordinate sees nobody but themselves.
    """
    hidden = set(hidden_ids(person))

    def seen(day: RosterDay, one: Assigned) -> Assigned | None:
        if not owner.coordinates and (one.is_draft or (day.is_draft and one.person_id != person.id)):
            return None
        return replace(one, person=None) if one.person_id in hidden else one

    return _days(owner, first, days, shifts_for(person, *_span(owner, first, days), owner.schedules), seen)


def all_days(owner: RosterOwner, first: dt.date, days: int = GRID_DAYS) -> list[RosterDay]:
    """Return the days with everybody in them, as nobody in particular sees them."""
    shifts = shifts_between(owner.schedules, *_span(owner, first, days))
    return _days(owner, first, days, shifts, lambda _day, one: one)


def _span(owner: RosterOwner, first: dt.date, days: int) -> tuple[datetime, datetime]:
    # A schedule may have another zone than its crew: a day begins in one of them up to a day before.
    since = datetime.combine(first, dt.time.min, ZoneInfo(owner.timezone)).astimezone(dt.UTC) - DAY
    return since, since + timedelta(days=days + 2)


_Seen = Callable[[RosterDay, Assigned], Assigned | None]
"""What somebody sees of a person in a place of a day, None for nothing."""


def _days(owner: RosterOwner, first: dt.date, days: int, shifts: Sequence[Shift], seen: _Seen) -> list[RosterDay]:
    found: dict[dt.date, RosterDay] = {}
    last = first + timedelta(days=days)
    for shift in shifts:
        if first <= (day := shift.day) < last:
            found.setdefault(day, RosterDay(day)).shifts.append(shift)
    kept = [found[day] for day in sorted(found)]
    if sum(len(one.shifts) for one in kept) > MOST_IN_GRID:
        kept = kept[: max(1, MOST_IN_GRID // max(len(one.shifts) for one in kept))]
    rosters = _rosters(owner, first, last)
    for one in kept:
        one.shifts.sort(key=lambda shift: (ROLES.index(shift.schedule.role), shift.begins_at, shift.schedule.name))
        one.roster = rosters.get(one.day)
    _add_people(owner, kept, seen)
    return kept


def day_of(person: Person, owner: RosterOwner, day: dt.date) -> RosterDay:
    """Return one day, also one without shifts. Raise NotFound for one farther away than a year."""
    if abs(day - dates.today(owner.timezone)) > FARTHEST:
        raise NotFound
    found = days_of(person, owner, day, 1)
    return found[0] if found else RosterDay(day, roster=_rosters(owner, day, day + DAY).get(day))


def _rosters(owner: RosterOwner, first: dt.date, last: dt.date) -> dict[dt.date, Roster]:
    return {row.day: row for row in _rosters_of(owner.id, first, last, of_crew=owner.kind == CREW).scalars()}


@built_once
def _rosters_of(owner_id: uuid.UUID, first: dt.date, last: dt.date, *, of_crew: bool) -> Any:
    ours = Roster.crew_id == owner_id if of_crew else Roster.series_id == owner_id
    return select(Roster).where(ours, Roster.day >= first, Roster.day < last)


def _add_people(owner: RosterOwner, days: list[RosterDay], seen: _Seen) -> None:
    by_shift = {(shift.schedule.id, shift.starts_at): one for one in days for shift in one.shifts}
    if not by_shift:
        return
    starts = [start for _schedule, start in by_shift]
    for row in _assigned([row.id for row in owner.schedules], min(starts), max(starts)):
        key = row[1], row[2]
        if (day := by_shift.get(key)) is not None and (one := seen(day, Assigned(*row))) is not None:
            day.people.setdefault(key, []).append(one)


def runners_on(owner: RosterOwner, day: dt.date, roster: Roster | None) -> int:
    """Return how many runners a day has: those who confirmed to come to its runs, or more if more are expected."""
    confirmed = int(_confirmed_on(owner.id, day, day + DAY, of_crew=owner.kind == CREW).scalar_one())
    return max(confirmed, (roster.expected or 0) if roster is not None else 0)


@built_once
def _confirmed_on(owner_id: uuid.UUID, day: dt.date, next_day: dt.date, *, of_crew: bool) -> Any:
    ours = Run.crew_id == owner_id if of_crew else Run.series_id == owner_id
    on_day = Run.starts_local >= day, Run.starts_local < next_day
    return select(func.coalesce(func.sum(Run.taken), 0)).where(ours, Run.cancelled_at.is_(None), *on_day)


def roster_named(roster_id: uuid.UUID) -> Roster:
    """Return a roster whatever crew or series it belongs to. Raise NotFound."""
    roster = db.session.get(Roster, roster_id)
    if roster is None:
        raise NotFound
    return roster


def rows_by_role(schedules: Sequence[ScheduleRow]) -> list[ScheduleRow]:
    """Return schedules as the rows of a grid: by role, then by name."""
    return sorted(schedules, key=lambda row: (ROLES.index(row.role), row.name, row.id))
