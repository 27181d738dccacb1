"""Alerts that are due, whom they are told to, and looks at emergency details."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, case, cast, exists, func, or_, select

from hampa.crews.models import ACTIVE, ADMIN, CrewMembership
from hampa.duties.models import Schedule
from hampa.incidents.models import ABOUT_CONDUCT, HANDLED_FOR, Incident, IncidentAlert, IncidentLook, IncidentPerson
from hampa.incidents.queries.reading import incident_for, is_about_conduct_of, is_on_duty, sees_reports_of, shown_person
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.roster.queries.roster import phone_opened
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.runs.queries.organisers import organiser_ids, organises
from hampa.series.models import Series

SHOWN_FOR = timedelta(hours=1)
"""How long emergency details stay visible after a look; then who handles the incident has to look again."""
LOOKS_SHOWN = 50
WEEK = timedelta(days=7)
MONDAY, SATURDAY = 1, 6
"""Numbers of weekdays (ISO): with which a week begins, in Persian with Saturday."""
MORNING = 8
"""The hour from which the week is reviewed."""


def _places(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return where the incidents happened that notifications are about."""
    query = select(Incident.id, Incident.place).where(Incident.id.in_({one.subject_id for one in references}))
    places = {row.id: row.place for row in db.session.execute(query)}
    return {one.id: {"place": places[one.subject_id]} for one in references if one.subject_id in places}


PLACE = Words(_places, gone={"place": ""})
"""The place of an incident (`place`), as it was typed."""


def next_due_alert(without: Collection[uuid.UUID] = ()) -> IncidentAlert | None:
    """Return the alert whose step has been due longest, locked, except those in `without` and those locked already."""
    query = select(IncidentAlert).where(IncidentAlert.next_at <= clock.now(), IncidentAlert.id.not_in(without))
    return db.session.scalar(query.order_by(IncidentAlert.next_at).limit(1).with_for_update(skip_locked=True))


def people_on_duty(incident: Incident) -> Select[Any]:
    """Return a SELECT of the ids of those whom an incident is told at once: those on duty, organisers, admins."""
    named: list[ColumnElement[bool]] = []
    if incident.run_id is not None:
        named.append(Person.id.in_(organiser_ids(incident.run_id)))
    if incident.schedule_id is not None:
        of_series = select(Series.organiser_id).join(Schedule, Schedule.series_id == Series.id)
        named.append(Person.id.in_(of_series.where(Schedule.id == incident.schedule_id)))
    if incident.crew_id is not None:
        admins = select(CrewMembership.person_id).where(
            *(CrewMembership.crew_id == incident.crew_id, CrewMembership.status == ACTIVE), CrewMembership.role == ADMIN
        )
        named.append(Person.id.in_(admins))
    if named:
        named.append(exists().where(Incident.id == incident.id, is_on_duty(Person.id)).correlate(Person))
    return _without_concerned(incident).where(or_(*named) if named else Person.is_operator)


def operators_and_people_on_duty(incident: Incident) -> Select[Any]:
    """Return a SELECT of the ids of `people_on_duty` and of all operators."""
    on_duty = people_on_duty(incident).subquery().c.id
    return _without_concerned(incident).where(or_(Person.is_operator, Person.id.in_(select(on_duty))))


def _without_concerned(incident: Incident) -> Select[Any]:
    query = select(Person.id).where(Person.state == "active")
    if incident.category in ABOUT_CONDUCT:
        concerned = select(IncidentPerson.person_id).where(IncidentPerson.incident_id == incident.id)
        query = query.where(Person.id.not_in(concerned))
    return query


def people_with_contact(incident: Incident) -> Sequence[Person]:
    """Return the people whom an incident concerns who have an emergency contact."""
    query = select(Person).join(IncidentPerson, IncidentPerson.person_id == Person.id)
    query = query.where(
        IncidentPerson.incident_id == incident.id, Person.emergency_phone.is_not(None), Person.state == "active"
    )
    return db.session.scalars(query.order_by(IncidentPerson.created_at)).all()


def alert_of(incident_id: uuid.UUID) -> IncidentAlert | None:
    """Return the alert of an incident, None if it is not that serious."""
    return db.session.scalar(select(IncidentAlert).where(IncidentAlert.incident_id == incident_id))


