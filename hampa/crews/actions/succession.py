"""Another admin for the crews of a person who is erased."""

from sqlalchemy import select

from hampa.crews.models import ACTIVE, ADMIN, CrewLogEntry, CrewMembership
from hampa.crews.queries.crews import locked_crew, membership_in
from hampa.crews.queries.members import heir_of
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform.db import db


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
            heir.role, heir.rights = ADMIN, []
            db.session.add(CrewLogEntry(crew_id=crew_id, what="role", person_id=heir.person_id, note=ADMIN))
            event = f"{crew_id}:heir:{heir.id}"
            notify([heir.person_id], "crew_membership", subject_id=crew_id, data={"what": "role_admin"}, event=event)
        db.session.flush()
