"""The crews that a person belongs to, and those that they ask to get into, as the list of crews shows them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, case, cast, literal, null, select, union_all

from hampa.crews.models import ACTIVE, Crew, CrewMembership, CrewRequest
from hampa.crews.queries.crews import MOST_CREWS, ROW, CrewRow, is_known_to
from hampa.people.models import Person
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet

MOST_REQUESTS = 100


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request to get into a crew, as the person sees it who asks; `name` is "" for a crew that hides by now."""

    crew_id: uuid.UUID
    name: str
    created_at: datetime


def crews_and_requests_of(person: Person) -> tuple[list[CrewRow], list[OwnRequest]]:
    """Return the crews that a person belongs to, by name, and those that they ask, the oldest request first.

    It is one statement for both.
    """
    rows = _crews_and_requests_of(person.id).all()
    crews = [CrewRow(*row[: len(ROW) + 1]) for row in rows if row.asked_at is None]
    requests = [OwnRequest(row.id, row.shown_name, row.asked_at) for row in rows if row.asked_at is not None]
    return crews, sorted(requests, key=lambda one: one.created_at)


@built_once
def _crews_and_requests_of(person_id: uuid.UUID) -> Any:
    belongs = (
        select(
            *ROW,
            CrewMembership.role,
            cast(null(), DateTime(timezone=True)).label("asked_at"),
            Crew.name.label("shown_name"),
        )
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE)
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
    )
    shown_name = case((is_known_to(person_id), Crew.name), else_="")
    asks = (
        select(*ROW, literal("").label("role"), CrewRequest.created_at, shown_name)
        .join(CrewRequest, CrewRequest.crew_id == Crew.id)
        .where(CrewRequest.person_id == person_id)
        .order_by(CrewRequest.created_at, CrewRequest.id)
        .limit(MOST_REQUESTS)
    )
    both = union_all(belongs.subquery().select(), asks.subquery().select()).subquery()
    return select(both).order_by(by_alphabet(both.c.name), both.c.id)


def muted_crews(person: Person) -> list[tuple[uuid.UUID, str]]:
    """Return the ids and names of the crews of a person of which they want to hear nothing, by name."""
    return [(row.id, row.name) for row in _muted_crews(person.id)]


@built_once
def _muted_crews(person_id: uuid.UUID) -> Any:
    membership = CrewMembership
    return (
        select(Crew.id, Crew.name)
        .join(membership, membership.crew_id == Crew.id)
        .where(membership.person_id == person_id, membership.status == ACTIVE, membership.notices.is_(False))
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
    )
