"""Fifty people at one instant: one has the place, or the offered duty."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from hampa.duties.actions import booking as actions, offers
from hampa.duties.models import Booking
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule
from tests.factories.people import make_person
from tests.races import at_once

AT_ONCE = 50

pytestmark = pytest.mark.usefixtures("real_database")


def test_fifty_people_book_one_place_and_one_has_it_then_fifty_are_offered_it(app):
    with app.app_context():
        people = [make_person() for _each in range(AT_ONCE + 1)]
        ids = [person.id for person in people]
        schedule = make_schedule(make_crew(*people, max_members=100), rule="0 6 * * *", timezone="UTC")
        schedule_id, start = schedule.id, schedule.shift_rule.next_starts(clock.now(), 1)[0]
        db.session.commit()

    def book(person_id):
        return lambda: actions.book(db.session.get_one(Person, person_id), schedule_id, start)

    outcomes = Counter(at_once(app, [book(person_id) for person_id in ids[:AT_ONCE]]))
    assert outcomes == {"done": 1, "SlotTaken": AT_ONCE - 1}
    with app.app_context():
        (booking,) = db.session.scalars(select(Booking).where(Booking.schedule_id == schedule_id))
        holder = db.session.get_one(Person, booking.person_id)
        offer_id, holder_id = offers.offer(holder, booking.id, "all").id, holder.id
        db.session.commit()

    def accept(person_id):
        return lambda: offers.answer(db.session.get_one(Person, person_id), offer_id, accepts=True)

    outcomes = Counter(at_once(app, [accept(person_id) for person_id in ids if person_id != holder_id]))
    assert outcomes["done"] == 1 and set(outcomes) == {"done", "OfferGone"}
    with app.app_context():
        (booking,) = db.session.scalars(select(Booking).where(Booking.schedule_id == schedule_id))
        assert booking.person_id != holder_id
