"""A crew runs without its founder."""

from __future__ import annotations

from sqlalchemy import select

from hampa.account.actions.account_deletion import withdraw
from hampa.crews.models import Crew
from hampa.crews.queries.crews import may, membership_of
from hampa.crews.queries.members import log_of
from hampa.people import actions as people_actions
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


def test_a_crew_whose_only_admin_leaves_has_another_at_once(db_session):
    sara, reza, mina, leaving = (make_person() for _each in range(4))
    crew = make_crew(sara, mina)
    add_member(crew, reza, role="moderator")
    led_by_two = make_crew(sara)
    add_member(led_by_two, mina, role="admin")
    alone = make_crew(sara)
    people_actions.deactivate(leaving)
    add_member(alone, leaving)
    people_actions.deactivate(sara)
    while withdraw(sara.id, {}):
        db.session.flush()
    assert {role_of(reza, crew), role_of(sara, crew), role_of(mina, crew)} == {"admin", "member"}
    assert (role_of(reza, crew), role_of(sara, crew)) == ("admin", "admin"), "who comes back is still an admin"
    assert role_of(mina, led_by_two) == "admin" and log_of(led_by_two.id).items == []
    assert role_of(leaving, alone) == "member", "nobody there could take it over yet"
    erase(sara)
    assert (role_of(reza, crew), role_of(leaving, alone)) == ("admin", "admin")


def role_of(person, crew) -> str:
    db.session.expire_all()
    return membership_of(person, crew.id).role
