"""What the worker reads to award badges: people, the badges that they may earn, and what they have."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hampa.badges.models import Badge, BadgeAward, Criteria, stored_criteria
from hampa.badges.queries.badges import is_whole
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.people.models import Person
from hampa.platform.db import db

SLICE = 100
"""People whose days are held in memory at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A badge that may be earned, as the worker looks at it."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class Runner:
    """A person whom the worker looks at, with the calendar by which their weeks and months go."""

    id: uuid.UUID
    locale: str
    timezone: str
    calendar: str


def runners(person_ids: Sequence[uuid.UUID]) -> list[Runner]:
    """Return those of some people who are active."""
    query = select(Person.id, Person.locale, Person.timezone, Person.calendar)
    query = query.where(Person.id.in_(person_ids), Person.state == "active").order_by(Person.id)
    return [Runner(*row) for row in db.session.execute(query)]


def crews_of_people(person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return the crews to which each of some people belongs."""
    query = select(CrewMembership.person_id, CrewMembership.crew_id).where(
        CrewMembership.person_id.in_(person_ids), CrewMembership.status == ACTIVE
    )
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for person_id, crew_id in db.session.execute(query):
        found[person_id].add(crew_id)
    return found


def rules_for(person_ids: Sequence[uuid.UUID], only: uuid.UUID | None) -> list[Rule]:
    """Return the badges that any of these people may earn, those of closed crews and retired ones left out."""
    theirs = select(CrewMembership.crew_id).where(
        CrewMembership.person_id.in_(person_ids), CrewMembership.status == ACTIVE
    )
    query = (
        select(Badge.id, Badge.crew_id, Badge.criteria)
        .outerjoin(Crew, Crew.id == Badge.crew_id)
        .where(Badge.retired_at.is_(None), is_whole(), Crew.closed_at.is_(None))
        .where(Badge.crew_id.is_(None) | Badge.crew_id.in_(theirs))
        .order_by(Badge.created_at, Badge.id)
    )
    if only is not None:
        query = query.where(Badge.id == only)
    rows = ((row.id, row.crew_id, stored_criteria(row.criteria)) for row in db.session.execute(query))
    return [Rule(badge_id, crew_id, criteria) for badge_id, crew_id, criteria in rows if criteria is not None]


Held = dict[uuid.UUID, Any]


def awards_of(person_ids: Sequence[uuid.UUID], only: uuid.UUID | None) -> dict[uuid.UUID, Held]:
    """Return what each of some people has, or had, by badge."""
    columns = BadgeAward.person_id, BadgeAward.badge_id, BadgeAward.id, BadgeAward.revoked_at, BadgeAward.by_hand
    query = select(*columns, BadgeAward.earned_on).where(BadgeAward.person_id.in_(person_ids))
    if only is not None:
        query = query.where(BadgeAward.badge_id == only)
    found: defaultdict[uuid.UUID, Held] = defaultdict(dict)
    for row in db.session.execute(query):
        found[row.person_id][row.badge_id] = row
    return found


def people_after(last_id: uuid.UUID | None, crew_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Return the ids of the next slice of active people, of a crew if one is given."""
    query = select(Person.id).where(Person.state == "active").order_by(Person.id).limit(SLICE)
    if last_id is not None:
        query = query.where(Person.id > last_id)
    if crew_id is not None:
        members = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE
        )
        query = query.where(Person.id.in_(members))
    return list(db.session.scalars(query))


def crew_of_badge(badge_id: uuid.UUID) -> tuple[bool, uuid.UUID | None]:
    """Return whether there is such a badge, and its crew."""
    row = db.session.execute(select(Badge.crew_id).where(Badge.id == badge_id)).one_or_none()
    return row is not None, row.crew_id if row is not None else None
