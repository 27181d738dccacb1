"""Check-ins as their person and the crew read them, and the period that a crew is in."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, cast, exists, select
from sqlalchemy.orm import aliased

from hampa.checkins.models import CREW, SCALES, CheckIn
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import MOST_CREWS
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_visible_among, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.db import columns_of, loaded, scalar_or_404
from hampa.platform.locale.periods import DAYS, Period, period_at, period_on
from hampa.platform.statements import built_once
from hampa.platform.web import paging

PAGE = 20
LATE = dt.timedelta(days=7)
"""How long after its period a check-in is taken that was written in it, without network."""
LONGEST = dt.timedelta(days=max(DAYS.values()))


def current_period(crew: Any) -> Period:
    """Return the period that a crew, or a row of its rhythm and zone, is in."""
    return period_at(clock.now(), crew.frequency, first_day=crew.first_day, zone=ZoneInfo(crew.timezone))


def period_from(crew: Crew, day: dt.date | None) -> Period | None:
    """Return the crew's period that begins on a day, if it goes on or ended lately; of None the current one.

    Return None for other days.
    """
    if day is None:
        return current_period(crew)
    current, now = current_period(crew), clock.now()
    if not current.starts_on - LONGEST - LATE <= day <= current.starts_on:
        return None
    period = period_on(day, crew.frequency, first_day=crew.first_day, zone=ZoneInfo(crew.timezone))
    return period if period.starts_on == day and now < period.ends_at + LATE else None


def check_in_of(person: Person, crew: Crew, period: Period) -> CheckIn | None:
    """Return the person's check-in for a period, if there is one."""
    row = _check_in_of(person.id, crew.id, period.starts_on).one_or_none()
    return loaded(CheckIn, row) if row is not None else None


@built_once
def _check_in_of(person_id: uuid.UUID, crew_id: uuid.UUID, day: dt.date) -> Any:
    is_theirs = CheckIn.person_id == person_id, CheckIn.crew_id == crew_id
    return select(*columns_of(CheckIn)).where(*is_theirs, CheckIn.period_from == day)


def last_scores(person: Person, crew: Crew, period: Period) -> Mapping[str, int]:
    """Return the scores of the person's last check-in in the crew before a period, by scale; none without one."""
    row = _last_scores(person.id, crew.id, period.starts_on).one_or_none()
    return dict(zip(SCALES, row, strict=True)) if row is not None else {}


@built_once
def _last_scores(person_id: uuid.UUID, crew_id: uuid.UUID, before: dt.date) -> Any:
    is_theirs = CheckIn.person_id == person_id, CheckIn.crew_id == crew_id
    earlier = select(*(getattr(CheckIn, name) for name in SCALES)).where(*is_theirs, CheckIn.period_from < before)
    return earlier.order_by(CheckIn.period_from.desc()).limit(1)


def own_check_in(person: Person, check_in_id: uuid.UUID, *, lock: bool = False) -> CheckIn:
    """Return a check-in of the person. Raise NotFound for those of others."""
    mine = select(CheckIn).where(CheckIn.id == check_in_id, CheckIn.person_id == person.id)
    return scalar_or_404(mine.with_for_update().execution_options(populate_existing=True) if lock else mine)


class OwnCheckIn(NamedTuple):
    """A check-in with the name of its crew, None if that is gone."""

    CheckIn: CheckIn
    crew_name: str | None


def history_of(person: Person, after: str | None = None, size: int = PAGE) -> paging.Page[OwnCheckIn]:
    """Return a page of the person's check-ins with the names of their crews, the newest first."""
    day, last_id = paging.decode(after, dt.date, uuid.UUID) or (None, None)
    rows = _history(person.id, day, last_id, size + 1, goes_on=day is not None)
    shown = [OwnCheckIn(loaded(CheckIn, row[1:]), row[0]) for row in rows]
    return paging.Page.of(shown, size, lambda row: (row.CheckIn.period_from, row.CheckIn.id))


@built_once
def _history(
    person_id: uuid.UUID, day: dt.date | None, last_id: uuid.UUID | None, most: int, *, goes_on: bool
) -> Select[Any]:
    query = (
        select(Crew.name.label("crew_name"), *columns_of(CheckIn))
        .select_from(CheckIn)
        .outerjoin(Crew, Crew.id == CheckIn.crew_id)
        .where(CheckIn.person_id == person_id)
    )
    return paging.rows_after(
        query, (CheckIn.period_from, CheckIn.id), (day, last_id), most, goes_on=goes_on, descending=True
    )


