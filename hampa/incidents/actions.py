"""Writing reports and adding to them; telling of serious ones until somebody takes them over."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.incidents.models import (
    CONTACTS,
    INCIDENT,
    MOST_PEOPLE,
    MOST_PHOTOS,
    OPERATORS,
    PHOTO_WIDTHS,
    STEP_AFTER,
    Incident,
    IncidentAlert,
    IncidentEntry,
    IncidentLook,
    IncidentPerson,
    IncidentPicture,
)
from hampa.incidents.queries import alerts, reading
from hampa.incidents.queries.reading import Ground
from hampa.notifications.actions.notifying import notify
from hampa.outbox.actions import writing as outbox
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures
from hampa.safety.queries import CONTACT_PURPOSE, room_for_contact

MOST_A_DAY, MOST_SERIOUS_A_DAY, MOST_ENTRIES_A_DAY, MOST_PHOTOS_A_DAY = 30, 6, 100, 60
MOST_CONTACTS_A_DAY = 5
"""The emergency contacts who are told in a day of what one person reported: more would be a false alarm."""
OLDEST = timedelta(days=365)
SOON = timedelta(minutes=10)
"""How far ahead of ours the clock of somebody who reports may be."""
STALE = timedelta(hours=12)
"""A message to an emergency contact that could not be sent for so long would frighten more than help."""


@dataclass(frozen=True, kw_only=True)
class IncidentPlan:
    """A report to be written; `latitude` and `longitude` are degrees, or both None."""

    severity: int
    category: str
    text: str
    occurred_at: datetime
    is_near_miss: bool = False
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    involved: str = ""
    action_taken: str = ""
    concerns_me: bool = False


def report_incident(person: Person, ground: Ground, plan: IncidentPlan, photos: Sequence[IO[bytes]] = ()) -> Incident:
    """Write a report with its photos, and tell of it at once if it is serious.

    Raise Refused for a time that is to come or more than a year ago, and TooFast when a limit is reached.
    """
    now = clock.now()
    if plan.occurred_at > now + SOON:
        raise Refused(_("This time is still to come. When did it happen?"), "at")
    if plan.occurred_at < now - OLDEST:
        raise Refused(_("That is more than a year ago. Write to the operators instead."), "day")
    limit(person, "incidents.report", MOST_A_DAY, per="day", error=_too_many)
    if plan.severity == INCIDENT:
        limit(person, "incidents.alert", MOST_SERIOUS_A_DAY, per="day", error=_too_many_serious)
    incident = Incident(
        person_id=person.id,
        run_id=ground.run.id if ground.run else None,
        crew_id=ground.crew_id,
        booking_id=ground.booking.id if ground.booking else None,
        schedule_id=ground.schedule_id,
        closeout_id=ground.closeout.id if ground.closeout else None,
        severity=plan.severity,
        category=plan.category,
        is_near_miss=plan.is_near_miss,
        occurred_at=plan.occurred_at,
        text=plan.text,
        place=plan.place,
        latitude=plan.latitude,
        longitude=plan.longitude,
        involved=plan.involved,
        action_taken=plan.action_taken,
    )
    db.session.add(incident)
    db.session.flush()
    if plan.concerns_me:
        db.session.add(IncidentPerson(incident_id=incident.id, person_id=person.id, added_by_id=person.id))
        db.session.flush()
    _add_photos(person, incident, photos)
    if incident.severity == INCIDENT:
        _raise_alert(incident)
    return incident


def add_entry(person: Person, incident_id: uuid.UUID, text: str) -> IncidentEntry:
    """Add to a report, and tell who wrote it and who has taken it over. Raise NotFound, and Refused when it is full."""
    incident = reading.incident_for(person, incident_id, lock=True)
    limit(person, "incidents.entry", MOST_ENTRIES_A_DAY, per="day", error=_too_much)
    if reading.count_entries(incident) >= reading.ENTRIES_SHOWN:
        raise Refused(_("This report is full. Write a new one."), "text")
    entry = IncidentEntry(incident_id=incident.id, person_id=person.id, text=text)
    db.session.add(entry)
    db.session.flush()
    alert = alerts.alert_of(incident.id)
    told = {incident.person_id} | ({alert.taken_by_id} if alert and alert.taken_by_id else set())
    people = sorted(told - {person.id})
    notify(people, "incident_added", actor_id=person.id, subject_id=incident.id, data={}, event=entry.id)
    return entry


def add_photos(person: Person, incident_id: uuid.UUID, photos: Sequence[IO[bytes]]) -> Sequence[IncidentPicture]:
    """Add photos to a report, which the worker makes, and return them. Raise NotFound, and Refused if they are too many."""
    incident = reading.incident_for(person, incident_id, lock=True)
    return _add_photos(person, incident, photos)


def add_person(person: Person, incident_id: uuid.UUID, concerned_id: uuid.UUID) -> None:
    """Name somebody of the run or crew whom an incident concerns. Raise NotFound, and Refused if they are too many."""
    incident = reading.incident_for(person, incident_id, lock=True)
    allowed = select(Person.id).where(
        Person.id == concerned_id, reading.may_be_named(person, incident), Person.state == "active"
    )
    if db.session.scalar(allowed) is None:
        raise NotFound
    if len(reading.people_in(person, incident)) >= MOST_PEOPLE:
        raise Refused(_("That is enough names for one report. Write the others into an entry."))
    values = {"incident_id": incident.id, "person_id": concerned_id, "added_by_id": person.id}
    db.session.execute(insert(IncidentPerson).values(**values).on_conflict_do_nothing())


def take_over(person: Person, incident_id: uuid.UUID) -> IncidentAlert:
    """Have a person handle an incident: the first who says so has it, and the others are told.

    Raise NotFound for who does not read the report or one that is not serious, Forbidden for who only wrote it, and
    Conflict for who comes later.
    """
    incident = reading.incident_for(person, incident_id)
    alert = alerts.alert_of(incident.id)
    if alert is None:
        raise NotFound
    if not reading.is_coordinator(person, incident):
        raise Forbidden(_("Organisers of the run, admins of the crew and operators take incidents over."))
    now = clock.now()
    mine = (
        update(IncidentAlert)
        .where(IncidentAlert.id == alert.id, IncidentAlert.taken_by_id.is_(None))
        .values(taken_by_id=person.id, taken_at=now, next_at=None, version=IncidentAlert.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    first = db.session.execute(mine.returning(IncidentAlert.id)).scalar() is not None
    db.session.refresh(alert)
    if not first:
        if alert.taken_by_id == person.id:
            return alert
        raise Conflict(_("Somebody else has it already. Their name is on the page of the report."))
    people = alerts.people_on_duty(incident)
    if alert.steps >= OPERATORS:
        people = alerts.operators_and_people_on_duty(incident)
    for told in (people, [incident.person_id]):
        notify(told, "incident_taken", actor_id=person.id, subject_id=incident.id, data={}, event=alert.id)
    return alert


def advance_alert(alert: IncidentAlert) -> None:
    """Take the step of an alert that is due: tell again, and then more people. The caller holds the row's lock."""
    incident = db.session.get_one(Incident, alert.incident_id)
    alert.steps += 1
    _tell_alert(incident, alert.steps)
    if alert.steps >= CONTACTS:
        _tell_contacts(incident)
    alert.next_at = incident.created_at + (alert.steps + 1) * STEP_AFTER if alert.steps < CONTACTS else None
    db.session.flush()


