"""Reports of incidents: who writes and reads them, that they are only added to, and who takes a serious one over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hampa.blocks.actions import block
from hampa.crews.models import CrewMembership
from hampa.incidents import actions, jobs
from hampa.incidents.models import Incident, IncidentAlert, IncidentEntry, IncidentLook, IncidentPicture
from hampa.incidents.queries.alerts import next_due_alert
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.media.pictures import process_picture
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.files import sent
from tests.factories.incidents import make_incident
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.races import at_once
from tests.runs.test_photos import picture

NOON = datetime(2026, 12, 2, 9, tzinfo=UTC)
FELL = {
    "severity": "2",
    "category": "medical",
    "text": "She fell at the bridge <b>",
    "day": "2026-12-02",
    "at": "11:30",
    "place": "Tabiat bridge",
    "latitude": "35.7555",
    "longitude": "51.4203",
    "involved": "Mina and a cyclist",
    "action_taken": "We called 115",
}


def told(kind):
    """Return the ids of who was told, and the steps of those notifications."""
    rows = db.session.scalars(select(Notification).where(Notification.type == kind))
    return sorted((row.person_id, row.data.get("step")) for row in rows)


def test_a_serious_report_from_writing_to_looking(page, owner, companion, stranger, operator):
    """Five viewers: nobody, a stranger, who wrote it and is in the crew, the admin of the crew, an operator."""
    crew = make_crew(owner, companion, name="Dawn Patrol")
    moderator, hurt = (
        make_person(),
        make_person(name="Mina Shams", emergency_name="Maman", emergency_phone="+989120000777"),
    )
    add_member(crew, moderator, role="moderator")
    add_member(crew, hurt)
    new = f"/incidents/new?crew={crew.id}"
    with clock.frozen(NOON):
        page.as_(stranger).get(new, 404)
        writer, admin = page.as_(companion), page.as_(owner)
        wrong = writer.post(new, FELL | {"severity": "3", "text": "", "longitude": ""}, 422)
        assert "We called 115" in wrong.text
        assert writer.post(new, FELL | {"at": "23:30"}, 422).text.count("still to come") == 1
        path = writer.post(new, FELL, 303).location
        assert path.startswith("/incidents/")
        incident = db.session.scalars(select(Incident)).one()
        assert incident.crew_id == crew.id
        assert incident.occurred_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
        assert told("incident_alert") == [(owner.id, 0)]
        assert page.as_(None).get(path).status == 303
        page.as_(stranger).get(path, 404)
        shown = admin.get(path, 200)
        assert "She fell at the bridge &lt;b&gt;" in shown.text
        assert "35.75550,51.42030" in shown.text
        assert path in admin.get("/incidents/all?severity=2&category=medical", 200).text
        assert path not in admin.get("/incidents/all?severity=1", 200).text
        assert path not in admin.get("/incidents/all?from=2026-12-03", 200).text
        assert path in page.as_(moderator).get("/incidents/all?view=map", 200).text
        assert path in writer.get("/incidents", 200).text
        assert path not in writer.get("/incidents/all", 200).text
        writer.post(f"{path}/take", {}, 403)
        details = f"{path}/people/{hurt.id}/details"
        assert "Mina Shams" in admin.get(f"{path}?who=mina", 200).text
        page.as_(operator).post(f"{path}/people", {"person_id": str(stranger.id)}, 404)
        page.as_(operator).post(f"{path}/people", {"person_id": str(hurt.id)}, 303)
        admin.get(details, 403)
        admin.post(f"{path}/take", {}, 303)
        page.as_(operator).post(f"{path}/take", {}, 303)
        assert "You have it" in admin.get(path, 200).text
        assert told("incident_taken") == [(companion.id, None)]
        page.as_(operator).get(details, 403)
        assert "+98 912 000 0777" not in admin.get(details, 200).words
        admin.post(details, {}, 303)
        assert "Maman" in admin.get(details, 200).words
        assert told("incident_looked") == [(hurt.id, None)]
        admin.post(f"{path}/entries", {"text": "The ambulance is here"}, 303)
        assert "The ambulance is here" in writer.get(path, 200).text
        assert told("incident_added") == [(companion.id, None)]
    with clock.frozen(NOON + timedelta(hours=2)):
        assert "Maman" not in admin.get(details, 200).words
        assert owner.name in admin.get(path, 200).text
    with clock.frozen(NOON + timedelta(days=731)):
        admin = page.as_(owner)
        assert path not in admin.get("/incidents/all", 200).text
        assert path in admin.get("/incidents/all?archive=1", 200).text


def test_a_report_is_added_to_and_never_rewritten(page, owner, companion):
    crew = make_crew(owner, companion)
    where = {"place": "Gate 3", "latitude": 35.7, "longitude": 51.4}
    incident = make_incident(companion, owner, crew_id=crew.id, severity=1, involved="Two of us", **where)
    entry = actions.add_entry(companion, incident.id, "It was the left knee")
    look = IncidentLook(incident_id=incident.id, person_id=companion.id, looker_id=owner.id)
    db.session.add(look)
    db.session.flush()
    for statement in (
        update(Incident).values(text="Nothing happened"),
        update(Incident).values(place=""),
        update(Incident).values(severity=0),
        delete(Incident).where(Incident.id == incident.id),
        update(IncidentEntry).where(IncidentEntry.id == entry.id).values(text="It was nothing"),
        delete(IncidentEntry).where(IncidentEntry.id == entry.id),
        delete(IncidentLook).where(IncidentLook.id == look.id),
    ):
        with pytest.raises(DBAPIError, match="never rewritten"), db.session.begin_nested():
            db.session.execute(statement.execution_options(synchronize_session=False))
    with pytest.raises(IntegrityError, match="ck_incidents_severity"), db.session.begin_nested():
        make_incident(companion, severity=3)
    privacy_registry.erase(companion)
    db.session.expire_all()
    assert (incident.text, incident.place, incident.involved, incident.latitude) == ("A sign was missing", "", "", None)
    with pytest.raises(DBAPIError, match="never rewritten"), db.session.begin_nested():
        db.session.execute(update(Incident).values(text="").execution_options(synchronize_session=False))
    assert db.session.scalars(select(IncidentLook)).all() == []


def test_it_is_told_again_until_somebody_has_it(owner, companion, operator):
    run = make_run(owner)
    take_part(run, companion)
    companion.emergency_name, companion.emergency_phone = "Maman", "+989120000778"
    plan = {"severity": 2, "category": "medical", "text": "A fall", "concerns_me": True}
    with clock.frozen(NOON):
        ground = actions.Ground(run=run)
        first = actions.report_incident(companion, ground, actions.IncidentPlan(**plan, occurred_at=NOON))
        second = actions.report_incident(companion, ground, actions.IncidentPlan(**plan, occurred_at=NOON))
        actions.take_over(owner, second.id)
    expected = [(owner.id, 0), (owner.id, 0)]
    for minutes, more, contacts in (
        (9, [], 0),
        (11, [(owner.id, 1)], 0),
        (21, [(owner.id, 2), (operator.id, 2)], 0),
        (31, [(owner.id, 3), (operator.id, 3)], 1),
        (300, [], 1),
    ):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            while (alert := next_due_alert()) is not None:
                assert alert.incident_id == first.id
                actions.advance_alert(alert)
        expected += more
        assert told("incident_alert") == sorted(expected), minutes
        sent = select(OutboxMessage).where(OutboxMessage.recipient == "+989120000778")
        assert len(db.session.scalars(sent).all()) == contacts
    texts = db.session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "sms")).all()
    assert owner.phone in texts


def test_who_is_concerned_by_a_quarrel_does_not_read_it_nor_is_told(page, owner, companion, operator):
    crew = make_crew(owner, companion)
    other = make_person()
    add_member(crew, other, role="admin")
    quarrel = make_incident(companion, owner, crew_id=crew.id, severity=2, category="dispute", text="He shouted")
    page.as_(owner).get(f"/incidents/{quarrel.id}", 404)
    assert "He shouted" in page.as_(other).get("/incidents/all", 200).text
    assert "He shouted" not in page.as_(owner).get("/incidents/all", 200).text
    actions.advance_alert(alert_of(quarrel))
    assert told("incident_alert") == [(other.id, 1)]
    block(other, companion.id)
    assert companion.name not in page.as_(other).get(f"/incidents/{quarrel.id}", 200).text


def alert_of(incident):
    return db.session.scalars(select(IncidentAlert).where(IncidentAlert.incident_id == incident.id)).one()


def test_the_week_is_reviewed_on_its_first_morning(page, owner, companion, operator, stranger):
    """2026-12-05 is a Saturday, with which the week begins in Persian, 2026-12-07 a Monday."""
    owner.locale, operator.locale = "fa", "en"
    crew = make_crew(owner, companion)
    with clock.frozen(NOON):
        make_incident(companion, crew_id=crew.id, severity=1, is_near_miss=True)
        make_incident(companion, crew_id=crew.id, severity=2)
        run = make_run(owner)
        helper = add_organiser(run, make_person(locale="fa"))
        make_incident(companion, run_id=run.id, severity=1)
    both = sorted([owner.id, helper.id])
    saturday = datetime(2026, 12, 5, 4, 45, tzinfo=UTC)
    for moment, expected in (
        (saturday - timedelta(hours=1), []),
        (saturday, both),
        (saturday + timedelta(hours=1), both),
        (saturday + timedelta(days=2, hours=3), sorted([*both, operator.id])),
    ):
        with clock.frozen(moment):
            jobs.review_week()
            assert [person_id for person_id, _step in told("incident_review")] == expected
    with clock.frozen(saturday):
        shown = page.as_(owner).get("/incidents/review", 200)
        assert "۲" in shown.words
        assert "A quiet week" in page.as_(stranger).get("/incidents/review", 200).text


def test_those_on_duty_are_told_and_may_take_it_over(page, owner, companion):
    crew = make_crew(owner, companion)
    marshal, tomorrow, cancelled = make_person(), make_person(), make_person()
    for one in (marshal, tomorrow, cancelled):
        add_member(crew, one)
    schedule = make_schedule(crew, name="Marshal at the bridge", max_people=5, rule="30 11 * * *")
    began = NOON - timedelta(hours=1)
    booking = make_booking(schedule, companion, began)
    make_booking(schedule, marshal, began, place=2)
    make_booking(schedule, tomorrow, NOON + timedelta(days=1))
    make_booking(schedule, cancelled, began, place=3, cancelled_at=NOON)
    with clock.frozen(NOON):
        new = f"/incidents/new?booking={booking.id}"
        assert "Marshal at the bridge" in page.as_(companion).get(new, 200).text
        page.as_(marshal).get(new, 404)
        shift = page.as_(companion).get(f"/duties/bookings/{booking.id}", 303).location
        assert new in page.as_(companion).get(shift, 200).text
        path = page.as_(companion).post(new, FELL, 303).location
        assert told("incident_alert") == sorted([(owner.id, 0), (marshal.id, 0)])
        assert path in page.as_(owner).get(f"/incidents/all?schedule={schedule.id}", 200).text
        page.as_(tomorrow).get(path, 404)
        page.as_(cancelled).get(path, 404)
        page.as_(marshal).post(f"{path}/take", {}, 303)
        assert "You have it" in page.as_(marshal).get(path, 200).text


def test_photos_are_for_who_reads_the_report(page, owner, companion, stranger):
    crew = make_crew(owner, companion)
    form = {"severity": "0", "category": "operational", "text": "Ice on the path", "day": "2026-11-24", "at": "05:00"}
    path = (
        page.as_(companion).post(f"/incidents/new?crew={crew.id}", form | {"photos": [sent(picture())]}, 303).location
    )
    assert "being prepared" in page.as_(companion).get(path, 200).text
    [photo] = db.session.scalars(select(IncidentPicture)).all()
    process_picture("incident_pictures", photo.id, photo.upload)
    [photo] = db.session.scalars(select(IncidentPicture)).all()
    file = f"{path}/photos/{photo.id}/{photo.widths[0]}.webp"
    assert file in page.as_(owner).get(path, 200).text
    page.as_(owner).get(file, 200)
    page.as_(stranger).get(file, 404)
    page.as_(owner).get(f"{path}/photos/{photo.id}/399.webp", 404)
    more = {"photos": [sent(picture(400 + at)) for at in range(6)]}
    assert "5" in page.as_(owner).post(f"{path}/photos", more, 422).error_of("photos")


def test_programs_report_and_take_over(program, owner, companion, operator):
    crew = make_crew(owner, companion)
    body = {"severity": 2, "category": "medical", "text": "A fall", "occurred_at": "2026-11-24T05:00:00Z"}
    writer, admin = program.as_(companion), program.as_(owner)
    writer.post("/incidents", body | {"severity": 3, "crew_id": str(crew.id)}, 422)
    writer.post("/incidents", body | {"latitude": 35.7}, 422)
    told_of = writer.post("/incidents", body | {"crew_id": str(crew.id)}, 201).data
    path = f"/incidents/{told_of['id']}"
    assert [one["id"] for one in admin.get("/incidents?severity=2&category=medical", 200).data] == [told_of["id"]]
    assert admin.get("/incidents?to=2026-01-01", 200).data == []
    program.as_(companion, "incidents:read").post(f"{path}/entries", {"text": "More"}, 403)
    assert admin.post(f"{path}/take", {}, 200).data["taken_by"]["id"] == str(owner.id)
    program.as_(operator).post(f"{path}/take", {}, 409)
    assert writer.get("/me/incidents", 200).data[0]["is_waiting"] is False


def test_the_first_of_many_has_it(real_database: Flask):
    with real_database.app_context():
        owner = make_person()
        people = [make_person() for _each in range(6)]
        crew = make_crew(owner, *people)
        for one in people:
            db.session.execute(
                update(CrewMembership)
                .where(CrewMembership.person_id == one.id)
                .values(role="admin", version=CrewMembership.version)
            )
        incident_id = make_incident(owner, crew_id=crew.id, severity=2).id
        ids = [one.id for one in people]
        db.session.commit()

    def take(person_id):
        return lambda: actions.take_over(db.session.get_one(Person, person_id), incident_id)

    ends = at_once(real_database, [take(one) for one in ids])
    assert sorted(ends) == [Conflict.__name__] * 5 + ["done"]
    with real_database.app_context():
        alert = db.session.scalars(select(IncidentAlert)).one()
        assert alert.taken_by_id == ids[ends.index("done")]
        assert alert.next_at is None
