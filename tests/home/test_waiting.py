"""What may wait for a person is asked first: that question must hold whenever something waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.coaching.models.athletes import RIGHTS, Coach
from hampa.duty_appeals.models import Appeal, Ask
from hampa.invites.models import RunInvite
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.answers import ANSWERS
from hampa.platform.db import db
from hampa.platform.web import slots
from hampa.runs.models.run import PaceGroup
from hampa.training.models.plans import INVITED, PlanMember
from tests.account.full_person import make_full_person
from tests.factories.base import made
from tests.factories.cards import make_card, make_interest
from tests.factories.coaching import make_athlete
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.training import make_plan


@pytest.fixture
def somebody(setting):
    """Return somebody for whom, with the people around them, something of most kinds waits."""
    person, friend = make_person(), make_full_person().friend
    make_interest(friend, make_card(person))
    take_part(make_run(friend), person, "OFFERED", offer_ends_at=clock.now() + timedelta(hours=5))
    take_part(make_run(person, join_policy="approval"), friend, "REQUESTED")
    made(RunInvite, run_id=make_run(friend).id, person_id=person.id, asker_id=friend.id)
    made(PlanMember, plan_id=make_plan(friend).id, person_id=person.id, status=INVITED)
    group = {"position": 0, "name": "Easy", "pace": 360, "leader_id": person.id, "leader_asker_id": friend.id}
    made(PaceGroup, run_id=make_run(friend).id, **group)
    chosen = dict.fromkeys(RIGHTS, False)
    further = {"role": "assistant"} | chosen
    made(Coach, athlete_id=make_athlete(friend, person).id, coach_id=make_person().id, seen_at=clock.now(), **further)
    made(Coach, athlete_id=make_athlete(friend, make_person()).id, coach_id=person.id, **further)
    schedule = make_schedule(make_crew(friend, person))
    starts_at = schedule.shift_rule.next_starts(clock.now(), 1)[0]
    at = {"schedule_id": schedule.id, "starts_at": starts_at, "begins_at": starts_at, "day": starts_at.date()}
    made(Ask, appeal_id=made(Appeal, **at, author_id=friend.id).id, person_id=person.id)
    return person


def test_what_may_wait_holds_for_everybody_for_whom_something_waits(app, somebody):
    now, waits, wrong = clock.now(), set(), []
    with app.test_request_context():
        functions = slots.contributions(ANSWERS)
    for person in db.session.scalars(select(Person)).all():
        kinds = [function(person=person, now=now) for function in functions]
        row = db.session.execute(select(*(one for kind in kinds for one in (kind.query.exists(), kind.waits)))).one()
        for kind, something, may in zip(kinds, row[::2], row[1::2], strict=True):
            waits |= {kind.name} if something else set()
            wrong += [(kind.name, person.name)] if something and not may else []
    assert wrong == []
    assert {kind.name for kind in kinds if kind.may_wait is not None} <= waits, "of each such kind something waits"
