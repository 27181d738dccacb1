"""Who reads a report, and what its page shows."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased, joinedload

from hampa.closeouts.models import CloseOut
from hampa.closeouts.queries import closeouts
from hampa.crews.models import ACTIVE, ADMIN, MEMBER, Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew, member_of
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.occasions import is_given, is_of_same_owner
from hampa.duties.queries.schedules import belongs
from hampa.incidents.models import (
    ABOUT_CONDUCT,
    INCIDENT,
    Incident,
    IncidentAlert,
    IncidentEntry,
    IncidentPerson,
    IncidentPicture,
    file_of,
)
from hampa.incidents.queries.changes import change_columns
from hampa.messages.queries.ground import belongs_to_run, ids_of_run
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, names_people, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.db import constants, db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.runs import run_for
from hampa.series.models import Series

ENTRIES_SHOWN = 200
"""The most entries that a report takes, and its page shows."""
PEOPLE_OFFERED = 10
ON_DUTY_AROUND = timedelta(minutes=30)
BUDDIES_REPORT_FOR = timedelta(days=30)
"""How long after a shift somebody who came along reports of it: they need not belong to the crew."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a report is of: a run, a crew, a booking with its schedule, a day of duties that is closed out, or none.

    The crew is also that of the others. `day_schedule` is that of the first shift of the day.
    """

    run: Run | None = None
    crew: Crew | None = None
    booking: Booking | None = None
    closeout: CloseOut | None = None
    day_schedule: Schedule | None = None

    @property
    def crew_id(self) -> uuid.UUID | None:
        """Return the id of the crew, also that of the run or of the schedule."""
        if self.crew is not None:
            return self.crew.id
        if self.booking is not None:
            return self.booking.schedule.crew_id
        if self.closeout is not None:
            return self.closeout.crew_id
        return self.run.crew_id if self.run is not None else None

    @property
    def schedule_id(self) -> uuid.UUID | None:
        """Return the id of the schedule of the booking, or of the first shift of the day that is closed out."""
        if self.booking is not None:
            return self.booking.schedule_id
        return self.day_schedule.id if self.day_schedule is not None else None

    @property
    def name(self) -> str:
        """Return what the run, the crew or the schedule is called, "" without one."""
        if self.booking is not None:
            return self.booking.schedule.name
        if self.closeout is not None:
            return self.day_schedule.name if self.day_schedule is not None else ""
        return self.run.title if self.run is not None else self.crew.name if self.crew is not None else ""

    def query(self) -> dict[str, uuid.UUID]:
        """Return the query string of the form, which `ground_for` takes."""
        things = {"run": self.run, "crew": self.crew, "booking": self.booking, "closeout": self.closeout}
        return {name: thing.id for name, thing in things.items() if thing is not None}


def ground_for(
    person: Person,
    run_id: uuid.UUID | None = None,
    crew_id: uuid.UUID | None = None,
    booking_id: uuid.UUID | None = None,
    closeout_id: uuid.UUID | None = None,
) -> Ground:
    """Return what the person reports of. Raise NotFound, and Forbidden for who neither takes part nor belongs."""
    if closeout_id is not None:
        closeout = closeouts.closeout_for(person, closeout_id)
        return Ground(closeout=closeout, day_schedule=db.session.get(Schedule, closeouts.first_schedule(closeout)))
    if booking_id is not None:
        query = select(Booking).join(Booking.schedule).options(joinedload(Booking.schedule))
        return Ground(booking=scalar_or_404(query.where(Booking.id == booking_id, _is_reported_by(person))))
    if run_id is not None:
        run = run_for(person, run_id)
        if not db.session.scalar(select(belongs_to_run(person.id, run.id))):
            raise Forbidden(
                _("Only people who were in the run can report what happened there. Write to its organisers.")
            )
        return Ground(run=run)
    if crew_id is not None:
        return Ground(crew=member_of(person, crew_id).crew)
    return Ground()


def _is_reported_by(person: Person) -> ColumnElement[bool]:
    """Return the condition that a person reports of a `Booking`: their own while they belong there, or as its buddy."""
    comes_along = Booking.buddy_id == person.id, Booking.buddy_confirmed_at.is_not(None)
    lately = Booking.ends_at > clock.now() - BUDDIES_REPORT_FOR
    own = and_(Booking.person_id == person.id, belongs(person.id))
    return and_(is_given(), or_(own, and_(*comes_along, lately)))


def sees_reports_of(person_id: Any, crew_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person has the right to see reports in a crew."""
    has_right = or_(
        CrewMembership.role == ADMIN,
        CrewMembership.rights.contains(["reports"]),
        (CrewMembership.role != MEMBER) & (CrewMembership.rights == []),
    )
    is_theirs = CrewMembership.crew_id == crew_id, CrewMembership.person_id == person_id
    return exists().where(*is_theirs, CrewMembership.status == ACTIVE, has_right).correlate_except(CrewMembership)


