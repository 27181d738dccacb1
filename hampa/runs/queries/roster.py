"""The roll: everybody in a run, for a spreadsheet and for paper."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, null, or_, select

from hampa.cards.models.card import Card
from hampa.cards.queries.companions import companion_ids
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import CAME, COMPLETED, NO_SHOW, TAKING_PART, Participation
from hampa.runs.models.run import PaceGroup, Run

EVERYBODY = (*TAKING_PART, COMPLETED, NO_SHOW)
BATCH = 1_000
PHONES_SHOWN_WITHIN = timedelta(hours=2)
"""Before the start and after the end; the same hours in which organisers see emergency contacts."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One line of the roll. `phone` is E.164, or "" where this organiser may not see it."""

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
    """Whether organisers see the numbers of those who come: around the run, when somebody is late or lost."""
    return run.starts_at - PHONES_SHOWN_WITHIN <= clock.now() <= run.ends_at + PHONES_SHOWN_WITHIN


def display_name_column() -> ColumnElement[str]:
    """The name of a `Person` on the lists of a run (`Participation`): a walk-in is called as the organiser said."""
    return case(
        (and_(Participation.display_name != "", Person.state == "active"), Participation.display_name),
        else_=Person.name,
    )


def avatar_column() -> ColumnElement[str | None]:
    """The picture of a `Person` there, likewise: a face tells as much as a name."""
    return case((Participation.display_name == "", Person.avatar), else_=null())


def phone_column(organiser: Person, run: Run) -> ColumnElement[str]:
    """The number of a `Person` who takes part (`Participation`, with its `Card` if any), "" where it is not shown.

    Around the run organisers may call who comes by their own word; at other times a number is seen as the card that the
    person brought says.
    """
    accepted = and_(Card.phone_visibility == "accepted", Person.id.in_(companion_ids(organiser.id)))
    shown = [Card.phone_visibility == "public", accepted]
    if phones_are_shown(run):
        shown.append(and_(Participation.status.in_(CAME), Participation.added_by_organiser.is_(False)))
    return case((or_(*shown), Person.phone), else_=literal(""))


def roster_of(
    organiser: Person, run: Run, statuses: Sequence[str] = EVERYBODY, most: int | None = None
) -> Iterator[RosterEntry]:
    """Everybody in the run in one of these ways, in the order of coming; read in batches, each a short statement."""
    after, left = 0, most
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        rows = db.session.execute(
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
            .where(Participation.run_id == run.id, Participation.status.in_(statuses), Participation.rank > after)
            .order_by(Participation.rank)
            .limit(size)
        ).all()
        yield from (RosterEntry(*row) for row in rows)
        if len(rows) < size:
            return
        after = rows[-1].rank
        left = None if left is None else left - len(rows)
