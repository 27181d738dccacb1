"""A crew runs without its founder."""

from __future__ import annotations

from sqlalchemy import select

from hampa.crews.models import Crew
from hampa.crews.queries.crews import may, membership_of
from hampa.crews.queries.members import log_of
from hampa.people.privacy_registry import erase
from hampa.platform.db import db
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person


def test_when_the_founder_is_erased_the_crew_goes_on(db_session):
    founder, moderator, newer = make_person(), make_person(), make_person()
    alone, crew = make_crew(founder), make_crew(founder, newer)
    add_member(crew, moderator, role="moderator")
    crew_id, alone_id = crew.id, alone.id
    erase(founder)
    db.session.flush()
    db.session.expire_all()
    counted = db.session.execute(select(Crew.members, Crew.admins).where(Crew.id == crew_id)).one()
    assert tuple(counted) == (2, 1)
    assert may(membership_of(moderator, crew_id), "edit")
    assert [(row.what, row.person.id) for row in log_of(crew_id).items] == [("role", moderator.id)]
    assert db.session.scalar(select(Crew.id).where(Crew.id == alone_id)) is None