def is_coordinated_by(person: Person) -> ColumnElement[bool]:
    """Return the condition that a person reads an `Incident` by what they do.

    They organise its run or series, have the right in its crew, operate the site or, if it is serious, were on duty then.
    Those whom it concerns do not read what others say of their conduct.
    """
    if person.is_operator:
        return ~is_about_conduct_of(person.id)
    duty = or_(
        Incident.run_id.in_(runs_organised_by(person)),
        sees_reports_of(person.id, Incident.crew_id),
        Incident.schedule_id.in_(_schedules_of_series(person)),
        and_(Incident.severity == INCIDENT, is_on_duty(person.id)),
    )
    return and_(duty, ~is_about_conduct_of(person.id))


def is_about_conduct_of(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that an `Incident` is what others say of the conduct of a person, who does not learn of it."""
    concerned = exists().where(IncidentPerson.incident_id == Incident.id, IncidentPerson.person_id == person_id)
    return and_(Incident.category.in_(constants(*ABOUT_CONDUCT)), concerned.correlate_except(IncidentPerson))


def is_on_duty(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person had a duty of the crew, the series or the schedule of an `Incident` then.

    That is from half an hour before the shift until half an hour after it. Who has left the crew since was on duty for
    others.
    """
    series = select(Run.series_id).where(Run.id == Incident.run_id).correlate(Incident).scalar_subquery()
    return (
        exists()
        .where(
            *(Booking.person_id == person_id, Booking.cancelled_at.is_(None), Schedule.id == Booking.schedule_id),
            ~Booking.is_draft,
            Booking.begins_at <= Incident.created_at + ON_DUTY_AROUND,
            Booking.ends_at >= Incident.created_at - ON_DUTY_AROUND,
            or_(Schedule.crew_id.is_(None), is_in_crew(Booking.person_id, Schedule.crew_id)),
            or_(
                Schedule.id == Incident.schedule_id, Schedule.crew_id == Incident.crew_id, Schedule.series_id == series
            ),
        )
        .correlate_except(Booking, Schedule)
    )


def _schedules_of_series(person: Person) -> Select[Any]:
    """Return a SELECT of the ids of the schedules of a person's series."""
    return select(Schedule.id).join(Series, Series.id == Schedule.series_id).where(Series.organiser_id == person.id)


def is_read_by(person: Person) -> ColumnElement[bool]:
    """Return the condition that a person reads an `Incident`: their own, and those that they coordinate."""
    return or_(Incident.person_id == person.id, is_coordinated_by(person))


def coordinates(person: Person) -> bool:
    """Return whether a person coordinates anything of which there may be reports."""
    if person.is_operator:
        return True
    return bool(_coordinates(person.id).scalar_one())


@built_once
def _coordinates(person_id: uuid.UUID) -> Any:
    person = stand_in(person_id)
    of_crews = exists().where(
        CrewMembership.person_id == person_id,
        CrewMembership.status == ACTIVE,
        or_(CrewMembership.role != MEMBER, CrewMembership.rights.contains(["reports"])),
    )
    return select(or_(of_crews, runs_organised_by(person).exists(), _schedules_of_series(person).exists()))


@names_people
def is_named_by_incidents(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` wrote in a report that the viewer reads, or is concerned by it."""
    if viewer is None:
        return false()
    wrote = exists().where(IncidentEntry.incident_id == Incident.id, IncidentEntry.person_id == Person.id)
    concerned = exists().where(IncidentPerson.incident_id == Incident.id, IncidentPerson.person_id == Person.id)
    took = exists().where(IncidentAlert.incident_id == Incident.id, IncidentAlert.taken_by_id == Person.id)
    named = or_(Incident.person_id == Person.id, *(one.correlate(Incident, Person) for one in (wrote, concerned, took)))
    return exists().where(is_read_by(viewer), named).correlate(Person)


def incident_for(person: Person, incident_id: uuid.UUID, *, lock: bool = False) -> Incident:
    """Return a report that a person reads, locked for who adds to it and counts what it has. Raise NotFound."""
    query = select(Incident).where(Incident.id == incident_id, is_read_by(person))
    incident = db.session.scalar(query.with_for_update(key_share=True, of=Incident) if lock else query)
    if incident is None:
        raise NotFound
    return incident


def is_coordinator(person: Person, incident: Incident) -> bool:
    """Return whether a person reads a report by what they do, and so may take it over."""
    query = select(Incident.id).where(Incident.id == incident.id, is_coordinated_by(person))
    return db.session.scalar(query) is not None


def shown_name(viewer: Person, person: Any) -> ColumnElement[str]:
    """Return the name of a person as the viewer of a report reads it: "" if a block hides it."""
    hidden = hidden_ids(viewer)
    return case((is_none_of(person.id, hidden), person.name), else_=literal("")) if hidden else person.name


def shown_person(viewer: Person, label: str, person: Any = Person) -> Any:
    """Return the columns of a `PersonSummary` of somebody in a report, without name and face if a block hides them."""
    hidden = hidden_ids(viewer)
    avatar = case((is_none_of(person.id, hidden), person.avatar), else_=None) if hidden else person.avatar
    return summary_columns(label, person=person, name=shown_name(viewer, person), avatar=avatar)


@dataclass(frozen=True, slots=True)
class IncidentHead:
    """What a report's page says besides the report: who wrote it, of what, and who has taken it over since when.

    `next_at` is when the next are told, None if nobody waits for that.
    """

    reporter: PersonSummary
    run_title: str | None
    crew_name: str | None
    schedule_name: str | None
    is_alert: bool
    taker: PersonSummary | None
    taken_at: datetime | None
    next_at: datetime | None
    updated_at: datetime
    version: int


def head_of(viewer: Person, incident: Incident) -> IncidentHead:
    """Return who wrote a report, of what, and who has taken it over."""
    taker = aliased(Person)
    query = (
        select(
            shown_person(viewer, "reporter"),
            Run.title.label("run_title"),
            Crew.name.label("crew_name"),
            Schedule.name.label("schedule_name"),
            IncidentAlert.id.label("alert_id"),
            shown_person(viewer, "taker", taker),
            IncidentAlert.taken_at,
            IncidentAlert.next_at,
            *change_columns(),
        )
        .select_from(Incident)
        .join(Person, Person.id == Incident.person_id)
        .outerjoin(Run, Run.id == Incident.run_id)
        .outerjoin(Crew, Crew.id == Incident.crew_id)
        .outerjoin(Schedule, Schedule.id == Incident.schedule_id)
        .outerjoin(IncidentAlert, IncidentAlert.incident_id == Incident.id)
        .outerjoin(taker, taker.id == IncidentAlert.taken_by_id)
        .where(Incident.id == incident.id)
    )
    reporter, run, crew, schedule, alert_id, *rest = db.session.execute(query).one()
    return IncidentHead(reporter, run, crew, schedule, alert_id is not None, *rest)


def entries_of(viewer: Person, incident: Incident) -> Sequence[Row[Any]]:
    """Return what was added to a report, in order: `id`, `text`, `created_at`, `author`."""
    query = (
        select(IncidentEntry.id, IncidentEntry.text, IncidentEntry.created_at, shown_person(viewer, "author"))
        .join(Person, Person.id == IncidentEntry.person_id)
        .where(IncidentEntry.incident_id == incident.id)
        .order_by(IncidentEntry.created_at, IncidentEntry.id)
        .limit(ENTRIES_SHOWN)
    )
    return db.session.execute(query).all()


def count_entries(incident: Incident) -> int:
    """Return how many entries were added to a report."""
    return db.session.scalar(select(func.count()).where(IncidentEntry.incident_id == incident.id)) or 0


def people_in(viewer: Person, incident: Incident) -> list[PersonSummary]:
    """Return the people whom a report concerns; who is hidden from the viewer has no name there."""
    query = select(shown_person(viewer, "person")).join(IncidentPerson, IncidentPerson.person_id == Person.id)
    query = query.where(IncidentPerson.incident_id == incident.id).order_by(IncidentPerson.created_at)
    return list(db.session.scalars(query))


def people_to_name(viewer: Person, incident: Incident, beginning: str) -> list[PersonSummary]:
    """Return some people of the run, or of the crew without one, whose name has these letters, to be added."""
    added = select(IncidentPerson.person_id).where(IncidentPerson.incident_id == incident.id)
    query = select(summary_columns()).where(
        may_be_named(viewer, incident), Person.id.not_in(added), Person.state == "active"
    )
    query = query.where(is_none_of(Person.id, hidden_ids(viewer)))
    if beginning:
        query = query.where(func.lower(Person.name).contains(beginning.lower(), autoescape=True))
    return list(db.session.scalars(query.order_by(by_alphabet(Person.name), Person.id).limit(PEOPLE_OFFERED)))


def may_be_named(viewer: Person, incident: Incident) -> ColumnElement[bool]:
    """Return the condition that a `Person` can be named in a report by who reads it.

    That is its author, and people of its run, crew or schedule for who belongs there still or coordinates it: whoever
    wrote a report and was banned since does not look through the members.
    """
    is_author: ColumnElement[bool] = Person.id == incident.person_id
    if not _is_among_them(viewer, incident):
        return is_author
    if incident.schedule_id is not None:
        on_shift = exists().where(
            Booking.schedule_id.in_(_with_those_of_day(incident)), Booking.person_id == Person.id, is_given()
        )
        is_author = or_(is_author, on_shift.correlate_except(Booking))
    if incident.run_id is not None:
        return or_(is_author, Person.id.in_(ids_of_run(incident.run_id)))
    return or_(is_author, is_in_crew(Person.id, incident.crew_id)) if incident.crew_id is not None else is_author


def _is_among_them(viewer: Person, incident: Incident) -> bool:
    among: list[ColumnElement[bool]] = [is_coordinated_by(viewer)]
    if incident.schedule_id is not None:
        among.append(exists().where(Schedule.id == Incident.schedule_id, belongs(viewer.id)).correlate(Incident))
    if incident.run_id is not None:
        among.append(belongs_to_run(viewer.id, Incident.run_id))
    elif incident.crew_id is not None:
        among.append(is_in_crew(viewer.id, Incident.crew_id))
    return db.session.scalar(select(Incident.id).where(Incident.id == incident.id, or_(*among))) is not None


def _with_those_of_day(incident: Incident) -> Select[Any]:
    """Return a SELECT of the schedule of a report, with those of its day if it was written at a close-out."""
    own = Schedule.id == incident.schedule_id
    if incident.closeout_id is None:
        return select(Schedule.id).where(own)
    of_day = exists().where(CloseOut.id == incident.closeout_id, is_of_same_owner(CloseOut))
    return select(Schedule.id).where(or_(own, of_day.correlate(Schedule)))


def pictures_of(incident: Incident, viewer: Person) -> Sequence[IncidentPicture]:
    """Return the photos of a report: those that are finished, and the viewer's own in any state."""
    query = select(IncidentPicture).where(
        IncidentPicture.incident_id == incident.id,
        or_(IncidentPicture.widths.is_not(None), IncidentPicture.person_id == viewer.id),
    )
    return db.session.scalars(query.order_by(IncidentPicture.created_at, IncidentPicture.id)).all()


def count_pictures(incident: Incident) -> int:
    """Return how many photos a report has, without those that could not be read."""
    query = select(func.count()).where(IncidentPicture.incident_id == incident.id, IncidentPicture.reason.is_(None))
    return db.session.scalar(query) or 0


def picture_file(person: Person, incident_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """Return the name of a photo's file in one of its widths. Raise NotFound for who does not read the report."""
    query: Select[Any] = select(IncidentPicture.widths).join(Incident, Incident.id == IncidentPicture.incident_id)
    query = query.where(IncidentPicture.id == picture_id, Incident.id == incident_id, is_read_by(person))
    if width not in (db.session.scalar(query) or ()):
        raise NotFound
    return file_of(incident_id, picture_id, width)
