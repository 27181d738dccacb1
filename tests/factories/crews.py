"""Crews with members."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.crew_invitations.models import NumberInvitation
from hampa.crew_invitations.queries import hash_of
from hampa.crews.models import (
    ADMIN,
    PICTURE_WIDTHS,
    Crew,
    CrewGroup,
    CrewGroupMember,
    CrewInvitation,
    CrewMembership,
    CrewPicture,
    picture_file_name,
)
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
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


def make_group(crew: Crew, *memberships: CrewMembership, **given: Any) -> CrewGroup:
    """Make a sub-group of a crew with some of its members."""
    group = made(CrewGroup, **({"crew_id": crew.id, "name": f"Group {number()}"} | given))
    for membership in memberships:
        made(CrewGroupMember, group_id=group.id, membership_id=membership.id)
    db.session.refresh(group)
    return group


def make_crew_picture(crew: Crew, person: Person) -> CrewPicture:
    """Make the finished picture that a crew shows."""
    picture = made(
        CrewPicture, crew_id=crew.id, person_id=person.id, widths=list(PICTURE_WIDTHS), height=PICTURE_WIDTHS[0]
    )
    for width in PICTURE_WIDTHS:
        storage.put(picture_file_name(crew.id, str(picture.id), width), b"RIFF....WEBP")
    crew.picture = str(picture.id)
    db.session.flush()
    return picture


def make_number_invitation(crew: Crew, inviter: Person, phone: str, **given: Any) -> NumberInvitation:
    """Make an invitation of a phone number into a crew, which was sent and works for two weeks."""
    values = {"crew_id": crew.id, "inviter_id": inviter.id, "number": phone, "number_hash": hash_of(phone)}
    times = {"expires_at": clock.now() + timedelta(days=14), "sent_at": clock.now()}
    return made(NumberInvitation, **(values | times | given))
