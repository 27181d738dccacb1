"""The races of crews and their runs, round after round: after each one the rules of both hold."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.crew_invitations import actions as number_invitations
from hampa.crews.actions import crews as settings, memberships
from hampa.crews.models import ACTIVE, ADMIN, BANNED, Crew, CrewInvitation, CrewMembership
from hampa.joining import actions as joining
from hampa.organising.actions import crews as of_crews, publishing
from hampa.organising.jobs import end_places_in_crew, end_runs_of_crew
from hampa.plans import actions as plans
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.jobs import end_offers
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import CREW, Run
from hampa.series.actions import series as making
from tests.attack.test_race_rounds import ROUNDS, Deeds, faults, the
from tests.factories.crews import add_member, make_crew, make_invitation, make_number_invitation
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import first_run
from tests.races import at_once, waiting_for_us


def wrong_with_crew(app: Flask, crew_id: uuid.UUID) -> list[str]:
    """Return which rules of a crew are broken."""
    with app.app_context():
        crew = db.session.get_one(Crew, crew_id)
        active = select(func.count()).where(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE)
        members, admins = db.session.scalar(active), db.session.scalar(active.where(CrewMembership.role == ADMIN))
        found = []
        if (crew.members, crew.admins) != (members, admins):
            found.append(f"the crew counts {crew.members} with {crew.admins} admins, there are {members} with {admins}")
        if crew.members > crew.max_members:
            found.append(f"{crew.members} of {crew.max_members} are in")
        if not admins:
            found.append("nobody is its admin")
        if db.session.scalar(select(func.count()).where(CrewInvitation.uses > CrewInvitation.most_uses)):
            found.append("a link let in more than it may")
        of_crew = select(Run.id).where(Run.crew_id == crew_id, Run.starts_at > clock.now(), Run.cancelled_at.is_(None))
        if crew.closed_at is not None and db.session.scalar(of_crew.limit(1)):
            found.append("it is closed, and has a run to come")
        shut_out = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == crew_id, CrewMembership.status == BANNED
        )
        places = select(Participation.id).where(
            Participation.run_id.in_(of_crew.where(Run.visibility == CREW)),
            *(Participation.person_id.in_(shut_out), Participation.status.in_(TAKING_PART)),
        )
        if db.session.scalar(places.limit(1)):
            found.append("who is banned has a place in a run for the crew")
        if db.session.scalar(of_crew.where(Run.organiser_id.in_(shut_out)).limit(1)):
            found.append("who is banned organises a run of the crew")
        return found


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_all_ways_into_a_crew_with_one_place_left(real_database: Flask, turn: int):
    with real_database.app_context():
        sara, reza, *others = (make_person() for _ in range(9))
        crew = make_crew(sara, reza, joining="open", is_listed=True, max_members=4, access_code=f"race{turn:04}")
        leaver = others.pop()
        add_member(crew, leaver)
        link = make_invitation(crew, sara, most_uses=1)
        number = make_number_invitation(crew, sara, others[3].phone)
        db.session.commit()
        crew_id, sara_id, reza_id, link_id, number_id = crew.id, sara.id, reza.id, link.id, number.id
        code, ids, leaver_id = crew.access_code, [one.id for one in others], leaver.id
        values = {name: getattr(crew, name) for name in ("name", "is_listed", "joining", "agreement")}
    deeds: Deeds = [
        lambda: memberships.join_crew(the(ids[0]), crew_id),
        lambda: memberships.use_invitation(the(ids[1]), link_id),
        lambda: memberships.use_invitation(the(ids[2]), link_id),
        lambda: number_invitations.accept(the(ids[3]), number_id, agrees=True),
        lambda: memberships.use_code(the(ids[4]), crew_id, code),
        lambda: memberships.join_crew(the(ids[5]), crew_id),
        lambda: memberships.leave_crew(the(leaver_id), crew_id),
        lambda: memberships.ban_member(the(sara_id), crew_id, ids[0], "Rude", 7),
        lambda: settings.change_crew(the(sara_id), crew_id, values | {"max_members": 3}),
        lambda: memberships.set_role(the(sara_id), crew_id, reza_id, ADMIN, []),
        lambda: memberships.leave_crew(the(sara_id), crew_id),
    ]
    at_once(real_database, deeds)
    assert wrong_with_crew(real_database, crew_id) == [], f"round {turn}"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_admins_who_both_go_and_make_the_other_a_member(real_database: Flask, turn: int):
    with real_database.app_context():
        crew = make_crew(make_person())
        add_member(crew, make_person(), role=ADMIN)
        db.session.commit()
        crew_id = crew.id
        one, other = db.session.scalars(select(CrewMembership.person_id).where(CrewMembership.crew_id == crew_id))
    deeds: Deeds = [
        lambda: memberships.set_role(the(one), crew_id, other, "member", []),
        lambda: memberships.set_role(the(other), crew_id, one, "member", []),
        lambda: memberships.leave_crew(the(one), crew_id),
        lambda: memberships.leave_crew(the(other), crew_id),
        lambda: memberships.remove_member(the(other), crew_id, one, "Rude"),
    ]
    at_once(real_database, deeds)
    assert wrong_with_crew(real_database, crew_id) == [], f"round {turn}"


def run_of(crew: Crew, **given: object) -> uuid.UUID:
    """Return the id of a run for a crew alone, by one of its members."""
    organiser = make_person()
    add_member(crew, organiser)
    return make_run(organiser, crew_id=crew.id, visibility=CREW, **given).id


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_runs_of_a_crew_while_people_are_banned_and_it_is_closed(real_database: Flask, turn: int):
    with real_database.app_context():
        sara, troll, *others = (make_person() for _ in range(5))
        crew = make_crew(sara, troll, *others)
        run_id, other_id = run_of(crew, capacity=2), run_of(crew)
        take_part(db.session.get_one(Run, run_id), others[0])
        series_run = first_run(troll, crew_id=crew.id, visibility=CREW)
        db.session.commit()
        crew_id, sara_id, troll_id, ids = crew.id, sara.id, troll.id, [one.id for one in others]
        series_id = series_run.series_id

    def publish() -> None:
        model = plans.plan_of(db.session.get_one(Run, run_id))
        publishing.publish(the(troll_id), replace(model, title="By who is banned"))

    def ban() -> None:
        memberships.ban_member(the(sara_id), crew_id, troll_id, "Rude", 7)
        db.session.commit()
        end_places_in_crew(crew_id, troll_id)

    def close() -> None:
        settings.close_crew(the(sara_id), crew_id)
        db.session.commit()
        end_runs_of_crew(crew_id, sara_id, cancels=turn % 2 == 0)

    deeds: Deeds = [
        lambda: joining.join_run(the(troll_id), run_id),
        lambda: joining.join_run(the(troll_id), other_id),
        lambda: joining.join_run(the(ids[1]), run_id),
        lambda: joining.leave_run(the(ids[0]), run_id),
        lambda: making.make_runs(series_id, 4),
        publish,
        ban,
        lambda: of_crews.take_out_run(the(sara_id), crew_id, other_id),
        *((close,) if turn % 3 else ()),
    ]
    at_once(real_database, deeds)
    with real_database.app_context():
        for one in (run_id, other_id):
            end_offers(one)
    assert wrong_with_crew(real_database, crew_id) == [], f"round {turn}"
    assert faults(real_database, [run_id, other_id]) == [], f"round {turn}"


def test_a_ban_waits_for_who_joins_a_run_at_this_instant(real_database: Flask):
    with real_database.app_context():
        sara, troll = make_person(), make_person()
        crew = make_crew(sara, troll)
        run_id = run_of(crew)
        db.session.commit()
        crew_id, sara_id, troll_id = crew.id, sara.id, troll.id

    def ban() -> None:
        memberships.ban_member(the(sara_id), crew_id, troll_id, "Rude", 7)
        db.session.commit()
        end_places_in_crew(crew_id, troll_id)

    with real_database.app_context():
        joining.join_run(the(troll_id), run_id)
        with waiting_for_us(real_database, ban):
            db.session.commit()
    assert wrong_with_crew(real_database, crew_id) == []


def test_the_end_of_a_crew_waits_for_who_publishes_in_it_at_this_instant(real_database: Flask):
    with real_database.app_context():
        sara, reza = make_person(), make_person()
        crew = make_crew(sara, reza)
        model = db.session.get_one(Run, run_of(crew, starts_at=clock.now() + timedelta(days=3)))
        db.session.commit()
        crew_id, sara_id, reza_id, plan = crew.id, sara.id, reza.id, plans.plan_of(model)

    def close() -> None:
        settings.close_crew(the(sara_id), crew_id)
        db.session.commit()
        end_runs_of_crew(crew_id, sara_id, cancels=False)

    with real_database.app_context():
        publishing.publish(the(reza_id), plan)
        with waiting_for_us(real_database, close):
            db.session.commit()
    assert wrong_with_crew(real_database, crew_id) == []
