"""Reports of incidents attacked: as a way to numbers, to names, to alarms, and by many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.crews.actions.memberships import ban_member
from hampa.incidents import actions
from hampa.incidents.models import Incident, IncidentAlert, IncidentEntry, IncidentPerson
from hampa.incidents.queries import reading
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.incidents import make_incident
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.races import at_once

NOON = datetime(2026, 12, 2, 9, tzinfo=UTC)
FELL = {"severity": "2", "category": "medical", "text": "She fell", "day": "2026-12-02", "at": "11:30"}


def with_contact(name: str, phone: str) -> Person:
    return make_person(name=name, emergency_name="Maman", emergency_phone=phone)


def test_nobody_opens_numbers_by_a_report_of_their_own(page, owner, companion, operator):
    target, teller = with_contact("Mina Shams", "+989120000777"), make_person()
    crew = make_crew(owner, companion)
    for one in (target, teller):
        add_member(crew, one)
    with clock.frozen(NOON):
        admin = page.as_(owner)
        path = admin.post(f"/incidents/new?crew={crew.id}", FELL, 303).location
        admin.post(f"{path}/people", {"person_id": str(target.id)}, 303)
        admin.post(f"{path}/take", {}, 303)
        details = f"{path}/people/{target.id}/details"
        admin.get(details, 403)
        admin.post(details, {}, 403)

        path = page.as_(companion).post(f"/incidents/new?crew={crew.id}", FELL, 303).location
        admin.post(f"{path}/take", {}, 303)
        admin.post(f"{path}/people", {"person_id": str(target.id)}, 303)
        admin.post(f"{path}/people/{target.id}/details", {}, 403)

        path = page.as_(target).post(f"/incidents/new?crew={crew.id}", FELL | {"concerns_me": "1"}, 303).location
        admin.post(f"{path}/take", {}, 303)
        details = f"{path}/people/{target.id}/details"
        admin.post(details, {}, 303)
        assert "000 0777" in admin.get(details, 200).words

        path = page.as_(operator).post("/incidents/new", FELL, 303).location
        made(IncidentPerson, incident_id=path[-36:], person_id=target.id, added_by_id=operator.id)
        page.as_(operator).post(f"{path}/take", {}, 303)
        page.as_(operator).post(f"{path}/people/{target.id}/details", {}, 303)


@pytest.mark.parametrize(("hours", "status"), [(1, 303), (48, 403)])
def test_an_organiser_opens_at_the_time_of_the_run_alone(page, owner, hours, status):
    target = with_contact("Mina Shams", "+989120000778")
    with clock.frozen(NOON - timedelta(days=3)):
        run = make_run(owner, starts_at=NOON + timedelta(hours=hours))
        take_part(run, target)
        run.starts_stood_since = NOON - timedelta(days=3)
    with clock.frozen(NOON):
        path = page.as_(owner).post(f"/incidents/new?run={run.id}", FELL, 303).location
        page.as_(owner).post(f"{path}/people", {"person_id": str(target.id)}, 303)
        page.as_(owner).post(f"{path}/take", {}, 303)
        page.as_(owner).post(f"{path}/people/{target.id}/details", {}, status)


def test_who_is_banned_reads_and_finds_nobody_by_old_duties_and_reports(page, owner, companion):
    marshal = make_person(name="Marshal")
    crew = make_crew(owner, companion)
    add_member(crew, marshal)
    with clock.frozen(NOON):
        schedule = make_schedule(crew, rule="30 11 * * *", max_people=3)
        booking = make_booking(schedule, marshal, NOON - timedelta(hours=1))
        own = make_incident(marshal, crew_id=crew.id, schedule_id=schedule.id)
        other = make_incident(companion, crew_id=crew.id, severity=2)
        viewer = page.as_(marshal)
        viewer.get(f"/incidents/{other.id}", 200)
        viewer.get(f"/incidents/new?booking={booking.id}", 200)
        assert companion.name in viewer.get(f"/incidents/{own.id}?who=", 200).text
        ban_member(owner, crew.id, marshal.id, "", None)
        viewer.get(f"/incidents/{other.id}", 404)
        viewer.get(f"/incidents/new?booking={booking.id}", 404)
        viewer.post(f"/incidents/new?booking={booking.id}", FELL, 404)
        shown = viewer.get(f"/incidents/{own.id}?who=", 200).text
        assert companion.name not in shown and str(companion.id) not in shown
        viewer.post(f"/incidents/{own.id}/people", {"person_id": str(companion.id)}, 404)


def test_a_buddy_who_has_not_said_yes_reports_nothing(page, owner, companion, stranger):
    with clock.frozen(NOON):
        schedule = make_schedule(make_crew(owner, companion), rule="30 11 * * *")
        booking = make_booking(schedule, companion, NOON - timedelta(hours=1), buddy_id=stranger.id)
        page.as_(stranger).get(f"/incidents/new?booking={booking.id}", 404)
        booking.buddy_confirmed_at = NOON
        db.session.flush()
        page.as_(stranger).get(f"/incidents/new?booking={booking.id}", 200)
        booking.cancelled_at = NOON
        db.session.flush()
        page.as_(stranger).get(f"/incidents/new?booking={booking.id}", 404)


def test_one_person_alarms_few_families_and_writes_so_much_a_day(owner, companion, monkeypatch):
    monkeypatch.setattr(actions, "MOST_ENTRIES_A_DAY", 3)
    run = make_run(owner)
    with clock.frozen(NOON):
        incident = make_incident(companion, run_id=run.id, severity=2)
        for each in range(8):
            hurt = with_contact(f"Runner {each}", f"+9891200010{each:02}")
            made(IncidentPerson, incident_id=incident.id, person_id=hurt.id, added_by_id=companion.id)
        alert = db.session.scalars(select(IncidentAlert)).one()
        alert.steps = 2
        actions.advance_alert(alert)
        sent = select(func.count()).where(OutboxMessage.recipient.like("+9891200010%"))
        assert db.session.scalar(sent) == actions.MOST_CONTACTS_A_DAY
        for _each in range(3):
            actions.add_entry(companion, incident.id, "More")
        with pytest.raises(TooFast):
            actions.add_entry(companion, incident.id, "More")


def test_positions_times_and_words_that_hide_something_are_refused(program, companion):
    his = program.as_(companion)
    body = {"severity": 0, "category": "medical", "text": "A fall", "occurred_at": "2026-11-24T05:00:00Z"}
    for wrong in (
        {"latitude": float("nan"), "longitude": float("nan")},
        {"latitude": float("inf"), "longitude": 0.0},
        {"latitude": 1e308, "longitude": 0.0},
        {"occurred_at": "9999-12-31T23:59:59-14:00"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
        {"person_id": str(companion.id)},
        {"text": "\u202efdp.exe"},
        {"place": "Gate \u202d7"},
        {"involved": "\u202eanim"},
        {"action_taken": "\u202enone"},
        {"text": " \u200b\n "},
        {"created_at": "2020-01-01T00:00:00Z"},
    ):
        his.post("/incidents", body | wrong, 422)
    assert db.session.scalar(select(func.count(Incident.id))) == 0
    his.post("/incidents", body | {"place": "Gate\r\nX-Evil: 1", "involved": "A\nB"}, 201)
    incident = db.session.scalars(select(Incident)).one()
    assert (incident.place, incident.involved) == ("Gate X-Evil: 1", "A B")


def test_many_at_once_add_no_more_than_fits(real_database: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "ENTRIES_SHOWN", 3)
    with real_database.app_context():
        people = [make_person() for _each in range(10)]
        crew = make_crew(people[0])
        for one in people[1:]:
            add_member(crew, one, role="admin")
        incident_id, ids = make_incident(people[0], crew_id=crew.id).id, [one.id for one in people]
        db.session.commit()

    def add(person_id):
        return lambda: actions.add_entry(db.session.get_one(Person, person_id), incident_id, "More")

    ends = at_once(real_database, [add(one) for one in ids])
    assert sorted(ends) == ["Refused"] * 7 + ["done"] * 3
    with real_database.app_context():
        assert db.session.scalar(select(func.count(IncidentEntry.id))) == 3
