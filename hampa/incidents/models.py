"""Tables of reports of incidents: what is written in them stays as it is, and who takes one over."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.media.pictures import PictureMixin, picture_constraints

INFORMATION, CONCERN, INCIDENT = 0, 1, 2
SEVERITIES = (INFORMATION, CONCERN, INCIDENT)
CATEGORIES = MEDICAL, DISPUTE, SAFEGUARDING, OPERATIONAL = ("medical", "dispute", "safeguarding", "operational")
ABOUT_CONDUCT = (DISPUTE, SAFEGUARDING)
"""Categories of which those whom a report concerns do not read what others wrote about them."""
LONGEST_TEXT, LONGEST_PLACE, LONGEST_INVOLVED = 2_000, 120, 200
MOST_PHOTOS, MOST_PEOPLE = 6, 20
PHOTO_WIDTHS = (1600, 400)
ARCHIVED_AFTER = {INFORMATION: timedelta(days=30), CONCERN: timedelta(days=180), INCIDENT: timedelta(days=730)}
"""The age at which a report leaves the lists, by its severity; the archive still has it."""
STEP_AFTER = timedelta(minutes=10)
REPEATED, OPERATORS, CONTACTS = 1, 2, 3
"""The steps of an alert that nobody takes over: told again, all operators too, the emergency contacts too."""
HANDLED_FOR = timedelta(days=2)
"""How long who took an incident over may open emergency details."""


class Incident(Record, db.Model):
    """A report of something that happened, of a run, a crew or a booking or of none, by the person who saw it.

    A trigger refuses to change or delete it, except that an erasure empties `place`, `involved` and the position. More is
    said in `IncidentEntry`. `crew_id` is also the crew of the run or of the schedule, `schedule_id` that of the booking.
    `closeout_id` is the close-out of the day of duties from which it was written; `schedule_id` is then that of its
    first shift.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("severity BETWEEN 0 AND 2", name="severity"),
        CheckConstraint(one_of("category", CATEGORIES), name="category"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_TEXT}", name="text_length"),
        CheckConstraint(f"char_length(action_taken) <= {LONGEST_TEXT}", name="action_taken_length"),
        CheckConstraint(f"char_length(place) <= {LONGEST_PLACE}", name="place_length"),
        CheckConstraint(f"char_length(involved) <= {LONGEST_INVOLVED}", name="involved_length"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_pin"),
        Index("ix_incidents_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_incidents_run_id", "run_id", "created_at", "id", postgresql_where="run_id IS NOT NULL"),
        Index("ix_incidents_crew_id", "crew_id", "created_at", "id", postgresql_where="crew_id IS NOT NULL"),
        Index("ix_incidents_booking_id", "booking_id", postgresql_where="booking_id IS NOT NULL"),
        Index("ix_incidents_schedule_id", "schedule_id", postgresql_where="schedule_id IS NOT NULL"),
        Index("ix_incidents_closeout_id", "closeout_id", postgresql_where="closeout_id IS NOT NULL"),
        Index("ix_incidents_created_at", "created_at", "id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("duty_bookings.id", ondelete="SET NULL"))
    schedule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("duty_schedules.id", ondelete="SET NULL"))
    closeout_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("duty_closeouts.id", ondelete="SET NULL"))
    severity: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[str]
    is_near_miss: Mapped[bool] = mapped_column(default=False, server_default="false")
    occurred_at: Mapped[datetime]
    text: Mapped[str]
    place: Mapped[str] = mapped_column(default="", server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    involved: Mapped[str] = mapped_column(default="", server_default="")
    action_taken: Mapped[str] = mapped_column(default="", server_default="")


class IncidentEntry(Record, db.Model):
    """What somebody added to a report later; a trigger refuses to change or delete it."""

    __tablename__ = "incident_entries"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_TEXT}", name="text_length"),
        Index("ix_incident_entries_incident_id", "incident_id", "created_at", "id"),
        Index("ix_incident_entries_person_id", "person_id"),
    )

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]


class IncidentAlert(Record, Changing, db.Model):
    """The clock of an incident of severity 2 until somebody takes it over.

    `steps` counts the steps after the first telling, `next_at` is when the next is due: the row is the timer. The one
    UPDATE that finds `taken_by_id` empty decides who has it.
    """

    __tablename__ = "incident_alerts"
    __table_args__ = (
        CheckConstraint("steps BETWEEN 0 AND 3", name="steps"),
        CheckConstraint("(taken_by_id IS NULL) OR (next_at IS NULL)", name="next"),
        Index("ix_incident_alerts_next_at", "next_at", postgresql_where="next_at IS NOT NULL"),
        Index("ix_incident_alerts_taken_by_id", "taken_by_id", postgresql_where="taken_by_id IS NOT NULL"),
    )

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), unique=True)
    steps: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    next_at: Mapped[datetime | None]
    taken_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    taken_at: Mapped[datetime | None]


class IncidentPerson(Record, db.Model):
    """A person whom an incident concerns, named by somebody who reads its report."""

    __tablename__ = "incident_people"
    __table_args__ = (UniqueConstraint("incident_id", "person_id"), Index("ix_incident_people_person_id", "person_id"))

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    added_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)


class IncidentLook(Record, db.Model):
    """A look at the emergency details of a person whom an incident concerns; a trigger refuses to change or delete it."""

    __tablename__ = "incident_looks"
    __table_args__ = (
        Index("ix_incident_looks_incident_id", "incident_id"),
        Index("ix_incident_looks_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_incident_looks_looker_id", "looker_id", "incident_id", "person_id", "created_at"),
    )

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    looker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))


class IncidentPicture(PictureMixin, Record, Changing, db.Model):
    """A photo of an incident, which those see who read its report."""

    __tablename__ = "incident_pictures"
    __table_args__ = (
        *picture_constraints(),
        Index("ix_incident_pictures_incident_id", "incident_id", "created_at", "id"),
        Index("ix_incident_pictures_person_id", "person_id"),
    )

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))

    @property
    def folder(self) -> str:
        """Return the folder of the picture's files."""
        return f"incidents/{self.incident_id}/{self.id}"


def file_of(incident_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """Return the name of a picture's file in one of its widths."""
    return f"incidents/{incident_id}/{picture_id}/{width}.webp"
