"""Appeals: who is asked, how often, in which order; answering in one tap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.crews.actions.memberships import leave_crew
from hampa.duties.actions.booking import book
from hampa.duties.models import Booking, ShiftChange
from hampa.duty_appeals import jobs
from hampa.duty_appeals.actions import answer, appeal, change_settings
from hampa.duty_appeals.models import Appeal, AppealChoice, Ask
from hampa.duty_rosters.actions.rosters import draft
from hampa.duty_rosters.queries.owners import roster_owner
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound, Refused
from tests.duty_appeals.conftest import SATURDAY
from tests.factories.base import made
from tests.factories.crews import add_member
from tests.factories.people import make_person

EIGHT = datetime(2026, 12, 5, 4, 30, tzinfo=UTC)
TOKEN = "20261205T043000Z"


def asked() -> list[str]:
    return sorted(db.session.scalars(select(Ask.person_id)))


@pytest.fixture
def willing(crew):
    """Return five members who want to be asked, the first never asked, the others longer and longer ago."""
    people = []
    for number in range(5):
        person = make_person(name=f"Willing {number}")
        add_member(crew, person)
        ago = clock.now() - timedelta(days=100 - number) if number else None
        made(AppealChoice, crew_id=crew.id, person_id=person.id, asked_at=ago)
        people.append(person)
    return people


def test_a_coordinator_asks_those_who_want_it_and_one_tap_takes_the_place(
    page, crew, duties, owner, companion, stranger
):
    marshal, grid = duties["marshal"], f"/rosters/crew/{crew.id}"
    shift = f"/schedules/{marshal.id}/shifts/{TOKEN}"
    page.as_(owner).get(shift, 200).form(f"{shift}/appeals").submit(status=303)
    assert asked() == []  # nobody wants to be asked
    page.as_(companion).get(grid, 200).form(f"{grid}/asks").submit(status=303)
    assert "We ask you when a shift needs people" in page.as_(companion).get(grid, 200).words
    form = page.as_(owner).get(f"{grid}/appeals", 200).form(f"{grid}/appeals")
    assert form.fill(most="0").submit(status=422).error_of("most")
    form.fill(most="3", every_days="7").submit(status=303)
    for person, status in ((companion, 403), (stranger, 404), (None, 303)):
        page.as_(person).post(f"{shift}/appeals", {}, status)
    page.as_(owner).get(shift, 200).form(f"{shift}/appeals").submit(status=303)
    assert asked() == [companion.id]
    assert "1 person was asked" in page.as_(owner).get(shift, 200).words
    assert "1 person was asked" not in page.as_(companion).get(shift, 200).words
    made_id = db.session.scalars(select(Appeal.id)).one()
    assert "Somebody is needed: The marshal" in page.as_(companion).get("/notifications", 200).words
    assert "Somebody is needed: The marshal" in page.as_(companion).get("/", 200).words
    for person in (stranger, owner):
        page.as_(person).post(f"/duties/appeals/{made_id}", {"accept": "1"}, 404)
    page.as_(companion).post(f"/duties/appeals/{made_id}", {"accept": "1"}, 303)
    page.as_(companion).post(f"/duties/appeals/{made_id}", {"accept": "1"}, 303)
    assert db.session.scalars(select(Booking.person_id)).all() == [companion.id]
    assert "Somebody is needed" not in page.as_(companion).get("/", 200).words
    assert "1 took a place" in page.as_(owner).get(shift, 200).words
    # Asked once in seven days, also by who leaves the list and comes back.
    for _twice in range(2):
        page.as_(companion).get(grid, 200).form(f"{grid}/asks").submit(status=303)
    assert db.session.scalars(select(AppealChoice.asked_at)).one() is not None


def test_who_is_asked_is_eligible_and_least_lately_asked(crew, duties, owner, companion, willing):
    mine = roster_owner(owner, "crew", crew.id)
    change_settings(owner, mine, is_automatic=False, every_days=14, most=2)
    with pytest.raises(Forbidden):
        appeal(companion, duties["marshal"].id, EIGHT)
    with pytest.raises(NotFound):
        appeal(make_person(), duties["marshal"].id, EIGHT)
    with pytest.raises(Refused):
        appeal(owner, duties["first_aid"].id, EIGHT)  # nobody is qualified
    block(willing[1], owner.id)
    book(willing[2], duties["leader"].id, EIGHT)
    assert appeal(owner, duties["marshal"].id, EIGHT) == 2
    assert asked() == sorted([willing[0].id, willing[3].id])
    assert appeal(owner, duties["marshal"].id, EIGHT) == 1
    assert asked() == sorted([willing[0].id, willing[3].id, willing[4].id])
    with pytest.raises(Refused):
        appeal(owner, duties["marshal"].id, EIGHT)
    with pytest.raises(Refused):
        appeal(owner, duties["leader"].id, EIGHT)
    draft(owner, mine, SATURDAY)
    with pytest.raises(Refused):
        appeal(owner, duties["sweep"].id, EIGHT + timedelta(hours=2))
    told = select(Notification.person_id).where(Notification.type == "duty_appeal")
    assert sorted(db.session.scalars(told)) == asked()


def test_the_worker_asks_for_a_shift_that_was_moved_and_a_yes_takes_it_where_it_is(crew, duties, owner, willing):
    change_settings(owner, roster_owner(owner, "crew", crew.id), is_automatic=True, every_days=1, most=1)
    duties["leader"].min_people = duties["marshal"].min_people = duties["first_aid"].min_people = 0
    at = EIGHT - timedelta(days=3)
    made(ShiftChange, schedule_id=duties["sweep"].id, starts_at=EIGHT + timedelta(hours=2), moved_to=at)
    jobs.appeal()
    (row,) = db.session.scalars(select(Appeal))
    assert (row.starts_at, row.begins_at) == (EIGHT + timedelta(hours=2), at)
    person = db.session.get_one(Person, asked()[0])
    booking = answer(person, row.id, accepts=True)
    assert (booking.schedule_id, booking.starts_at, booking.begins_at) == (row.schedule_id, row.starts_at, at)


def test_the_worker_asks_once_a_day_where_coordinators_want_it(crew, duties, owner, willing):
    jobs.appeal()
    assert asked() == []
    change_settings(owner, roster_owner(owner, "crew", crew.id), is_automatic=True, every_days=1, most=1)
    jobs.appeal()
    assert asked() == []  # not within the warning of three days
    with clock.frozen(EIGHT - timedelta(days=2)):
        jobs.appeal()
        jobs.appeal()
        shifts = {(row.schedule_id, row.is_automatic) for row in db.session.scalars(select(Appeal))}
        assert len(shifts) == len(asked()) == 3  # leader, marshal, sweep; for first aid nobody is qualified
    with clock.frozen(EIGHT - timedelta(hours=20)):
        jobs.appeal()
        pairs = db.session.execute(
            select(Appeal.schedule_id, Ask.person_id).join(Ask, Ask.appeal_id == Appeal.id)
        ).all()
        assert len(pairs) == len(set(pairs)) == 6  # nobody twice for one shift


def test_who_left_the_crew_is_asked_no_more(page, crew, duties, owner, companion):
    made(AppealChoice, crew_id=crew.id, person_id=companion.id)
    appeal(owner, duties["marshal"].id, EIGHT)
    db.session.commit()
    browser, asked_by = page.as_(companion), f"/duties/appeals/{db.session.scalars(select(Appeal.id)).one()}"
    assert "Somebody is needed: The marshal" in browser.get("/", 200).words
    browser.get(asked_by, 303)
    leave_crew(companion, crew.id)
    db.session.commit()
    assert "Somebody is needed" not in browser.get("/", 200).words
    browser.get(asked_by, 404)
    for accepts in "01":
        browser.post(asked_by, {"accept": accepts}, 404)
