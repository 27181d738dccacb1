"""Shifts: computed from schedules, with what bookings and changes say of them, as a person sees them."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice, repeat
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hampa.duties.models import shifts_versions
from hampa.duties.queries.schedule_rows import ScheduleRow, state_of
from hampa.duties.queries.schedules import schedules_open_to
from hampa.duties.queries.shift_rows import MOST_LOOKED_AT, bookings_at, changes_of, own_rows, shift_at, taken_of
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.kept import kept
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.locale.shift_rules import FIRST_DAY, LAST_DAY, ShiftRule

USUAL_SPAN, LONGEST_SPAN = timedelta(weeks=4), timedelta(days=366)
USUAL_LIMIT, MOST_SHIFTS = 50, 100
MINE, CANCELLED, UNPUBLISHED, STOPPED, OVER, BEGUN, DRAFTED, CLOSED, NOT_OPEN, UNQUALIFIED, TAKEN, CLASHES = (
    "mine",
    "cancelled",
    "unpublished",
    "stopped",
    "over",
    "begun",
    "drafted",
    "closed",
    "not_open",
    "unqualified",
    "taken",
    "clashes",
)
REASON_WORDS = {
    MINE: _l("This one is yours."),
    CANCELLED: _l("This shift is cancelled."),
    UNPUBLISHED: _l("The schedule is not published yet."),
    STOPPED: _l("The schedule is stopped."),
    OVER: _l("This shift is over."),
    BEGUN: _l("This shift has begun."),
    DRAFTED: _l("Coordinators are still drafting who does what that day."),
    CLOSED: _l("It is too late to take it."),
    NOT_OPEN: _l("You can't take it yet."),
    UNQUALIFIED: _l("It needs a qualification that you don't have."),
    TAKEN: _l("All places are taken."),
    CLASHES: _l("You have another duty then."),
}
"""Why a person can't take a shift."""
DAY = LONGEST_SHIFT = timedelta(days=1)


@dataclass(slots=True)
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
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.ends_at <= clock.now()

    @property
    def missing(self) -> int:
        """Return how many people are missing at least; of a shift that is over nobody is missed any more."""
        return 0 if self.is_cancelled or self.is_over else max(0, self.schedule.min_people - self.taken)

    @property
    def opens_at(self) -> datetime:
        """Return from when on it can be taken."""
        return self.begins_at - timedelta(hours=self.schedule.opens_hours)

    @property
    def day(self) -> dt.date:
        """Return the day of the shift in the zone of its schedule."""
        return self.begins_at.astimezone(ZoneInfo(self.schedule.timezone)).date()

    @property
    def is_drafted(self) -> bool:
        """Return whether the roster of its day is a draft."""
        return bool(self.schedule.draft_days) and self.day in self.schedule.draft_days

    @property
    def shown(self) -> "ShownShift":
        """Return what a row of a list shows."""
        row = self.schedule
        opens_at = self.opens_at if self.reason == NOT_OPEN else None
        needs = row.qualification if self.reason == UNQUALIFIED else ""
        free = 0 if self.is_cancelled else self.free
        names = row.id, self.starts_at, row.name, row.role, row.owner
        return ShownShift(
            *names, self.begins_at, row.timezone, self.reason, self.missing, free, opens_at, needs, self.note
        )

    @property
    def why(self) -> Any:
        """Return the words of the reason."""
        return REASON_WORDS[self.reason] if self.reason else ""


class ShownShift(NamedTuple):
    """What a row of a list shows of a shift, by which it is kept."""

    schedule_id: uuid.UUID
    starts_at: datetime
    name: str
    role: str
    owner: str
    begins_at: datetime
    timezone: str
    reason: str
    missing: int
    free: int
    opens_at: datetime | None
    needs: str
    note: str

    @property
    def token(self) -> str:
        """Return what names the shift in addresses."""
        return start_token(self.starts_at)

    @property
    def why(self) -> Any:
        """Return the words of the reason."""
        return REASON_WORDS[self.reason]


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
    person: Person,
    since: datetime,
    until: datetime,
    schedules: Sequence[ScheduleRow] | None = None,
    most: int | None = None,
) -> list[Shift]:
    """Return the shifts that begin between two moments, of the schedules open to a person or of those given.

    The soonest day comes first, and in a day what misses most people. A span is cut to a year, and to the soonest
    `MOST_LOOKED_AT` shifts, of which the first `most` are returned.
    """
    rows = schedules_open_to(person) if schedules is None else schedules
    return list(islice(_in_order(person, since, until, rows), most))


