"""Reports of incidents at runs and in crews."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from flask import Response, request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.incidents import actions
from hampa.incidents.forms import MEGABYTES, EntryForm, MorePhotosForm, WordsForm
from hampa.incidents.models import CATEGORIES, INCIDENT, INFORMATION, LONGEST_INVOLVED, LONGEST_PLACE, LONGEST_TEXT
from hampa.incidents.queries import alerts, listing, reading
from hampa.incidents.queries.listing import Filters, IncidentRow
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import uploads
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("incidents", _l("Incident reports"))

Severity = Annotated[int, Field(ge=INFORMATION, le=INCIDENT, description="0 information, 1 concern, 2 incident")]
Category = Annotated[str, OneOf(*CATEGORIES)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class IncidentBody(Body):
    """What happened, of a run, of a crew, of a booking of yours, of a day that you close out, or of none; it can be added to, and is never changed.

    One of severity 2 is told to those in charge at once, and again until one of them takes it over.
    """

    severity: Severity
    category: Category
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    occurred_at: datetime = Field(strict=False)
    run_id: uuid.UUID | None = None
    crew_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    closeout_id: uuid.UUID | None = None
    is_near_miss: bool = False
    place: str = Field("", max_length=LONGEST_PLACE)
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    involved: str = Field("", description="Who was in it, or saw it", max_length=LONGEST_INVOLVED)
    concerns_me: bool = False
    action_taken: str = Field("", max_length=LONGEST_TEXT)


class EntryBody(Body):
    """What is added."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class ConcernedBody(Body):
    """Somebody of the run or the crew whom it concerns."""

    person_id: uuid.UUID


class IncidentQuery(Paging):
    """Which reports; `from` and `to` are days in UTC, both included."""

    severity: int | None = Field(None, ge=INFORMATION, le=INCIDENT)
    category: Category | None = None
    run_id: uuid.UUID | None = None
    crew_id: uuid.UUID | None = None
    schedule_id: uuid.UUID | None = None
    near_miss: bool = False
    archived: bool = False
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")


class IncidentRowData(TypedDict):
    """A report as an item of a list; `by` is empty in your own list, and `is_waiting` while nobody took it over."""

    id: uuid.UUID
    severity: int
    category: Category
    is_near_miss: bool
    text: str
    place: str
    latitude: float | None
    longitude: float | None
    run_id: uuid.UUID | None
    crew_id: uuid.UUID | None
    schedule_id: uuid.UUID | None
    occurred_at: datetime
    is_waiting: bool
    by: str
    created_at: datetime
    updated_at: datetime
    version: int


class EntryData(TypedDict):
    """What somebody added to a report; `author` is null for who is hidden from you by a block."""

    id: uuid.UUID
    author: Summary | None
    text: str
    created_at: datetime


class IncidentPhotoData(Stamps):
    """A photo of a report, and the widths it comes in."""

    id: uuid.UUID
    state: Annotated[str, OneOf("waiting", "refused", "shown")]
    widths: list[int]


class IncidentData(Stamps):
    """A report with all that was added to it, whom it concerns, and who has taken it over since when."""

    id: uuid.UUID
    severity: int
    category: Category
    is_near_miss: bool
    text: str
    place: str
    latitude: float | None
    longitude: float | None
    involved: str
    action_taken: str
    run_id: uuid.UUID | None
    crew_id: uuid.UUID | None
    booking_id: uuid.UUID | None
    closeout_id: uuid.UUID | None
    schedule_id: uuid.UUID | None
    occurred_at: datetime
    reporter: Summary | None
    taken_by: Summary | None
    taken_at: datetime | None
    entries: list[EntryData]
    people: list[Summary]
    photos: list[IncidentPhotoData]


class DetailsData(TypedDict):
    """Emergency details, null until you have `looked`; an hour later they are null again."""

    name: str
    looked: bool
    phone: str | None
    emergency_name: str | None
    emergency_phone: str | None


@resource.get("/me/incidents")
def list_own_incidents(query: Paging) -> Page[IncidentRowData]:
    """List the reports that you wrote, the newest first."""
    return listing.own_incidents(me(), query.after, query.limit).of_rows(_row)


@resource.get("/incidents")
def list_incidents(query: IncidentQuery) -> Page[IncidentRowData]:
    """List the reports of your runs and crews, the newest first; old ones are in the archive."""
    filters = Filters(
        severity=query.severity,
        category=query.category or "",
        run_id=query.run_id,
        crew_id=query.crew_id,
        schedule_id=query.schedule_id,
        is_near_miss=query.near_miss,
        archived=query.archived,
        since=_begin_of(query.since) if query.since else None,
        until=_begin_of(query.until) + timedelta(days=1) if query.until else None,
    )
    return listing.coordinated_incidents(me(), filters, query.after, query.limit).of_rows(_row)


@resource.post("/incidents", needs_name=True)
def report_incident(body: IncidentBody) -> Created[IncidentData]:
    """Report what happened."""
    if (body.latitude is None) != (body.longitude is None):
        raise Invalid(
            [("longitude" if body.longitude is None else "latitude", _("A pin needs both numbers, or none."))]
        )
    if body.occurred_at.tzinfo is None:
        raise Invalid([("occurred_at", _("This value does not have the right form."))])
    ground = reading.ground_for(me(), body.run_id, body.crew_id, body.booking_id, body.closeout_id)
    form = valid_form(WordsForm, body.model_dump(include={"text", "place", "involved", "action_taken"}))
    values = body.model_dump(exclude={"run_id", "crew_id", "booking_id", "closeout_id"}) | form.words()
    plan = actions.IncidentPlan(**values)
    incident = actions.report_incident(me(), ground, plan)
    return Created(_incident(incident.id), f"/incidents/{incident.id}")


