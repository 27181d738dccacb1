"""Crews and their members."""

from __future__ import annotations

from typing import Any

from hampa.crews.models import ADMIN, MEMBER, Crew, CrewMembership
from hampa.people.models import Person
from hampa.platform import clock
from tests.factories.base import made, number


def make_crew(admin: Person, *members: Person, **given: Any) -> Crew:
    """Add a crew in Tehran with its members."""
    crew = made(Crew, **({"name": f"Crew {number()}", "timezone": "Asia/Tehran"} | given))
    make_membership(crew, admin, role=ADMIN)
    for person in members:
        make_membership(crew, person)
    return crew


def make_membership(crew: Crew, person: Person, **given: Any) -> CrewMembership:
    """Have a person belong to a crew."""
    values = {"role": MEMBER, "joined_at": clock.now()} | given
    return made(CrewMembership, crew_id=crew.id, person_id=person.id, **values)
