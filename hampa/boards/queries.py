"""Boards: their links, and what they show."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from hampa.boards.models import Board
from hampa.crews.models import Crew
from hampa.duties.models import NO_SHOW, SERVED, Booking
from hampa.duties.queries.occasions import coordinates_owner, owner_name
from hampa.duties.queries.schedule_rows import ScheduleRow
from hampa.duties.queries.schedules import Owner, schedules_of_owner
from hampa.duties.queries.shifts import LONGEST_SHIFT, Shift, shifts_between
from hampa.people.models import Person
from hampa.people.queries import is_not_shut_out
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.security.signed_links import make_token, parse_token
from hampa.platform.statements import built_once, is_one_of
from hampa.series.models import Series

PURPOSE = "b"
AHEAD = timedelta(hours=12)
MOST_SHIFTS = 40
LONGEST_FIRST_NAME = 16


def token_of(board: Board) -> str:
    """Return the token of a board's link."""
    return make_token(PURPOSE, board.id, _secret(board.serial), is_public=True)


def _secret(serial: int) -> str:
    return f"board {serial}"


@dataclass(frozen=True, slots=True)
class OpenBoard:
    """A board behind its link: the name, the time zone, and the crew or the series whose duties it shows."""

    name: str
    timezone: str
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None

    @property
    def key(self) -> tuple[str, ...]:
        """Return what tells what it shows from other boards."""
        return str(self.crew_id), str(self.series_id), self.name, self.timezone


def board_by_token(token: str) -> OpenBoard:
    """Return the board of a link. Raise NotFound for one that was renewed or ended, and for any other text."""
    link = parse_token(token)
    if link is None or link.purpose != PURPOSE or not link.is_public:
        raise NotFound
    row = _board(link.subject_id).one_or_none()
    if row is None or not link.is_valid_for(_secret(row[0])):
        raise NotFound
    return OpenBoard(*row[1:])


@built_once
def _board(board_id: uuid.UUID) -> Any:
    zone = func.coalesce(Crew.timezone, Series.timezone, "UTC")
    return (
        select(Board.serial, owner_name(), zone, Board.crew_id, Board.series_id)
        .outerjoin(Crew, Crew.id == Board.crew_id)
        .outerjoin(Series, Series.id == Board.series_id)
        .where(Board.id == board_id, or_(Board.crew_id.is_(None), Crew.closed_at.is_(None) & Crew.hidden_at.is_(None)))
    )


@dataclass(slots=True)
class BoardShift:
    """A shift on a board, with the short names of who does it, each with whether they have said that they are there.

    `missing` is how many are missing at least: places that nobody took, and people who did not come.
    """

    shift: Shift
    people: list[tuple[str, bool]] = field(default_factory=list)
    missing: int = 0

    @property
    def schedule(self) -> ScheduleRow:
        """Return the schedule."""
        return self.shift.schedule


@dataclass(frozen=True, slots=True)
class BoardView:
    """What a board shows: who is on duty now, who is next within twelve hours, and the shifts that are short of people."""

    now: list[BoardShift]
    next: list[BoardShift]
    missing: list[BoardShift]


def view_of(board: OpenBoard, now: datetime) -> BoardView:
    """Return what a board shows at a moment."""
    rows = [row for row in schedules_of_owner(board.crew_id, board.series_id) if row.is_open]
    shifts = [
        BoardShift(one)
        for one in shifts_between(rows, now - LONGEST_SHIFT, now + AHEAD)
        if one.ends_at > now and not one.is_cancelled and not one.is_drafted
    ]
    shifts.sort(key=lambda one: (one.shift.begins_at, one.schedule.name, one.schedule.id))
    shifts = shifts[:MOST_SHIFTS]
    _add_people(shifts)
    on = [one for one in shifts if one.shift.begins_at <= now]
    coming = [one for one in shifts if one.shift.begins_at > now]
    return BoardView(on, coming, [one for one in shifts if one.missing])


def _add_people(shifts: list[BoardShift]) -> None:
    if not shifts:
        return
    starts = [one.shift.starts_at for one in shifts]
    by_shift = {(one.schedule.id, one.shift.starts_at): one for one in shifts}
    come: dict[Any, int] = {}
    found: list[tuple[BoardShift, str, bool]] = []
    ids = list({one.schedule.id for one in shifts})
    for row in _people(ids, min(starts), max(starts)):
        shift = by_shift.get((row.schedule_id, row.starts_at))
        if shift is not None and row.attendance != NO_SHOW:
            come[id(shift)] = come.get(id(shift), 0) + 1
            found.append((shift, row.name if row.is_shown else "", row.attendance in SERVED))
    names = short_names([name for _shift, name, _here in found])
    for (shift, _name, is_here), name in zip(found, names, strict=True):
        shift.people.append((name, is_here))
    for shift in shifts:
        shift.missing = max(0, shift.schedule.min_people - come.get(id(shift), 0))


@built_once
def _people(ids: list[uuid.UUID], first: datetime, last: datetime) -> Any:
    shown = (Person.state == "active") & is_not_shut_out(Person.id)
    columns = Booking.schedule_id, Booking.starts_at, Booking.attendance, Person.name, shown.label("is_shown")
    return (
        select(*columns)
        .join(Person, Person.id == Booking.person_id)
        .where(is_one_of(Booking.schedule_id, ids), Booking.starts_at.between(first, last))
        .where(Booking.cancelled_at.is_(None))
        .order_by(Booking.schedule_id, Booking.starts_at, Booking.place)
    )


def short_names(names: list[str]) -> list[str]:
    """Return first names, and a letter more for each of those that several people share."""
    firsts = [name.split()[0][:LONGEST_FIRST_NAME] if name.split() else "" for name in names]
    people: dict[str, set[str]] = {}
    for first, name in zip(firsts, names, strict=True):
        people.setdefault(first, set()).add(name)
    short = []
    for first, name in zip(firsts, names, strict=True):
        rest = name.split()[1:]
        short.append(f"{first} {rest[-1][0]}." if first and rest and len(people[first]) > 1 else first)
    return short


def boards_of(owners: list[Owner]) -> list[tuple[Owner, Board | None]]:
    """Return the board of each crew and series that somebody coordinates, None where there is none."""
    if not owners:
        return []
    crews = [one.crew_id for one in owners if one.crew_id is not None]
    series = [one.series_id for one in owners if one.series_id is not None]
    by_owner = {(one.crew_id, one.series_id): one for one in _boards(crews, series).scalars()}
    return [(one, by_owner.get((one.crew_id, one.series_id))) for one in owners]


@built_once
def _boards(crews: list[uuid.UUID], series: list[uuid.UUID]) -> Any:
    return select(Board).where(or_(is_one_of(Board.crew_id, crews), is_one_of(Board.series_id, series)))


def board_for(person: Person, board_id: uuid.UUID, *, lock: bool = False) -> Board:
    """Return a board of a crew or a series that a person coordinates. Raise NotFound."""
    query = select(Board).where(Board.id == board_id, coordinates_owner(person.id, Board))
    query = query.with_for_update(of=Board) if lock else query
    board = db.session.scalar(query.execution_options(populate_existing=True))
    if board is None:
        raise NotFound
    return board


def name_of(board: Board) -> str:
    """Return the name of the crew or the series of a board."""
    query = select(owner_name()).select_from(Board).outerjoin(Crew, Crew.id == Board.crew_id)
    return db.session.scalar(query.outerjoin(Series, Series.id == Board.series_id).where(Board.id == board.id)) or ""
