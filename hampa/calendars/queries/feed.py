"""Who reads a calendar feed, and what stands in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from hampa.calendars.models import CalendarFeed
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.security.keys import keyed_hash
from hampa.runs.models.participation import LEFT, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by

KEPT = timedelta(days=90)
AT_ONCE = 200
MOST = 1_000
"""Runs in a feed; further ones move up as those before them grow old."""

_mine = aliased(Participation, name="mine")


@dataclass(frozen=True, slots=True)
class FeedRun:
    """A run as it stands in a feed: `status` is mine in it, None when I only organise it; `changed_at` is when
    it or that changed last; `organiser` "" when they are hidden from me."""

    id: uuid.UUID
    title: str
    description: str
    starts_at: datetime
    timezone: str
    duration_min: int
    meet_minutes_before: int
    place: str
    directions: str
    latitude: float | None
    longitude: float | None
    cancelled_at: datetime | None
    cancel_reason: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    organiser: str
    status: str | None


def hash_of_feed(token: str) -> str:
    """What is kept of a feed's token."""
    return keyed_hash("calendar feed", token)


def reader_of(token: str) -> Person:
    """The person whose feed this token opens. Raises NotFound."""
    person = db.session.scalar(
        select(Person)
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .where(CalendarFeed.token_hash == hash_of_feed(token), Person.state == "active")
    )
    if person is None:
        raise NotFound
    return person


def feed_made_at(person: Person) -> datetime | None:
    """When the person's feed got the token it has; None when there is no feed."""
    return db.session.scalar(select(CalendarFeed.updated_at).where(CalendarFeed.person_id == person.id))


def runs_in_feed(person: Person) -> list[FeedRun]:
    """Return the runs this person organises or takes part in, from 90 days ago on, soonest first; one statement."""
    return [FeedRun(*list(row)) for row in db.session.execute(_in_feed(person))]


def version_of_feed(person: Person) -> str:
    """Return a hash of those runs, which the database makes; read it before the runs themselves."""
    rows = _in_feed(person).subquery()
    in_order = aggregate_order_by(literal("\n"), rows.c.starts_at, rows.c.id)
    return db.session.scalar(select(func.md5(func.string_agg(cast(rows.table_valued(), Text), in_order)))) or ""


def _in_feed(person: Person) -> Select[*tuple[Any, ...]]:
    return _runs_of(person).where(Run.starts_at > clock.now() - KEPT).limit(MOST)


def all_runs_of(person: Person) -> Iterator[FeedRun]:
    """All runs this person ever organised or took part in, soonest first, a few at a time in memory."""
    for row in db.session.execute(_runs_of(person), execution_options={"yield_per": AT_ONCE}):
        yield FeedRun(*list(row))


def zones_of(person: Person) -> list[tuple[str, int, int]]:
    """The zones of all those runs, each with the first and the last year in which there is one."""
    year = func.extract("year", Run.starts_at)
    rows = db.session.execute(
        select(Run.timezone, func.min(year), func.max(year))
        .where(Run.id.in_(_ids_of(person)))
        .group_by(Run.timezone)
        .order_by(Run.timezone)
    )
    return [(zone, int(first), int(last)) for zone, first, last in rows]


def _ids_of(person: Person) -> Any:
    part = select(Participation.run_id).where(Participation.person_id == person.id, Participation.status != LEFT)
    return union_all(part, runs_organised_by(person, agreed=True))


def _runs_of(person: Person) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Run.id,
            Run.title,
            Run.description,
            Run.starts_at,
            Run.timezone,
            Run.duration_min,
            Run.meet_minutes_before,
            Run.place,
            Run.directions,
            Run.latitude,
            Run.longitude,
            Run.cancelled_at,
            Run.cancel_reason,
            Run.sequence,
            Run.created_at,
            func.greatest(Run.updated_at, _mine.updated_at),
            case((is_visible_to(person, Person.id), Person.name), else_=""),
            _mine.status,
        )
        .join(Person, Person.id == Run.organiser_id)
        .outerjoin(_mine, (_mine.run_id == Run.id) & (_mine.person_id == person.id) & (_mine.status != LEFT))
        .where(Run.id.in_(_ids_of(person)))
        .order_by(Run.starts_at, Run.id)
    )
