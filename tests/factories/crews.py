"""Crews with members."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.crews.models import ADMIN, Crew, CrewInvitation, CrewMembership
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.base import made, number


def make_crew(admin: Person, *members: Person, **given: Any) -> Crew:
    """Make a crew with an admin and members."""
    crew = made(Crew, **({"name": f"Crew {number()}", "timezone": "Asia/Tehran"} | given))
    add_member(crew, admin, role=ADMIN)
    for member in members:
        add_member(crew, member)
    db.session.refresh(crew)
    return crew


def add_member(crew: Crew, person: Person, **given: Any) -> CrewMembership:
    """Add a person to a crew."""
    return made(CrewMembership, **({"crew_id": crew.id, "person_id": person.id, "joined_at": clock.now()} | given))


def make_invitation(crew: Crew, inviter: Person, **given: Any) -> CrewInvitation:
    """Make a link into a crew that works for a week, for ten people."""
    values = {"expires_at": clock.now() + timedelta(days=7), "most_uses": 10}
    return made(CrewInvitation, **({"crew_id": crew.id, "inviter_id": inviter.id} | values | given))