@resource.get("/incidents/<uuid:incident_id>")
def read_incident(incident_id: uuid.UUID) -> IncidentData:
    """Return a report that you wrote, or of what you look after."""
    return _incident(incident_id)


@resource.post("/incidents/<uuid:incident_id>/entries", needs_name=True)
def add_incident_entry(incident_id: uuid.UUID, body: EntryBody) -> Created[IncidentData]:
    """Add to a report."""
    actions.add_entry(me(), incident_id, valid_form(EntryForm, body).text.data)
    return Created(_incident(incident_id), f"/incidents/{incident_id}")


@resource.post("/incidents/<uuid:incident_id>/take")
def take_incident_over(incident_id: uuid.UUID) -> IncidentData:
    """Say "I've got it"; CONFLICT if somebody else was first."""
    actions.take_over(me(), incident_id)
    return _incident(incident_id)


@resource.post("/incidents/<uuid:incident_id>/people")
def name_person_in_incident(incident_id: uuid.UUID, body: ConcernedBody) -> IncidentData:
    """Name somebody of the run or the crew whom it concerns."""
    actions.add_person(me(), incident_id, body.person_id)
    return _incident(incident_id)


@resource.get("/incidents/<uuid:incident_id>/people/<uuid:person_id>/details")
def read_emergency_details(incident_id: uuid.UUID, person_id: uuid.UUID) -> DetailsData:
    """Return somebody's emergency details at which you have looked, in an incident that you took over."""
    incident, person = alerts.handled_person(me(), incident_id, person_id)
    looked = alerts.has_looked(me(), incident, person)
    return {
        "name": person.name,
        "looked": looked,
        "phone": person.phone if looked else None,
        "emergency_name": person.emergency_name if looked else None,
        "emergency_phone": person.emergency_phone if looked else None,
    }


@resource.post("/incidents/<uuid:incident_id>/people/<uuid:person_id>/details", repeatable=False)
def look_at_emergency_details(incident_id: uuid.UUID, person_id: uuid.UUID) -> DetailsData:
    """Look at somebody's emergency details in an incident that you took over; they are told, and it is logged."""
    actions.look_at_details(me(), incident_id, person_id)
    return read_emergency_details(incident_id, person_id)


@resource.post("/incidents/<uuid:incident_id>/photos", takes_file="photos", megabytes=MEGABYTES + 1)
def add_incident_photo(incident_id: uuid.UUID, photos: FileStorage) -> Created[IncidentPhotoData]:
    """Add one photo to a report; it is shown to who reads that when it is prepared."""
    form = valid_form(MorePhotosForm, {}, request.files)
    [photo] = actions.add_photos(me(), incident_id, [form.photos.data[0].stream])
    db.session.flush()
    return Created(_photo(photo), f"/incidents/{incident_id}")


@resource.get("/incidents/<uuid:incident_id>/photos/<uuid:picture_id>/<int:width>", produces="image/webp")
def fetch_incident_photo(incident_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Fetch a photo of a report in one of its widths."""
    return uploads.send(reading.picture_file(me(), incident_id, picture_id, width), "image/webp")


def _begin_of(day: date) -> datetime:
    return datetime(*min(day, date(9000, 1, 1)).timetuple()[:3], tzinfo=UTC)


def _row(row: IncidentRow) -> IncidentRowData:
    return {name: getattr(row, name) for name in IncidentRowData.__annotations__}  # type: ignore[return-value]


def _photo(photo: Any) -> IncidentPhotoData:
    state = "shown" if photo.widths else "refused" if photo.reason else "waiting"
    return {"id": photo.id, "state": state, "widths": photo.widths or [], **stamps_as_data(photo)}


def _person(person: PersonSummary | None) -> Summary | None:
    """Return a person, or None for nobody and for who is hidden by a block."""
    return summary_as_data(person) if person is not None and person.name else None


def _incident(incident_id: uuid.UUID) -> IncidentData:
    incident = reading.incident_for(me(), incident_id)
    head = reading.head_of(me(), incident)
    return {
        "id": incident.id,
        "severity": incident.severity,
        "category": incident.category,
        "is_near_miss": incident.is_near_miss,
        "text": incident.text,
        "place": incident.place,
        "latitude": incident.latitude,
        "longitude": incident.longitude,
        "involved": incident.involved,
        "action_taken": incident.action_taken,
        "run_id": incident.run_id,
        "crew_id": incident.crew_id,
        "booking_id": incident.booking_id,
        "closeout_id": incident.closeout_id,
        "schedule_id": incident.schedule_id,
        "occurred_at": incident.occurred_at,
        "created_at": incident.created_at,
        "updated_at": head.updated_at,
        "version": head.version,
        "reporter": _person(head.reporter),
        "taken_by": _person(head.taker),
        "taken_at": head.taken_at,
        "entries": [
            {"id": row.id, "author": _person(row.author), "text": row.text, "created_at": row.created_at}
            for row in reading.entries_of(me(), incident)
        ],
        "people": [summary_as_data(one) for one in reading.people_in(me(), incident)],
        "photos": [_photo(one) for one in reading.pictures_of(incident, me())],
    }
