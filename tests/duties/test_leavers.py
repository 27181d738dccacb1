"""Duties of people who no longer belong to the crew or the series: they end, and who has to know is told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hampa.crews.models import INACTIVE
from hampa.crews.queries.crews import membership_of
from hampa.duties.actions.schedules import free_places_of_leavers
from hampa.duties.models import Standby
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import Run
from tests.duties.test_duties import FIRST, stored, told
from tests.factories.base import made
from tests.factories.crews import add_member
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import take_part
from tests.factories.series import make_series


def test_who_leaves_the_crew_gives_up_what_is_to_come(crew, schedule, companion):
    make_booking(schedule, companion, FIRST)
    assert free_places_of_leavers() == 0
    membership_of(companion, crew.id).status = INACTIVE
    db.session.flush()
    assert free_places_of_leavers() == 1 and stored() == []


def test_who_loses_a_duty_with_their_crew_is_told_and_so_is_who_coordinates(page, crew, schedule, owner, companion):
    buddy, waiting, draft = make_person(), make_person(), FIRST + timedelta(days=1)
    add_member(crew, waiting)
    make_booking(schedule, companion, FIRST, buddy_id=buddy.id, buddy_confirmed_at=clock.now())
    make_booking(schedule, companion, draft, is_draft=True)
    made(Standby, schedule_id=schedule.id, starts_at=FIRST, person_id=waiting.id)
    membership_of(companion, crew.id).status = INACTIVE
    db.session.flush()
    assert free_places_of_leavers() == 2
    assert [told(one, "duty_news") for one in (companion, buddy, owner)] == [["ended"], ["ended"], ["freed"]]
    assert told(waiting, "duty_booked") == ["standby"] and told(waiting, "duty_news") == []
    assert "is no longer yours" in page.as_(companion).get("/notifications").words
    assert "Look who does it now" in page.as_(owner).get("/notifications").words
    assert free_places_of_leavers() == 0


def test_a_duty_of_a_series_ends_with_the_last_run_of_its_person_who_is_told(schedule, owner, companion):
    series = make_series(owner)
    run = db.session.scalars(select(Run).where(Run.series_id == series.id)).one()
    take_part(run, companion)
    make_booking(make_schedule(series_id=series.id), companion, FIRST)
    assert free_places_of_leavers() == 0
    db.session.scalars(select(Participation).where(Participation.person_id == companion.id)).one().status = COMPLETED
    db.session.flush()
    assert free_places_of_leavers() == 1 and stored() == []
    assert (told(companion, "duty_news"), told(owner, "duty_news")) == (["ended"], ["freed"])


def test_duties_of_a_crew_that_closes_are_cancelled(crew, schedule, owner, companion):
    make_booking(schedule, companion, FIRST)
    make_booking(schedule, owner, FIRST + timedelta(days=1), is_draft=True)
    made(Standby, schedule_id=schedule.id, starts_at=FIRST, person_id=owner.id)
    assert free_places_of_leavers() == 0
    crew.closed_at = clock.now()
    db.session.flush()
    assert free_places_of_leavers() == 2 and stored() == [], "nobody gets the place who waits for one"
    assert told(companion, "duty_news") == ["shift_cancelled"] and told(owner, "duty_booked") == []
    assert told(owner, "duty_news") == [], "of a draft nobody hears"
    assert free_places_of_leavers() == 0