@dataclass(frozen=True, slots=True)
class Invitation:
    """A crew in whose current period the person has not checked in."""

    crew_id: uuid.UUID
    name: str
    period: Period


def has_due_check_in(person: Person, now: Any) -> ColumnElement[bool]:
    """Return the condition that a person has not checked in for the current period of one of their crews.

    A check-in whose period has not ended is one for the current period, whatever rhythm the crew has had before.
    """
    lately = CheckIn.period_from >= cast(now, Date) - (LONGEST.days + 2)  # finds few by an index; zones are a day apart
    said = exists().where(CheckIn.person_id == person.id, CheckIn.crew_id == Crew.id, CheckIn.ends_at > now, lately)
    is_in = CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE
    return exists().where(*is_in, Crew.id == CrewMembership.crew_id, Crew.closed_at.is_(None), ~said)


def open_check_ins(person: Person) -> list[Invitation]:
    """Return the person's crews in whose current period they have not checked in, by name."""
    rows = sorted(_open_check_ins(person.id), key=lambda row: (row.name, row.id))
    return [
        Invitation(row.id, row.name, period)
        for row, period in ((row, current_period(row)) for row in rows)
        if row.latest is None or row.latest < period.starts_on
    ]


@built_once
def _open_check_ins(person_id: uuid.UUID) -> Any:
    last = select(CheckIn.period_from).where(CheckIn.person_id == person_id, CheckIn.crew_id == Crew.id)
    latest = last.order_by(CheckIn.period_from.desc()).limit(1).correlate(Crew).scalar_subquery()
    return (
        select(Crew.id, Crew.name, Crew.frequency, Crew.first_day, Crew.timezone, latest.label("latest"))
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE, Crew.closed_at.is_(None))
        .limit(MOST_CREWS)
    )


@dataclass(frozen=True, slots=True)
class SharedCheckIn:
    """A check-in that its person shares with their crew, as a row of its board."""

    person: PersonSummary
    id: uuid.UUID
    crew_id: uuid.UUID
    period_from: dt.date
    period_to: dt.date
    productive: int
    satisfied: int
    body: int
    care: int
    score: int
    note: str
    mood: str
    energy: int | None
    health: str
    sharing: str
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int

    @property
    def last_day(self) -> dt.date:
        """Return the last day of the period."""
        return self.period_to - dt.timedelta(days=1)


_SHARED = [getattr(CheckIn, field.name) for field in fields(SharedCheckIn) if field.name != "person"]


def shared_with_crew(
    viewer: Person, crew_id: uuid.UUID, after: str | None = None, size: int = PAGE
) -> paging.Page[SharedCheckIn]:
    """Return a page of the check-ins that members share with the crew, the newest first.

    The viewer, a member, reads those of periods that had not ended when they joined: who comes into an open crew does
    not find how everybody was all year long.
    """
    day, last_id = paging.decode(after, dt.date, uuid.UUID) or (None, None)
    rows = _shared(
        *(viewer.id, crew_id, hidden_ids(viewer), day, last_id, size + 1),
        goes_on=day is not None,
        is_operator=viewer.is_operator,
    )
    shared = [SharedCheckIn(*row) for row in rows]
    return paging.Page.of(shared, size, lambda row: (row.period_from, row.id))


@built_once
def _shared(
    viewer_id: uuid.UUID,
    crew_id: uuid.UUID,
    hidden: list[uuid.UUID],
    day: dt.date | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    goes_on: bool,
    is_operator: bool,
) -> Select[Any]:
    mine = aliased(CrewMembership)
    is_mine = mine.crew_id == crew_id, mine.person_id == viewer_id, mine.status == ACTIVE
    joined_at = select(mine.joined_at).where(*is_mine).scalar_subquery()
    viewer = stand_in(viewer_id, is_operator=is_operator)
    query = (
        select(summary_columns(), *_SHARED)
        .join(Person, Person.id == CheckIn.person_id)
        .join(
            CrewMembership,
            (CrewMembership.crew_id == CheckIn.crew_id) & (CrewMembership.person_id == CheckIn.person_id),
        )
        .where(
            CheckIn.crew_id == crew_id,
            CheckIn.sharing == CREW,
            CheckIn.ends_at > joined_at,
            CrewMembership.status == ACTIVE,
            is_visible_among(viewer, CheckIn.person_id, hidden),
        )
    )
    return paging.rows_after(
        query, (CheckIn.period_from, CheckIn.id), (day, last_id), most, goes_on=goes_on, descending=True
    )
