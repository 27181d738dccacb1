"""Shifts: computed from schedules, with what bookings and changes say of them, as a person sees them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice, repeat
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, literal, or_, select, union_all

from hampa.duties.models import Booking, ShiftChange, Standby
from hampa.duties.queries.schedules import ScheduleRow, schedules_open_to
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.locale.shift_rules import FIRST_DAY, LAST_DAY, ShiftRule
from hampa.platform.statements import built_once, is_one_of

USUAL_SPAN, LONGEST_SPAN = timedelta(weeks=4), timedelta(days=366)
USUAL_LIMIT, MOST_SHIFTS = 50, 100
MOST_LOOKED_AT = 2_000
"""The shifts that are made for one answer at most, the soonest: what all the schedules of a person give in a year is
half a million."""
MINE, CANCELLED, OVER, CLOSED, NOT_OPEN, UNQUALIFIED, TAKEN, CLASHES = (
    "mine",
    "cancelled",
    "over",
    "closed",
    "not_open",
    "unqualified",
    "taken",
    "clashes",
)
REASON_WORDS = {
    MINE: _l("You do this."),
    CANCELLED: _l("This shift is cancelled."),
    OVER: _l("This shift is over."),
    CLOSED: _l("It is too late to take it."),
    NOT_OPEN: _l("It can't be taken yet."),
    UNQUALIFIED: _l("It needs a qualification that you don't have."),
    TAKEN: _l("All places are taken."),
    CLASHES: _l("You have another duty then."),
}
"""Why a person can't take a shift."""
LONGEST_SHIFT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift as a person sees it.

    `starts_at` names it in its schedule, `begins_at` is when it is. `reason` is why the person can't take it, a key of
    `REASON_WORDS`, "" if they can; `booking_id` is their own booking.
    """

    schedule: ScheduleRow
    starts_at: datetime
    begins_at: datetime
    ends_at: datetime
    taken: int = 0
    is_cancelled: bool = False
    note: str = ""
    booking_id: uuid.UUID | None = None
    is_standby: bool = False
    reason: str = ""

    @property
    def token(self) -> str:
        """Return what names the shift in addresses."""
        return start_token(self.starts_at)

    @property
    def free(self) -> int:
        """Return how many places are left."""
        return max(0, self.schedule.max_people - self.taken)

    @property
    def missing(self) -> int:
        """Return how many people are missing at least."""
        return 0 if self.is_cancelled else max(0, self.schedule.min_people - self.taken)

    @property
    def opens_at(self) -> datetime:
        """Return from when on it can be taken."""
        return self.begins_at - timedelta(hours=self.schedule.opens_hours)

    @property
    def day(self) -> dt.date:
        """Return the day of the shift in the zone of its schedule."""
        return self.begins_at.astimezone(ZoneInfo(self.schedule.timezone)).date()

    @property
    def why(self) -> Any:
        """Return the words of the reason."""
        return REASON_WORDS[self.reason] if self.reason else ""


def start_token(start: datetime) -> str:
    """Return a start as addresses have it: 20261129T050000Z."""
    return start.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def parse_token(token: str) -> datetime | None:
    """Return the start of a token, None for any other text."""
    try:
        start = datetime.strptime(token, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return start if start_token(start) == token and FIRST_DAY <= start.date() < LAST_DAY else None


def rule_of(row: Any) -> ShiftRule:
    """Return the rule of a schedule or of a row of one."""
    return ShiftRule(row.rule, row.at, row.timezone, row.start_date, row.end_date)


def shifts_for(
    person: Person, since: datetime, until: datetime, schedules: Sequence[ScheduleRow] | None = None
) -> list[Shift]:
    """Return the shifts that begin between two moments, of the schedules open to a person or of those given.

    The soonest day comes first, and in a day what misses most people. A span is cut to a year, and to the soonest
    `MOST_LOOKED_AT` shifts.
    """
    rows = schedules_open_to(person) if schedules is None else schedules
    until = min(until, since + LONGEST_SPAN)
    ids = [row.id for row in rows]
    if not ids:
        return []
    # A moved shift is found by where it went; its change says where it came from.
    changes = {(row.schedule_id, row.starts_at): row for row in _changes(ids, since, until)}
    by_id = {row.id: row for row in rows}
    walks = (zip(rule_of(row).walk(since, until), repeat(row.id)) for row in rows)
    starts = {(schedule_id, start) for start, schedule_id in islice(merge(*walks), MOST_LOOKED_AT)}
    starts |= {key for key, change in changes.items() if change.moved_to is not None}
    shifts = []
    for schedule_id, start in starts:
        row, change = by_id[schedule_id], changes.get((schedule_id, start))
        begins = change.moved_to if change is not None and change.moved_to is not None else start
        if since <= begins < until:
            shifts.append(
                Shift(
                    schedule=row,
                    starts_at=start,
                    begins_at=begins,
                    ends_at=begins + timedelta(minutes=row.duration_min),
                    is_cancelled=change is not None and change.is_cancelled,
                    note=change.note if change is not None else "",
                )
            )
    shifts = _with_bookings(person, shifts, ids)
    return sorted(shifts, key=lambda one: (one.day, -one.missing, one.begins_at, one.schedule.name, one.schedule.id))


def shift_of(person: Person, schedule: ScheduleRow, starts_at: datetime) -> Shift | None:
    """Return one shift of a schedule, None for a start that the rule does not give and that has no change either."""
    change = next(iter(_changes_at(schedule.id, starts_at)), None)
    has_booking = _bookings_at(schedule.id, starts_at).first() is not None
    if change is None and not has_booking and not rule_of(schedule).gives(starts_at):
        return None
    begins = change.moved_to if change is not None and change.moved_to is not None else starts_at
    ends = begins + timedelta(minutes=schedule.duration_min)
    cancelled, note = (change.is_cancelled, change.note) if change is not None else (False, "")
    shift = Shift(schedule, starts_at, begins, ends, is_cancelled=cancelled, note=note)
    return _with_bookings(person, [shift], [schedule.id])[0]


def next_free(person: Person, schedule: ScheduleRow, after: datetime) -> Shift | None:
    """Return the next shift of a schedule that a person can take."""
    since = max(after, clock.now())
    return next((one for one in shifts_for(person, since, since + 2 * USUAL_SPAN, [schedule]) if not one.reason), None)


def _with_bookings(person: Person, shifts: list[Shift], ids: list[uuid.UUID]) -> list[Shift]:
    if not shifts:
        return []
    first, last = min(one.starts_at for one in shifts), max(one.starts_at for one in shifts)
    taken: dict[Any, int] = {(row.schedule_id, row.starts_at): row.people for row in _taken(ids, first, last)}
    begins, ends = min(one.begins_at for one in shifts), max(one.ends_at for one in shifts)
    own = _own(person.id, begins - LONGEST_SHIFT, ends).all()
    bookings = {(row.schedule_id, row.starts_at): row for row in own if not row.is_standby}
    waits = {(row.schedule_id, row.starts_at) for row in own if row.is_standby}
    now = clock.now()
    found = []
    for one in shifts:
        key = one.schedule.id, one.starts_at
        mine = bookings.get(key)
        count, booking_id = taken.get(key, 0), mine.id if mine is not None else None
        shift = replace(one, taken=count, booking_id=booking_id, is_standby=key in waits)
        clash = any(row.begins_at < shift.ends_at and shift.begins_at < row.ends_at for row in bookings.values())
        found.append(replace(shift, reason=why_not(shift, now, clashes=clash)))
    return found


def why_not(shift: Shift, now: datetime, *, clashes: bool) -> str:
    """Return why a person can't take a shift, "" if they can."""
    row = shift.schedule
    if shift.booking_id is not None:
        return MINE
    if shift.is_cancelled or not row.is_open:
        return CANCELLED
    if shift.begins_at <= now:
        return OVER
    if now > shift.begins_at - timedelta(hours=row.closes_hours):
        return CLOSED
    if now < shift.opens_at:
        return NOT_OPEN
    if not row.is_qualified:
        return UNQUALIFIED
    if clashes:
        return CLASHES
    return "" if shift.free else TAKEN