@dataclass(frozen=True, slots=True)
class FirstShifts:
    """The first shifts of a list, if there are none how many `others` a person can't take, and the day to go on from.

    `is_cut` is whether there may be more in the span.
    """

    shown: list[Shift]
    others: int
    later: dt.date
    is_cut: bool


def first_shifts(person: Person, since: datetime, until: datetime, limit: int, *, only_free: bool) -> FirstShifts:
    """Return the first shifts of those that `shifts_for` returns, all of them or only those that a person can take."""
    shown, others = [], 0
    rows = schedules_open_to(person)
    for shift in _in_order(person, since, until, rows):
        if only_free and shift.reason:
            others += 1
        else:
            shown.append(shift)
            if len(shown) == limit:
                return FirstShifts(shown, 0, shift.day, is_cut=True)
    outlines = _outlines(rows, since, until) if rows else []
    is_cut = len(outlines) >= MOST_LOOKED_AT
    later = outlines[-1][0] if is_cut else until.date()
    return FirstShifts(shown, others if not shown else 0, later, is_cut)


def _in_order(person: Person, since: datetime, until: datetime, rows: Sequence[ScheduleRow]) -> Iterator[Shift]:
    """Yield shifts in their order, each made when it is asked for: a list shows fifty of a thousand."""
    until = min(until, since + LONGEST_SPAN)
    if not rows:
        return
    own = _own_of(person, since, until)
    now = clock.now()
    for _day, _missing, begins_at, number, starts_at, taken, is_cancelled, note in _outlines(rows, since, until):
        if since <= begins_at < until:
            row = rows[number]
            ends_at = begins_at + timedelta(minutes=row.duration_min)
            yield _for_viewer(Shift(row, starts_at, begins_at, ends_at, taken, is_cancelled, note), own, now)


def shifts_between(rows: Sequence[ScheduleRow], since: datetime, until: datetime) -> list[Shift]:
    """Return the shifts of schedules that begin between two moments, in order, as nobody in particular sees them."""
    found = []
    outlines = _outlines(rows, since, until) if rows else []
    for _day, _missing, begins_at, number, starts_at, taken, is_cancelled, note in outlines:
        row = rows[number]
        ends_at = begins_at + timedelta(minutes=row.duration_min)
        if since <= begins_at < until:
            found.append(Shift(row, starts_at, begins_at, ends_at, taken, is_cancelled, note))
    return found


def over_between(rows: Sequence[ScheduleRow], since: datetime, until: datetime) -> int:
    """Return how many shifts of schedules that are known between two moments have ended."""
    now = clock.now()
    lengths = [timedelta(minutes=row.duration_min) for row in rows]
    outlines = _outlines(rows, since, until) if rows else []
    return sum(outline[2] + lengths[outline[3]] <= now for outline in outlines)


def booked_by(person: Person, since: datetime, until: datetime) -> set[tuple[uuid.UUID, datetime]]:
    """Return the shifts that a person does between two moments: their schedules and starts."""
    return set(_own_of(person, since, until).bookings)


_Outline = tuple[dt.date, int, datetime, int, datetime, int, bool, str]
"""What everybody sees alike of a shift, in the order of lists: its day, how many it misses as a negative number, when it
is, which of the schedules it is of, its start, how many places are taken, whether it is cancelled, and its note."""


def _outlines(rows: Sequence[ScheduleRow], since: datetime, until: datetime) -> list[_Outline]:
    """Return the shifts of whole days in UTC, in order; they are kept until a duty of these crews or series changes."""
    first, last = since.date(), until.date()
    key = "duties.shifts", first, last, state_of(rows)
    return kept(
        key, shifts_versions(rows), lambda: _read_outlines(rows, *(_midnight(day) for day in (first, last + DAY)))
    )


def _midnight(day: dt.date) -> datetime:
    return datetime.combine(day, dt.time.min, dt.UTC)


