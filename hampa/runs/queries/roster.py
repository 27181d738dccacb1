"""The roster: everybody in a run, for a spreadsheet and for paper."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, null, or_, select

from hampa.cards.models import Card
from hampa.cards.queries.companions import companion_ids
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import CAME, INVOLVED, Participation
from hampa.runs.models.run import PaceGroup, Run

BATCH_SIZE = 1_000
PHONES_SHOWN_WITHIN = timedelta(hours=2)
"""The time before the start and after the end in which organisers see phone numbers and emergency contacts."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A line of the roster; `phone` is E.164, or "" where the organiser may not see it."""

    id: uuid.UUID
    name: str
    status: str
    rank: int
    guests: int
    pace_group: str | None
    note: str
    organiser_note: str
    card: str | None
    phone: str
    joined_at: datetime


def phones_are_shown(run: Run) -> bool:
    """Return whether organisers see phone numbers now: around the run, when somebody is late or lost."""
    return run.starts_at - PHONES_SHOWN_WITHIN <= clock.now() <= run.ends_at + PHONES_SHOWN_WITHIN


def display_name_column() -> ColumnElement[str]:
    """Return the name of a `Person` in the lists of a run: a walk-in has the name that the organiser chose."""
    return case(
        (and_(Participation.display_name != "", Person.state == "active"), Participation.display_name),
        else_=Person.name,
    )


def avatar_column() -> ColumnElement[str | None]:
    """Return the picture of a `Person` in the lists of a run, none for a walk-in: a face tells as much as a name."""
    return case((Participation.display_name == "", Person.avatar), else_=null())


def phone_column(organiser: Person, run: Run) -> ColumnElement[str]:
    """Return the phone number of a participant (`Person`, `Participation` and its `Card`), "" where it is not shown.

    Around the run organisers may call people who joined by themselves; at other times the card of the participant
    decides.
    """
    accepted = and_(Card.phone_visibility == "accepted", Person.id.in_(companion_ids(organiser.id)))
    shown = [Card.phone_visibility == "public", accepted]
    if phones_are_shown(run):
        shown.append(and_(Participation.status.in_(CAME), Participation.added_by_organiser.is_(False)))
    return case((or_(*shown), Person.phone), else_=literal(""))


def roster_of(organiser: Person, run: Run, statuses: Sequence[str] = INVOLVED) -> Iterator[RosterEntry]:
    """Yield the people with these statuses in the order of joining, read in batches by short statements."""
    query = (
        select(
            Person.id,
            display_name_column(),
            Participation.status,
            Participation.rank,
            Participation.guests,
            PaceGroup.name,
            Participation.note,
            Participation.organiser_note,
            Card.title,
            phone_column(organiser, run),
            Participation.created_at,
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .outerjoin(PaceGroup, PaceGroup.id == Participation.pace_group_id)
        .where(Participation.run_id == run.id, Participation.status.in_(statuses))
        .order_by(Participation.rank)
        .limit(BATCH_SIZE)
    )
    rows = db.session.execute(query).all()
    while rows:
        yield from (RosterEntry(*row) for row in rows)
        after = rows[-1].rank
        rows = db.session.execute(query.where(Participation.rank > after)).all() if len(rows) == BATCH_SIZE else []
