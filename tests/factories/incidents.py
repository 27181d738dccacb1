"""Reports of incidents."""

from __future__ import annotations

from typing import Any

from hampa.incidents.actions import IncidentPlan, add_entry, look_at_details, report_incident, take_over
from hampa.incidents.models import (
    INCIDENT,
    PHOTO_WIDTHS,
    STEP_AFTER,
    Incident,
    IncidentAlert,
    IncidentPerson,
    IncidentPicture,
)
from hampa.incidents.queries.reading import Ground
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.media import storage
from tests.factories.base import made
from tests.factories.crews import make_crew


def make_incident(person: Person, *concerned: Person, taken_by: Person | None = None, **given: Any) -> Incident:
    """Make a report, by default of something that is no cause for concern; a serious one has its alert."""
    now = clock.now()
    values = {"severity": 0, "category": "operational", "text": "A sign was missing", "occurred_at": now}
    incident = made(Incident, person_id=person.id, **(values | given))
    for one in concerned:
        made(IncidentPerson, incident_id=incident.id, person_id=one.id, added_by_id=person.id)
    if incident.severity == INCIDENT:
        taken = {"taken_by_id": taken_by.id, "taken_at": now} if taken_by else {"next_at": now + STEP_AFTER}
        made(IncidentAlert, incident_id=incident.id, **taken)
    return incident


def make_incident_picture(incident: Incident, person: Person) -> IncidentPicture:
    """Make a finished photo of a report."""
    picture = made(
        IncidentPicture, incident_id=incident.id, person_id=person.id, widths=list(PHOTO_WIDTHS), height=1200
    )
    for width in PHOTO_WIDTHS:
        storage.put(f"{picture.folder}/{width}.webp", b"RIFF....WEBP")
    return picture


def tell_of_incident(writer: Person, admin: Person, mark: str) -> None:
    """Let somebody report an incident that concerns them, in words with this mark, and the crew's admin take it over."""
    ground = Ground(crew=make_crew(admin, writer, name=f"{mark} crew"))
    words = {"text": f"{mark} fall", "place": f"{mark} gate", "category": "medical"}
    plan = IncidentPlan(severity=INCIDENT, occurred_at=clock.now(), concerns_me=True, **words)
    incident = report_incident(writer, ground, plan)
    take_over(admin, incident.id)
    add_entry(writer, incident.id, f"{mark} entry")
    look_at_details(admin, incident.id, writer.id)