def _read_outlines(rows: Sequence[ScheduleRow], since: datetime, until: datetime) -> list[_Outline]:
    ids = [row.id for row in rows]
    # A moved shift is found by where it went; its change says where it came from.
    changes = {(row.schedule_id, row.starts_at): row for row in changes_of(ids, since, until)}
    numbers = {row.id: number for number, row in enumerate(rows)}
    walks = (zip(rule_of(row).walk(since, until), repeat(row.id)) for row in rows)
    starts = {(schedule_id, start) for start, schedule_id in islice(merge(*walks), MOST_LOOKED_AT)}
    starts |= {key for key, change in changes.items() if change.moved_to is not None}
    if not starts:
        return []
    taken = taken_of(ids, min(start for _id, start in starts), max(start for _id, start in starts))
    people: dict[Any, int] = {(row.schedule_id, row.starts_at): row.people for row in taken}
    found = []
    for key in starts:
        schedule_id, start = key
        number, change, count = numbers[schedule_id], changes.get(key), people.get(key, 0)
        begins = change.moved_to if change is not None and change.moved_to is not None else start
        is_cancelled = change is not None and bool(change.is_cancelled)
        missing = 0 if is_cancelled else max(0, rows[number].min_people - count)
        day = begins.astimezone(ZoneInfo(rows[number].timezone)).date()
        note = change.note if change is not None else ""
        found.append((day, -missing, begins, number, start, count, is_cancelled, note))
    return sorted(found)


def shift_of(person: Person, schedule: ScheduleRow, starts_at: datetime) -> Shift | None:
    """Return one shift of a schedule, None for a start that the rule does not give and that has no change either."""
    at = shift_at(schedule.id, starts_at).one()
    is_known = at.note is not None or at.people or rule_of(schedule).gives(starts_at)
    if not is_known and bookings_at(schedule.id, starts_at).first() is None:
        return None
    begins = at.moved_to or starts_at
    ends = begins + timedelta(minutes=schedule.duration_min)
    shift = Shift(schedule, starts_at, begins, ends, at.people, bool(at.is_cancelled), at.note or "")
    return _for_viewer(shift, _own_of(person, begins, ends), clock.now())


def next_free(person: Person, schedule: ScheduleRow, after: datetime) -> Shift | None:
    """Return the next shift of a schedule that a person can take."""
    since = max(after, clock.now())
    shifts = _in_order(person, since, since + 2 * USUAL_SPAN, [schedule])
    return next((one for one in shifts if not one.reason), None)


@dataclass(frozen=True, slots=True)
class _Own:
    """What a person has: bookings, and shifts for a place in which they wait, by schedule and start.

    `starts` are those of both, and `times` the beginnings and ends of bookings.
    """

    bookings: dict[Any, Any]
    waits: set[Any]
    starts: set[datetime]
    times: list[tuple[datetime, datetime]]


def _own_of(person: Person, since: datetime, until: datetime) -> _Own:
    rows = own_rows(person.id, since - LONGEST_SHIFT, until + LONGEST_SHIFT).all()
    bookings = {(row.schedule_id, row.starts_at): row for row in rows if not row.is_standby}
    waits = {(row.schedule_id, row.starts_at) for row in rows if row.is_standby}
    times = [(row.begins_at, row.ends_at) for row in bookings.values()]
    return _Own(bookings, waits, {row.starts_at for row in rows}, times)


def _for_viewer(shift: Shift, own: _Own, now: datetime) -> Shift:
    """Set what a shift is to a person, and return it."""
    clash = False
    if shift.starts_at in own.starts:
        key = shift.schedule.id, shift.starts_at
        mine = own.bookings.get(key)
        shift.booking_id, shift.is_standby = mine.id if mine is not None else None, key in own.waits
    for begins_at, ends_at in own.times:
        clash = clash or (begins_at < shift.ends_at and shift.begins_at < ends_at)
    shift.reason = why_not(shift, now, clashes=clash)
    return shift


def why_not(shift: Shift, now: datetime, *, clashes: bool) -> str:
    """Return why a person can't take a shift, "" if they can."""
    row = shift.schedule
    if shift.booking_id is not None:
        return MINE
    if shift.is_cancelled:
        return CANCELLED
    if not row.is_open:
        return STOPPED if row.published_at is not None else UNPUBLISHED
    if shift.begins_at <= now:
        return OVER if shift.ends_at <= now else BEGUN
    if shift.is_drafted:
        return DRAFTED
    if now > shift.begins_at - timedelta(hours=row.closes_hours):
        return CLOSED
    if now < shift.opens_at:
        return NOT_OPEN
    if not row.is_qualified:
        return UNQUALIFIED
    if clashes:
        return CLASHES
    return "" if shift.free else TAKEN
