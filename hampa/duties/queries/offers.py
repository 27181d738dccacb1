"""Offers of duties: who may take one, and what waits for a person's answer."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, CrewMembership
from hampa.duties.models import OPEN, TO_ALL, Booking, Offer, Qualification, Roster, Schedule
from hampa.duties.queries.schedules import belongs, booking_day, has_draft, is_qualified
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.answers import Answer, AnswerKind, all_answers, answer_columns
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, select_by_name
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.series.models import Series, SeriesMembership

MOST_ASKED = 200
"""The people that are asked about one duty at most."""
OFFERS, BUDDIES = "duty_offer", "duty_buddy"
"""The kinds of answers."""


def is_free_for(person_id: Any, booking: Any) -> ColumnElement[bool]:
    """Return the condition that a person has nothing else at the time of a booking, which may be `Booking` or a row."""
    other = aliased(Booking)
    return ~exists().where(
        *(other.person_id == person_id, other.cancelled_at.is_(None), ~other.is_draft),
        *(other.begins_at < booking.ends_at, other.ends_at > booking.begins_at),
    )


def people_of(schedule: Schedule) -> Any:
    """Return the condition that a `Person` belongs to the crew or the series of a schedule, found from these."""
    if schedule.crew_id is not None:
        members = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == schedule.crew_id, CrewMembership.status == ACTIVE
        )
        return Person.id.in_(members)
    members = select(SeriesMembership.person_id).where(SeriesMembership.series_id == schedule.series_id)
    goers = (
        select(Participation.person_id)
        .join(Run, Run.id == Participation.run_id)
        .where(Run.series_id == schedule.series_id, Run.cancelled_at.is_(None))
        .where(Participation.status == GOING, Participation.display_name == "")
    )
    organiser_id = select(Series.organiser_id).where(Series.id == schedule.series_id).scalar_subquery()
    return and_(or_(Person.id.in_(members), Person.id.in_(goers)), Person.id.not_in(hidden_from(organiser_id)))


def eligible_people(
    person: Person, booking: Booking, to_id: uuid.UUID | None = None, *, only_free: bool = True
) -> Sequence[uuid.UUID]:
    """Return who may take a booking of a person: they belong to its crew or series, are qualified and have time."""
    query = (
        select(Person.id)
        .join(Schedule, Schedule.id == booking.schedule_id)
        .where(people_of(booking.schedule), Person.id != person.id, Person.state == "active")
        .where(is_qualified(Person.id), Person.id.not_in(hidden_from(person.id)))
        .order_by(Person.id)
        .limit(MOST_ASKED)
    )
    if to_id is not None:
        query = query.where(Person.id == to_id)
    if only_free:
        query = query.where(is_free_for(Person.id, booking))
    return db.session.scalars(query).all()


def people_to_give(person: Person, booking: Booking) -> list[PersonSummary]:
    """Return the people to whom a booking can be given, by name."""
    ids = eligible_people(person, booking)
    query = select(summary_columns()).where(Person.id.in_(ids)).order_by(by_alphabet(Person.name), Person.id)
    return list(db.session.scalars(query))


def bookings_to_want(viewer: Person, booking: Booking) -> list[Any]:
    """Return bookings to come of others in the same crew or series, for which one may be swapped; of a draft in drafts."""
    schedule = booking.schedule
    rows = _to_want(
        viewer.id,
        schedule.crew_id,
        schedule.series_id,
        booking.person_id,
        booking.schedule_id,
        booking.starts_at,
        clock.now(),
        in_drafts=booking.is_draft,
    )
    return list(rows)


@built_once
def _to_want(
    viewer_id: uuid.UUID,
    crew_id: uuid.UUID | None,
    series_id: uuid.UUID | None,
    person_id: uuid.UUID,
    schedule_id: uuid.UUID,
    starts_at: datetime,
    now: datetime,
    *,
    in_drafts: bool,
) -> Any:
    drafted = exists().where(has_draft(), Roster.day == booking_day()).correlate(Booking, Schedule)
    return (
        select(Booking.id, Booking.begins_at, Schedule.name.label("schedule"), Schedule.timezone, Person.name)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .join(Person, Person.id == Booking.person_id)
        .where(or_(Schedule.crew_id == crew_id, Schedule.series_id == series_id))
        .where(Booking.cancelled_at.is_(None), Booking.begins_at > now, Booking.person_id != person_id)
        .where(or_(Booking.schedule_id != schedule_id, Booking.starts_at != starts_at))
        .where(Booking.is_draft if in_drafts else and_(~Booking.is_draft, ~drafted))
        .where(Person.state == "active", Person.id.not_in(hidden_from(viewer_id)))
        .order_by(Booking.begins_at, Booking.id)
        .limit(50)
    )


def open_offer(booking_id: uuid.UUID) -> Offer | None:
    """Return the open offer of a booking."""
    return db.session.scalar(select(Offer).where(Offer.booking_id == booking_id, Offer.state == OPEN))


def offer_of(person: Person, offer_id: uuid.UUID) -> Any:
    """Return the booking, the kind and the state of an offer to a person, or to all; None for others."""
    query = select(Offer.booking_id, Offer.kind, Offer.state).where(
        Offer.id == offer_id, or_(Offer.person_id.is_(None), Offer.person_id == person.id)
    )
    return db.session.execute(query).first()


def offers_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the offers that wait for a person's answer; titles are those of schedules.

    An offer to all waits only for those who belong to the crew, are qualified, and have nothing else then.
    """
    giver, wanted, other = aliased(Person), aliased(Booking), aliased(Schedule)
    eligible = belongs(person.id), is_qualified(person.id), is_free_for(person.id, Booking)
    to_all = and_(Offer.kind == TO_ALL, *eligible)
    columns = answer_columns(
        Offer.id,
        Booking.begins_at,
        title=Schedule.name,
        starts_at=Booking.begins_at,
        timezone=Schedule.timezone,
        asker=giver,
        line=Offer.kind,
        other_title=func.coalesce(other.name, ""),
        other_starts_at=wanted.begins_at,
        other_timezone=other.timezone,
    )
    return (
        select(*columns)
        .select_from(Offer)
        .join(Booking, Booking.id == Offer.booking_id)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .join(giver, giver.id == Booking.person_id)
        .outerjoin(wanted, wanted.id == Offer.wanted_id)
        .outerjoin(other, other.id == wanted.schedule_id)
        .where(Offer.state == OPEN, Booking.cancelled_at.is_(None), Booking.begins_at > now)
        .where(or_(Offer.person_id == person.id, to_all), Booking.person_id != person.id)
        .where(giver.state == "active", giver.id.not_in(hidden_from(person.id)))
    )


