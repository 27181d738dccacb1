"""Reports of incidents in a person's export and at their erasure."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select, update

from hampa.incidents.models import (
    Incident,
    IncidentAlert,
    IncidentEntry,
    IncidentLook,
    IncidentPerson,
    IncidentPicture,
    file_of,
)
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media.pictures import remove_picture

KEPT = "what happened to others stays on record, without the name"
COLUMNS = "id created_at run_id crew_id booking_id schedule_id closeout_id severity category is_near_miss occurred_at text place latitude longitude involved action_taken"

privacy_registry.holds(Incident.person_id, noun="incidents", fate="keep", because=KEPT)
privacy_registry.holds(IncidentEntry.person_id, noun="incident_entries", fate="keep", because=KEPT)
privacy_registry.holds(IncidentPicture.person_id, noun="incident_pictures", fate="delete")
privacy_registry.holds(IncidentPerson.person_id, noun="incidents_about", fate="delete")
privacy_registry.holds(
    IncidentPerson.added_by_id, left_out="it is in the other one's export", fate="keep", because=KEPT
)
privacy_registry.holds(IncidentAlert.taken_by_id, noun="incidents_taken", fate="keep", because=KEPT)
privacy_registry.holds(IncidentLook.person_id, noun="incident_looks", fate="delete")
privacy_registry.holds(
    IncidentLook.looker_id,
    left_out="it is in the other one's export",
    fate="keep",
    because="whoever's details were looked at may know how often, without the name",
)


@privacy_registry.exports("incidents", _l("Reports of incidents that you wrote"))
def export_incidents(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reports."""
    return privacy_registry.rows_of(person, Incident.person_id, COLUMNS)


@privacy_registry.exports("incident_entries", _l("What you added to reports of incidents"))
def export_entries(person: Person) -> Iterable[dict[str, Any]]:
    """Return the entries."""
    return privacy_registry.rows_of(person, IncidentEntry.person_id, "id incident_id created_at text")


@privacy_registry.exports("incidents_about", _l("Reports of incidents that concern you"))
def export_about(person: Person) -> Iterable[dict[str, Any]]:
    """Return when and where it was, and how serious; what others wrote is theirs."""
    columns = privacy_registry.columns(Incident, "id created_at run_id crew_id severity category occurred_at place")
    query = select(*columns).join(IncidentPerson, IncidentPerson.incident_id == Incident.id)
    return privacy_registry.rows_in_order(query.where(IncidentPerson.person_id == person.id), Incident)


@privacy_registry.exports("incidents_taken", _l("Incidents that you took over"))
def export_taken(person: Person) -> Iterable[dict[str, Any]]:
    """Return the incidents, and since when."""
    return privacy_registry.rows_of(person, IncidentAlert.taken_by_id, "incident_id taken_at")


@privacy_registry.exports("incident_looks", _l("When your emergency details were looked at in an incident"))
def export_looks(person: Person) -> Iterable[dict[str, Any]]:
    """Return each look."""
    return privacy_registry.rows_of(person, IncidentLook.person_id, "id created_at incident_id looker_id")


@privacy_registry.exports("incident_pictures", _l("Photos that you gave to reports; the files lie beside"))
def export_pictures(person: Person) -> Iterable[dict[str, Any]]:
    """Return the photos; `reason` says why none could be made of an upload."""
    return privacy_registry.rows_of(person, IncidentPicture.person_id, "id incident_id created_at reason widths height")


@privacy_registry.exports_files
def export_files(person: Person) -> Iterator[Attachment]:
    """Yield each photo in its largest width."""
    query = select(IncidentPicture.id, IncidentPicture.incident_id, IncidentPicture.widths[1].label("width"))
    query = query.where(IncidentPicture.person_id == person.id, IncidentPicture.widths.is_not(None))
    for photo in privacy_registry.rows(query.order_by(IncidentPicture.id)):
        name = file_of(photo["incident_id"], photo["id"], photo["width"])
        yield Attachment(f"incidents/{photo['id']}.webp", name)


@privacy_registry.erases
def erase_traces(person: Person) -> None:
    """Delete the person's photos, and empty where it was and whom they named in their reports; the database is told."""
    db.session.execute(select(func.set_config("hampa.erasing", "on", True)))
    for picture in db.session.scalars(select(IncidentPicture).where(IncidentPicture.person_id == person.id)):
        remove_picture(picture)
    empty = update(Incident).where(Incident.person_id == person.id)
    empty = empty.values(place="", involved="", latitude=None, longitude=None)
    db.session.execute(empty.execution_options(synchronize_session=False))
