"""What people can report of a crew: itself, a notice, its picture."""

import uuid
from collections.abc import Callable

from sqlalchemy import select

from hampa.crews.models import ACTIVE, ADMIN, Crew, CrewGroupMember, CrewMembership, CrewNotice, CrewPicture
from hampa.crews.queries.crews import crew_for, may, member_of
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound

ShownCrew = Callable[[Person, uuid.UUID], bool]
_also_shown: list[ShownCrew] = []


def also_shown_by(is_shown: ShownCrew) -> ShownCrew:
    """Let people report a crew that a higher feature shows them, such as one that invited their number."""
    _also_shown.append(is_shown)
    return is_shown


def crew_to_report(person: Person, crew_id: uuid.UUID) -> tuple[Crew, uuid.UUID]:
    """Return a crew that a person sees, and the id of its admin of the longest standing. Raise NotFound."""
    if any(is_shown(person, crew_id) for is_shown in _also_shown):
        crew = db.session.get_one(Crew, crew_id)
    else:
        crew = crew_for(person, crew_id)
    query = select(CrewMembership.person_id).where(
        CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE, CrewMembership.role == ADMIN
    )
    admin_id = db.session.scalar(query.order_by(CrewMembership.joined_at, CrewMembership.id).limit(1))
    if admin_id is None:
        raise NotFound
    return crew, admin_id


def notice_to_report(person: Person, notice_id: uuid.UUID) -> tuple[CrewNotice, Crew, uuid.UUID]:
    """Return a notice that a member sees, the crew, and the id of the author. Raise NotFound, also if it is of nobody any more, and Forbidden."""
    notice = db.session.get(CrewNotice, notice_id)
    if notice is None or notice.author_id is None:
        raise NotFound
    membership = member_of(person, notice.crew_id)
    if notice.group_id is not None and not may(membership, "post"):
        is_in = select(CrewGroupMember.id).where(
            CrewGroupMember.group_id == notice.group_id, CrewGroupMember.membership_id == membership.id
        )
        if db.session.scalar(is_in) is None:
            raise NotFound
    return notice, membership.crew, notice.author_id


def picture_to_report(person: Person, picture_id: uuid.UUID) -> tuple[Crew, uuid.UUID]:
    """Return the crew that shows a picture, and the id of who sent it. Raise NotFound for one of a person who is gone."""
    picture = db.session.get(CrewPicture, picture_id)
    if picture is None or picture.person_id is None:
        raise NotFound
    crew = crew_to_report(person, picture.crew_id)[0]
    if crew.picture != str(picture_id):
        raise NotFound
    return crew, picture.person_id