def handled_person(handler: Person, incident_id: uuid.UUID, person_id: uuid.UUID) -> tuple[Incident, Person]:
    """Return an incident that a person has taken over, and somebody whom it concerns.

    Raise NotFound for who does not read the report or somebody whom it does not concern, and Forbidden unless they took
    the incident over in the last days. Nobody opens alone what they want to see: unless they operate the site, the person
    has named themselves, or others wrote the report and named them, or it is the time of a run that opens their number
    to its organisers.
    """
    incident = incident_for(handler, incident_id)
    concerned = select(Person).join(IncidentPerson, IncidentPerson.person_id == Person.id)
    person = scalar_or_404(concerned.where(IncidentPerson.incident_id == incident.id, Person.id == person_id))
    if not is_handler(handler, incident.id):
        raise Forbidden(_("Emergency details are for whoever has taken the incident over. Say “I've got it” first."))
    if person.state == "erased":
        raise NotFound
    if not handler.is_operator and not _is_opened(handler, incident, person):
        raise Forbidden(
            _("You named them yourself. Emergency details open when others write the report and name whom it concerns.")
        )
    return incident, person


def _is_opened(handler: Person, incident: Incident, person: Person) -> bool:
    named_by = IncidentPerson.added_by_id
    by_others = (named_by != handler.id) & (Incident.person_id != handler.id)
    named = select(IncidentPerson.id).join(Incident, Incident.id == IncidentPerson.incident_id)
    named = named.where(IncidentPerson.incident_id == incident.id, IncidentPerson.person_id == person.id)
    if db.session.scalar(named.where(or_(named_by == person.id, by_others))) is not None:
        return True
    run = db.session.get(Run, incident.run_id) if incident.run_id else None
    if run is None or run.cancelled_at is not None or not organises(handler, run):
        return False
    comes = select(Participation.id).where(Participation.run_id == run.id, Participation.person_id == person.id)
    return db.session.scalar(comes.where(phone_opened(run))) is not None


def is_handler(person: Person, incident_id: uuid.UUID) -> bool:
    """Return whether a person has taken an incident over in the last days."""
    query = exists().where(
        IncidentAlert.incident_id == incident_id,
        IncidentAlert.taken_by_id == person.id,
        IncidentAlert.taken_at > clock.now() - HANDLED_FOR,
    )
    return bool(db.session.scalar(select(query)))


def has_looked(looker: Person, incident: Incident, person: Person) -> bool:
    """Return whether the handler has looked at somebody's emergency details and still sees them."""
    query = exists().where(
        *(IncidentLook.looker_id == looker.id, IncidentLook.incident_id == incident.id),
        *(IncidentLook.person_id == person.id, IncidentLook.created_at > clock.now() - SHOWN_FOR),
    )
    return bool(db.session.scalar(select(query)))


def looks_at(viewer: Person, incident: Incident) -> Sequence[Row[Any]]:
    """Return the looks at emergency details in an incident, in order: `created_at`, `looker`, `of` (an id)."""
    query = (
        select(IncidentLook.created_at, IncidentLook.person_id.label("of"), shown_person(viewer, "looker"))
        .join(Person, Person.id == IncidentLook.looker_id)
        .where(IncidentLook.incident_id == incident.id)
        .order_by(IncidentLook.created_at, IncidentLook.id)
        .limit(LOOKS_SHOWN)
    )
    return db.session.execute(query).all()


def people_to_review(now: datetime) -> Select[*tuple[Any, ...]]:
    """Select who reviews the week now, as `person_id`, and the `day` it is for them.

    It is the morning of the first day of their week, in their zone, and within a week there were reports that they
    coordinate. That there is one of their own conduct would tell them of it.
    """
    local = func.timezone(Person.timezone, now)
    first_day = case((Person.locale == "fa", SATURDAY), else_=MONDAY)
    agreed = RunOrganiser.person_id == Person.id, RunOrganiser.agreed_at.is_not(None)
    organises_too = exists().where(RunOrganiser.run_id == Run.id, *agreed).correlate_except(RunOrganiser)
    of_run = exists().where(Run.id == Incident.run_id, or_(Run.organiser_id == Person.id, organises_too))
    is_theirs = or_(
        Person.is_operator, sees_reports_of(Person.id, Incident.crew_id), of_run.correlate(Incident, Person)
    )
    of_week = Incident.created_at > now - WEEK, Incident.created_at <= now
    had_reports = exists().where(*of_week, is_theirs, ~is_about_conduct_of(Person.id))
    return select(Person.id.label("person_id"), cast(local, Date).label("day")).where(
        *(Person.state == "active", func.extract("isodow", local) == first_day),
        *(func.extract("hour", local) >= MORNING, had_reports.correlate(Person)),
    )
