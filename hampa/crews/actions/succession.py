"""Another admin for the crews of a person whose account ends."""

import uuid

from sqlalchemy import select

from hampa.crews.actions.events import GONE, tell, tell_of_member
from hampa.crews.models import ACTIVE, ADMIN, Crew, CrewLogEntry, CrewMembership
from hampa.crews.queries.crews import locked_crew, membership_in
from hampa.crews.queries.members import has_other_admin, heir_of
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform.db import db


def appoint_heir(person: Person, crew_id: uuid.UUID) -> None:
    """Give a crew another admin beside one whose account ends in some weeks, unless it has one who is there.

    Who comes back in that time is still an admin.
    """
    crew = locked_crew(crew_id)
    heir = heir_of(crew_id, person.id)
    if heir is not None and not has_other_admin(crew_id, person.id):
        _make_admin(crew, heir)


def hand_over(person: Person) -> None:
    """Give the crews of a person who is erased another admin, and delete those that have no other member."""
    query = select(CrewMembership.crew_id).where(CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE)
    for crew_id in db.session.scalars(query.order_by(CrewMembership.crew_id)).all():
        crew = locked_crew(crew_id)
        membership = membership_in(crew, person.id)
        if membership is None or not membership.is_active:
            continue
        heir = heir_of(crew_id, person.id)
        if heir is None:
            db.session.delete(crew)
        elif membership.role == ADMIN and crew.admins == 1:
            _make_admin(crew, heir)
        db.session.flush()
        if heir is not None:
            tell(crew_id, "crew.member_left", person_id=None, how=GONE)


def _make_admin(crew: Crew, heir: CrewMembership) -> None:
    heir.role, heir.rights = ADMIN, []
    db.session.add(CrewLogEntry(crew_id=crew.id, what="role", person_id=heir.person_id, note=ADMIN))
    tell_of_member(crew.id, "crew.member_changed", heir.person_id)
    event = f"{crew.id}:heir:{heir.id}"
    notify([heir.person_id], "crew_membership", subject_id=crew.id, data={"what": "role_admin"}, event=event)
    db.session.flush()
