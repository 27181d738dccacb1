"""Who takes part in a run, and how somebody stands to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import aliased

from hampa.cards import queries as cards
from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.web import paging
from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED, Participation, Standing, door_of
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import organises

PEOPLE_PAGE = 50
TAKING_PART = (GOING, WAITLISTED, INTERESTED)

_mine = aliased(Participation, name="mine")


@dataclass(frozen=True, slots=True)
class Participant:
    """One who takes part, as others see them; `note` is for the organisers alone, else empty."""

    id: uuid.UUID
    name: str
    status: str
    rank: int
    note: str
    card_id: uuid.UUID | None
    card_title: str | None
    companion: bool


def participation_of(person: Person, run_id: uuid.UUID) -> Participation | None:
    """This person's row in the run, also when they have left."""
    return db.session.scalar(
        select(Participation).where(Participation.run_id == run_id, Participation.person_id == person.id)
    )


def standing_of(person: Person | None, run: Run) -> Standing:
    """How this person stands to the run, and what they can do."""
    door = door_of(run, clock.now())
    if person is None:
        return Standing(door, None, run.waiting)
    before = (
        select(func.count())
        .where(
            Participation.run_id == run.id,
            Participation.status == WAITLISTED,
            Participation.rank < _mine.rank,
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(_mine.status, before.label("ahead")).where(
            _mine.run_id == run.id,
            _mine.person_id == person.id,
            _mine.status.in_(TAKING_PART),
        )
    ).first()
    if row is None:
        return Standing(door, None, run.waiting)
    return Standing(door, row.status, row.ahead if row.status == WAITLISTED else run.waiting)


def participants(
    person: Person, run: Run, status: str = GOING, after: str | None = None, size: int = PEOPLE_PAGE
) -> paging.Page[Participant]:
    """Who takes part in the run in this way, in the order of coming."""
    inside = organises(person, run)
    query = (
        select(
            Person.id,
            Person.name,
            Participation.status,
            Participation.rank,
            (Participation.note if inside else literal("")).label("note"),
            Card.id.label("card_id"),
            Card.title.label("card_title"),
            Person.id.in_(cards.companion_ids(person.id)).label("companion"),
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .where(Participation.run_id == run.id, Participation.status == status)
        .order_by(Participation.rank)
        .limit(size + 1)
    )
    key = paging.decode(after, int)
    if key is not None:
        query = query.where(Participation.rank > key[0])
    rows = [Participant(*row) for row in db.session.execute(query)]
    return paging.Page.of(rows, size, lambda row: (row.rank,))


def others_in(person: Person, run: Run) -> int:
    """How many others take part in the run in any way."""
    others = select(func.count()).where(
        Participation.run_id == run.id,
        Participation.status.in_(TAKING_PART),
        Participation.person_id != person.id,
    )
    return db.session.scalar(others) or 0


def concerned(run_id: uuid.UUID, *statuses: str) -> Select[uuid.UUID]:
    """A SELECT of the people who take part in one of these ways."""
    return select(Participation.person_id).where(Participation.run_id == run_id, Participation.status.in_(statuses))