def may_have_offers(person: Person, now: Any) -> ColumnElement[bool]:
    """Return a condition that holds whenever a duty is offered to a person."""
    is_offered = Offer.state == OPEN, or_(Offer.person_id == person.id, Offer.kind == TO_ALL)
    ahead = Booking.id == Offer.booking_id, Booking.begins_at > now, Booking.person_id != person.id
    return exists().where(*is_offered, *ahead)


def may_be_buddy(person: Person, now: Any) -> ColumnElement[bool]:
    """Return a condition that holds whenever a person is asked to come along on a shift."""
    asked = Booking.buddy_id == person.id, Booking.buddy_confirmed_at.is_(None), Booking.begins_at > now
    return exists().where(*asked)


def buddies_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the shifts on which a person is asked to come along."""
    columns = answer_columns(
        Booking.id,
        Booking.begins_at,
        title=Schedule.name,
        starts_at=Booking.begins_at,
        timezone=Schedule.timezone,
        asker=Person,
    )
    return (
        select(*columns)
        .select_from(Booking)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.buddy_id == person.id, Booking.buddy_confirmed_at.is_(None), Booking.cancelled_at.is_(None))
        .where(Booking.begins_at > now, Person.state == "active", Person.id.not_in(hidden_from(person.id)))
    )


def _members(viewer: Person, schedule: Schedule) -> Select[Any]:
    seen = people_of(schedule), Person.state == "active", Person.id.not_in(hidden_from(viewer.id))
    return select(summary_columns()).where(*seen)


def members_of(viewer: Person, schedule: Schedule, words: str = "") -> list[PersonSummary]:
    """Return people of the crew or the series of a schedule whose name has these letters, by name, 200 at most.

    Those hidden from the viewer are not among them.
    """
    query = _members(viewer, schedule)
    if words:
        query = query.where(func.lower(Person.name).contains(words.lower(), autoescape=True))
    return list(db.session.scalars(query.order_by(by_alphabet(Person.name), Person.id).limit(MOST_ASKED)))


def member_of(viewer: Person, schedule: Schedule, person_id: uuid.UUID) -> PersonSummary:
    """Return a person of the crew or the series of a schedule. Raise NotFound, also for who is hidden from the viewer."""
    found = db.session.scalar(_members(viewer, schedule).where(Person.id == person_id))
    if found is None:
        raise NotFound
    return found


def _has_qualification(schedule: Schedule) -> Any:
    owner = (
        Qualification.crew_id == schedule.crew_id
        if schedule.crew_id is not None
        else Qualification.series_id == schedule.series_id
    )
    return select(Qualification.person_id).where(owner, Qualification.name == schedule.qualification)


def qualified_ids(schedule: Schedule, among: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return who of some people has the qualification that a schedule needs."""
    return db.session.scalars(_has_qualification(schedule).where(Qualification.person_id.in_(among))).all()


def qualified_people(viewer: Person, schedule: Schedule, after: str | None, size: int) -> Page[PersonSummary]:
    """Return a page of the members who have the qualification that a schedule needs, by name."""
    query = _members(viewer, schedule).where(Person.id.in_(_has_qualification(schedule)))
    rows = db.session.scalars(select_by_name(query, after, size, Person.name, Person.id)).all()
    return Page.of(rows, size, lambda row: (row.name, row.id))


def asked_of(person: Person, schedule_id: uuid.UUID | None = None, starts_at: datetime | None = None) -> list[Answer]:
    """Return the offers and the questions to come along that wait for a person's answer, of one shift or of all."""
    rows = _asked(person.id, clock.now(), schedule_id, starts_at, of_one=schedule_id is not None)
    return [Answer(*row) for row in rows]


@built_once
def _asked(
    person_id: uuid.UUID, now: datetime, schedule_id: uuid.UUID | None, starts_at: datetime | None, *, of_one: bool
) -> Any:
    person, kinds = stand_in(person_id), []
    of_shift = (Booking.schedule_id == schedule_id, Booking.starts_at == starts_at) if of_one else ()
    for name, query in ((OFFERS, offers_for(person, now)), (BUDDIES, buddies_for(person, now))):
        kinds.append(AnswerKind(name, "", query.where(*of_shift)))
    waiting = all_answers(kinds)
    return select(waiting).order_by(waiting.c.moment, waiting.c.id)
