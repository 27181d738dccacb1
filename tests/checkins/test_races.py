"""Fifty equal check-ins at one instant: one is stored (figure 34), and the period of the crew is noted once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.checkins import actions
from hampa.checkins.models import CheckIn
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.trends.actions import publish_numbers
from hampa.trends.models import CrewNumbers
from tests.factories.checkins import SCORES
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.races import at_once

AT_ONCE = 50
ANSWERS = {**SCORES, "note": "", "mood": "", "energy": None, "health": "well", "sharing": "numbers"}

pytestmark = pytest.mark.usefixtures("real_database")


def test_fifty_equal_check_ins_are_one(app):
    with app.app_context():
        person = make_person()
        person_id, crew_id = person.id, make_crew(person).id
        db.session.commit()

    def check_in():
        actions.check_in(db.session.get_one(Person, person_id), crew_id, None, ANSWERS)

    outcomes = at_once(app, [check_in] * AT_ONCE)
    assert sorted(set(outcomes)) == ["DuplicateCheckIn", "done"] and outcomes.count("done") == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(CheckIn.person_id == person_id)) == 1


def test_many_first_answers_note_one_period_which_is_published_once(app):
    with app.app_context():
        people = [make_person() for _each in range(12)]
        ids, crew_id = [person.id for person in people], make_crew(*people).id
        db.session.commit()

    def check_in(person_id):
        return lambda: actions.check_in(db.session.get_one(Person, person_id), crew_id, None, ANSWERS)

    assert at_once(app, [check_in(person_id) for person_id in ids]) == ["done"] * len(ids)
    with app.app_context():
        db.session.execute(CrewNumbers.__table__.update().values(ends_at=func.now() - func.make_interval(0, 0, 0, 3)))
        db.session.commit()
    decided: list[int] = []
    assert at_once(app, [lambda: decided.append(publish_numbers(100))] * 4) == ["done"] * 4
    with app.app_context():
        (numbers,) = db.session.scalars(select(CrewNumbers).where(CrewNumbers.crew_id == crew_id))
        assert (sum(decided), numbers.answers, float(numbers.score)) == (1, 10, 12.0)
