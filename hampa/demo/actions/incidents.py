"""Reports of incidents in the crews of the demo."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.models import ACTIVE, MEMBER, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.incidents.models import INCIDENT, Incident, IncidentAlert, IncidentEntry
from hampa.platform import clock
from hampa.platform.db import db

TAKEN_AFTER, ADDED_AFTER = timedelta(minutes=4), timedelta(hours=9)


def make_incidents() -> None:
    """Add the reports of each crew that has none yet, written by members; a serious one was taken over by an admin."""
    written = set(db.session.scalars(select(Incident.crew_id).where(Incident.crew_id.in_(IDS))))
    for position, (crew_id, sample) in enumerate(zip(IDS, data.CREWS, strict=True)):
        people = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE
        )
        admins = people.where(CrewMembership.role != MEMBER).order_by(CrewMembership.joined_at, CrewMembership.id)
        members = people.where(CrewMembership.role == MEMBER).order_by(CrewMembership.joined_at, CrewMembership.id)
        leaders, writers = (db.session.scalars(query).all() for query in (admins, members))
        if crew_id in written or not leaders or not writers:
            continue
        for number, row in enumerate(sample.incidents):
            one = data.SampleIncident(**row)
            at = clock.now() - timedelta(days=one.days)
            incident_id = demo_id("incident", position, number)
            values = {
                "id": incident_id,
                "person_id": writers[number % len(writers)],
                "crew_id": crew_id,
                "severity": one.severity,
                "category": one.category,
                "is_near_miss": one.near_miss,
                "occurred_at": at - timedelta(minutes=20),
                "text": one.text,
                "place": one.place,
                "latitude": one.pin[0] if one.pin else None,
                "longitude": one.pin[1] if one.pin else None,
                "action_taken": one.done,
                "created_at": at,
            }
            db.session.execute(insert(Incident).values(values).on_conflict_do_nothing())
            if one.severity == INCIDENT:
                taken = {"incident_id": incident_id, "taken_by_id": leaders[0], "taken_at": at + TAKEN_AFTER}
                db.session.execute(insert(IncidentAlert).values(taken).on_conflict_do_nothing())
            if one.added:
                entry = {"incident_id": incident_id, "person_id": leaders[0], "text": one.added}
                later = {"id": demo_id("incident-entry", position, number), "created_at": at + ADDED_AFTER}
                db.session.execute(insert(IncidentEntry).values(entry | later).on_conflict_do_nothing())
