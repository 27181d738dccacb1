"""At one instant: fifty people and one place, two appeals, two publications."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from hampa.crews.models import CrewMembership
from hampa.duties.actions import booking, offers
from hampa.duties.models import Booking, Roster
from hampa.duty_appeals import actions as appeals
from hampa.duty_appeals.models import AppealChoice, Ask
from hampa.duty_rosters.actions import rosters
from hampa.duty_rosters.queries.owners import roster_owner
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.base import made
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule
from tests.factories.people import make_person
from tests.races import at_once

AT_ONCE = 50
WILLING = 10

pytestmark = pytest.mark.usefixtures("real_database")


def test_fifty_people_book_one_place_and_one_has_it_then_fifty_are_offered_it(app):
    with app.app_context():
        people = [make_person() for _each in range(AT_ONCE + 1)]
        ids = [person.id for person in people]
        schedule = make_schedule(make_crew(*people, max_members=100), rule="0 6 * * *", timezone="UTC")
        schedule_id, start = schedule.id, schedule.shift_rule.next_starts(clock.now(), 1)[0]
        db.session.commit()

    def book(person_id):
        return lambda: booking.book(db.session.get_one(Person, person_id), schedule_id, start)

    outcomes = Counter(at_once(app, [book(person_id) for person_id in ids[:AT_ONCE]]))
    assert outcomes == {"done": 1, "SlotTaken": AT_ONCE - 1}
    with app.app_context():
        (place,) = db.session.scalars(select(Booking).where(Booking.schedule_id == schedule_id))
        holder = db.session.get_one(Person, place.person_id)
        offer_id, holder_id = offers.offer(holder, place.id, "all").id, holder.id
        db.session.commit()

    def accept(person_id):
        return lambda: offers.answer(db.session.get_one(Person, person_id), offer_id, accepts=True)

    outcomes = Counter(at_once(app, [accept(person_id) for person_id in ids if person_id != holder_id]))
    assert outcomes["done"] == 1 and set(outcomes) == {"done", "OfferGone"}
    with app.app_context():
        (place,) = db.session.scalars(select(Booking).where(Booking.schedule_id == schedule_id))
        assert place.person_id != holder_id


def test_two_appeals_ask_nobody_twice_and_two_publications_tell_everybody_once(app):
    """Two schedules of one crew appeal for the same ten people, and its two admins publish one draft."""
    with app.app_context():
        people = [make_person() for _each in range(WILLING + 2)]
        crew = make_crew(*people, max_members=100)
        for membership in db.session.scalars(select(CrewMembership).where(CrewMembership.person_id == people[1].id)):
            membership.role = "admin"
        one, other = (make_schedule(crew, rule="0 6 * * *", timezone="UTC", max_people=5) for _each in range(2))
        start = one.shift_rule.next_starts(clock.now(), 1)[0]
        for person in people[2:]:
            made(AppealChoice, crew_id=crew.id, person_id=person.id)
        admins, schedules, crew_id = [person.id for person in people[:2]], [one.id, other.id], crew.id
        later = one.shift_rule.next_starts(clock.now(), 3)[2]
        owner, day = roster_owner(people[0], "crew", crew_id), later.date()
        rosters.draft(people[0], owner, day)
        booking.give_place(people[0], one.id, later, people[2].id)
        booking.give_place(people[1], other.id, later, people[3].id)
        db.session.commit()

    def appeal(admin_id, schedule_id):
        return lambda: appeals.appeal(db.session.get_one(Person, admin_id), schedule_id, start)

    outcomes = at_once(app, [appeal(*pair) for pair in zip(admins, schedules, strict=True)])
    with app.app_context():
        asked = list(db.session.scalars(select(Ask.person_id)))
    assert set(outcomes) <= {"done", "Refused"} and "done" in outcomes
    assert len(asked) == len(set(asked)) and len(asked) == WILLING

    def publish(admin_id):
        def deed():
            person = db.session.get_one(Person, admin_id)
            rosters.publish(person, roster_owner(person, "crew", crew_id), day)

        return deed

    assert at_once(app, [publish(admin_id) for admin_id in admins * 4]) == ["done"] * 8
    with app.app_context():
        roster = db.session.scalars(select(Roster)).one()
        told = Counter(db.session.scalars(select(Notification.person_id).where(Notification.type == "duty_roster")))
        assert roster.publications == 1 and len(told) == 2 and set(told.values()) == {1}
        assert not db.session.scalars(select(Booking.id).where(Booking.is_draft)).all()