@built_once
def _changes(ids: list[uuid.UUID], since: datetime, until: datetime) -> Any:
    there = or_(
        and_(ShiftChange.starts_at >= since, ShiftChange.starts_at < until),
        and_(ShiftChange.moved_to >= since, ShiftChange.moved_to < until),
    )
    changes = select(
        ShiftChange.schedule_id, ShiftChange.starts_at, ShiftChange.is_cancelled, ShiftChange.note, ShiftChange.moved_to
    ).where(is_one_of(ShiftChange.schedule_id, ids), there)
    soonest = func.coalesce(ShiftChange.moved_to, ShiftChange.starts_at)
    return changes.order_by(soonest, ShiftChange.id).limit(2 * MOST_LOOKED_AT)


@built_once
def _changes_at(schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    return select(ShiftChange.is_cancelled, ShiftChange.note, ShiftChange.moved_to).where(
        ShiftChange.schedule_id == schedule_id, ShiftChange.starts_at == starts_at
    )


@built_once
def _bookings_at(schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    at = Booking.schedule_id == schedule_id, Booking.starts_at == starts_at
    return select(Booking.id).where(*at).limit(1)


@built_once
def _taken(ids: list[uuid.UUID], first: datetime, last: datetime) -> Any:
    return (
        select(Booking.schedule_id, Booking.starts_at, func.count().label("people"))
        .where(is_one_of(Booking.schedule_id, ids), Booking.starts_at.between(first, last))
        .where(Booking.cancelled_at.is_(None))
        .group_by(Booking.schedule_id, Booking.starts_at)
    )


@built_once
def _own(person_id: uuid.UUID, since: datetime, until: datetime) -> Any:
    booked = select(
        Booking.id,
        Booking.schedule_id,
        Booking.starts_at,
        Booking.begins_at,
        Booking.ends_at,
        literal(False).label("is_standby"),
    ).where(
        Booking.person_id == person_id,
        Booking.cancelled_at.is_(None),
        Booking.begins_at >= since,
        Booking.begins_at < until,
    )
    waits = select(
        Standby.id, Standby.schedule_id, Standby.starts_at, Standby.starts_at, Standby.starts_at, literal(True)
    ).where(Standby.person_id == person_id, Standby.starts_at >= since - timedelta(days=31))
    both = union_all(booked, waits).subquery()
    return select(*both.c)