def look_at_details(handler: Person, incident_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Record that who handles an incident looks at somebody's emergency details, and tell that person.

    One look lasts an hour (`alerts.SHOWN_FOR`). Raise Forbidden and NotFound as `handled_person` does.
    """
    incident, person = alerts.handled_person(handler, incident_id, person_id)
    if alerts.has_looked(handler, incident, person):
        return
    look = IncidentLook(incident_id=incident.id, person_id=person.id, looker_id=handler.id)
    db.session.add(look)
    db.session.flush()
    notify([person.id], "incident_looked", actor_id=handler.id, subject_id=incident.id, data={}, event=look.id)


def review_week(now: datetime) -> int:
    """Tell who coordinates that the week's reports can be reviewed, each once, and return how many were told."""
    due = alerts.people_to_review(now).subquery()
    days = db.session.scalars(select(due.c.day).distinct()).all()
    count = 0
    for day in days:
        people = select(due.c.person_id).where(due.c.day == day)
        count += notify(
            people, "incident_review", subject_id=REVIEW, data={"day": day.isoformat()}, event=day.isoformat()
        )
    return count


REVIEW = uuid.UUID(int=96)
"""What the notifications of weekly reviews are about: they have a page, and no row."""


def _raise_alert(incident: Incident) -> None:
    """Start the clock of a serious incident and tell of it; operators at once where nobody else would hear."""
    told = _tell_alert(incident, 0)
    steps = 0
    if not told:
        steps = OPERATORS
        _tell_alert(incident, steps)
    next_at = incident.created_at + (steps + 1) * STEP_AFTER
    db.session.add(IncidentAlert(incident_id=incident.id, steps=steps, next_at=next_at))
    db.session.flush()


def _tell_alert(incident: Incident, step: int) -> int:
    people = alerts.operators_and_people_on_duty(incident) if step >= OPERATORS else alerts.people_on_duty(incident)
    return notify(
        people,
        "incident_alert",
        actor_id=incident.person_id,
        subject_id=incident.id,
        data={"step": step, "category": incident.category, "incident": str(incident.id)},
        event=f"{incident.id}:{step}",
    )


def _tell_contacts(incident: Incident) -> None:
    """Send an SMS to the emergency contacts of those whom an incident concerns, as far as they may get one today."""
    reporter = db.session.get_one(Person, incident.person_id)
    for person in alerts.people_with_contact(incident):
        phone = person.emergency_phone or ""
        outbox.lock_recipient(phone)
        if room_for_contact(phone, person.id) < 1:
            continue
        if not _counts_contact(reporter):
            return
        outbox.send_sms(
            phone,
            "incidents/sms/contact.txt",
            {
                "name": person.name,
                "place": incident.place,
                "occurred_at": incident.occurred_at.isoformat(),
                "zone": person.timezone,
            },
            purpose=CONTACT_PURPOSE,
            key=f"incident:{incident.id}:{person.id}",
            locale=person.locale,
            person_id=person.id,
            priority="safety",
            expires_at=clock.now() + STALE,
        )


def _counts_contact(reporter: Person) -> bool:
    try:
        limit(reporter, "incidents.contact", MOST_CONTACTS_A_DAY, per="day", error=_too_much)
    except TooFast:
        return False
    return True


def _add_photos(person: Person, incident: Incident, photos: Sequence[IO[bytes]]) -> Sequence[IncidentPicture]:
    left = max(0, MOST_PHOTOS - reading.count_pictures(incident)) if photos else 0
    if len(photos) > left:
        raise Refused(
            ngettext("You can add %(num)d more photo.", "You can add %(num)d more photos.", left)
            if left
            else _("This report has as many photos as it can."),
            "photos",
        )
    if photos:
        limit(person, "incidents.photo", MOST_PHOTOS_A_DAY, per="day", error=_too_much, amount=len(photos))
    pictures = [IncidentPicture(incident_id=incident.id, person_id=person.id) for _photo in photos]
    for picture, photo in zip(pictures, photos, strict=True):
        pipeline.add(picture, photo)
    return pictures


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You have written many reports today. Add to one of them, or call an organiser."), seconds)


def _too_much(seconds: int) -> TooFast:
    return TooFast(_("You have added a lot today. Try again tomorrow, or call an organiser."), seconds)


def _too_many_serious(seconds: int) -> TooFast:
    text = _("You have raised many alarms today. Call an organiser, or in danger the emergency services.")
    return TooFast(text, seconds, "severity")


pipeline = register_pictures(
    PicturePipeline(
        table=IncidentPicture,
        folder="incidents",
        owner_id=Incident.id,
        sizes=lambda _picture: PictureSizes(PHOTO_WIDTHS),
        rivals=lambda _picture: None,
    )
)
