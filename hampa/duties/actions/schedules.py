"""Making and changing schedules, single shifts of them, and qualifications."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from hampa.crews.models import Crew
from hampa.duties.actions import notifying
from hampa.duties.actions.booking import fill, withdraw_offers
from hampa.duties.models import Booking, Qualification, Schedule, ShiftChange
from hampa.duties.queries.schedules import (
    Owner,
    belongs,
    coordinated_schedule,
    coordinators_of,
    is_drafted,
    owner_of,
    schedule_row,
)
from hampa.duties.queries.shifts import LONGEST_SPAN, shift_of
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _

MOST_OF_OWNER = 50
"""The schedules that a crew or a series may have."""


def create_schedule(coordinator: Person, owner: Owner, values: dict[str, Any]) -> Schedule:
    """Make a schedule of a crew or a series that the person coordinates, as a draft. Raise Refused."""
    of_owner = Schedule.crew_id == owner.crew_id if owner.crew_id else Schedule.series_id == owner.series_id
    count = len(db.session.scalars(select(Schedule.id).where(of_owner).limit(MOST_OF_OWNER)).all())
    if count >= MOST_OF_OWNER:
        raise Refused(_("That is enough schedules. Delete one that you don't need any more."))
    schedule = Schedule(crew_id=owner.crew_id, series_id=owner.series_id, author_id=coordinator.id, **values)
    _check(schedule)
    db.session.add(schedule)
    db.session.flush()
    return schedule


def change_schedule(coordinator: Person, schedule_id: uuid.UUID, values: dict[str, Any]) -> Schedule:
    """Change a schedule; bookings to come that no longer suit its rule are cancelled, and their people told.

    Raise Refused, also when a longer duration makes two duties of somebody overlap, NotFound and Forbidden.
    """
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    for name, value in values.items():
        setattr(schedule, name, value)
    _check(schedule)
    _flush(_("With this length, somebody would have two duties at one time."))
    rule = schedule.shift_rule
    upcoming = _upcoming(schedule.id)
    moved = _moved_starts(schedule.id)
    for booking in upcoming:
        if (
            booking.starts_at not in moved and not rule.gives(booking.starts_at)
        ) or booking.place > schedule.max_people:
            _cancel(booking, coordinator)
        elif booking.ends_at != booking.begins_at + schedule.duration:
            booking.ends_at = booking.begins_at + schedule.duration
    _flush(_("With this length, somebody would have two duties at one time."))
    _reveal_outside_drafts(schedule, upcoming)
    return schedule


def publish(coordinator: Person, schedule_id: uuid.UUID) -> Schedule:
    """Let the people of a schedule see it and take its shifts."""
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    if schedule.published_at is None:
        schedule.published_at = clock.now()
    return schedule


def activate(coordinator: Person, schedule_id: uuid.UUID, *, active: bool) -> Schedule:
    """Let the shifts of a schedule be taken again, or not any more; who has a place keeps it."""
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    schedule.is_active = active
    return schedule


def delete_schedule(coordinator: Person, schedule_id: uuid.UUID) -> None:
    """Delete a schedule on which nobody has had a duty. Raise Refused for others: they are made inactive."""
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    if db.session.scalar(select(exists().where(Booking.schedule_id == schedule.id))):
        raise Refused(_("People have had these duties. Make them inactive: then nobody takes them any more."))
    db.session.delete(schedule)


def change_shift(
    coordinator: Person,
    schedule_id: uuid.UUID,
    starts_at: datetime,
    *,
    is_cancelled: bool,
    note: str,
    moved_to: datetime | None,
) -> ShiftChange:
    """Cancel a shift, move it, or say something about it; those who do it are told.

    Raise Refused for a move into the past, or to a time at which somebody has another duty, and NotFound for no shift.
    """
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    shift = shift_of(coordinator, schedule_row(coordinator, schedule_id), starts_at)
    if shift is None:
        raise NotFound
    moved_to = None if moved_to == starts_at else moved_to
    begins_at = moved_to or starts_at
    if begins_at != shift.begins_at and begins_at <= clock.now():
        raise Refused(_("That is in the past. Choose a time to come."), "moved_on")
    if begins_at != shift.begins_at and begins_at > clock.now() + LONGEST_SPAN:
        raise Refused(_("That is too far off: a year at most."), "moved_on")
    notifying.count_change(coordinator)
    change = db.session.scalar(
        select(ShiftChange).where(ShiftChange.schedule_id == schedule.id, ShiftChange.starts_at == starts_at)
    )
    if change is None:
        change = ShiftChange(schedule_id=schedule.id, starts_at=starts_at)
        db.session.add(change)
    change.is_cancelled, change.note, change.moved_to = is_cancelled, note, moved_to
    bookings = _upcoming(schedule.id, starts_at)
    if begins_at != shift.begins_at:
        for booking in bookings:
            booking.begins_at, booking.ends_at = begins_at, begins_at + schedule.duration
            booking.reminded_at = booking.reminded_again_at = None
        _flush(_("At that time, somebody who does this shift has another duty."), "moved_on")
        for booking in bookings:
            if not booking.is_draft:
                notifying.tell_news(notifying.with_buddy(booking), booking, notifying.MOVED, coordinator.id)
        _reveal_outside_drafts(schedule, bookings)
    if is_cancelled:
        for booking in bookings:
            _cancel(booking, coordinator)
    db.session.flush()
    return change


def fill_shift(coordinator: Person, schedule_id: uuid.UUID, starts_at: datetime) -> list[Booking]:
    """Give the free places of a shift to its standby list."""
    schedule = coordinated_schedule(coordinator, schedule_id, lock="update")
    shift = shift_of(coordinator, schedule_row(coordinator, schedule_id), starts_at)
    if shift is None:
        raise NotFound
    return fill(schedule, starts_at, shift.begins_at, shift.ends_at)


def qualify(
    coordinator: Person, schedule_id: uuid.UUID, people: Sequence[uuid.UUID], among: Sequence[uuid.UUID]
) -> None:
    """Set who of the people `among` has the qualification that a schedule needs, in its crew or series: `people`."""
    schedule = coordinated_schedule(coordinator, schedule_id)
    if not schedule.qualification:
        raise Refused(_("These duties need no qualification."))
    owner = owner_of(coordinator, schedule)
    ours = (
        Qualification.crew_id == owner.crew_id if owner.crew_id else Qualification.series_id == owner.series_id,
        Qualification.name == schedule.qualification,
    )
    db.session.execute(
        delete(Qualification).where(*ours, Qualification.person_id.in_(among), Qualification.person_id.not_in(people))
    )
    eligible = select(Person.id).where(
        Person.id.in_(people), exists().where(Schedule.id == schedule.id, belongs(Person.id))
    )
    values = {"crew_id": owner.crew_id, "series_id": owner.series_id, "name": schedule.qualification}
    for person_id in db.session.scalars(eligible).all():
        row = {"id": ids.new_id(), "created_at": clock.now(), "person_id": person_id, **values}
        db.session.execute(insert(Qualification).values(**row).on_conflict_do_nothing())


def free_places_of_leavers(batch: int = 200) -> int:
    """Cancel duties to come of people who no longer belong to the crew or the series, and return how many.

    They are told, and so is who coordinates. Those of a closed crew are cancelled, too; if it opens again its people can
    take them anew. Of a draft nobody is told.
    """
    is_closed = exists().where(Crew.id == Schedule.crew_id, Crew.closed_at.is_not(None)).correlate_except(Crew)
    over = or_(~belongs(Booking.person_id), is_closed)
    query = (
        select(Booking, is_closed)
        .join(Booking.schedule)
        .options(joinedload(Booking.schedule, innerjoin=True))
        .where(Booking.cancelled_at.is_(None), Booking.begins_at > clock.now(), over)
        .order_by(Booking.begins_at)
        .limit(batch)
        .with_for_update(of=Booking, skip_locked=True)
    )
    found = db.session.execute(query).all()
    for booking, closed in found:
        booking.cancelled_at = clock.now()
        withdraw_offers(booking.id)
        db.session.flush()
        if not booking.is_draft:
            what = notifying.SHIFT_CANCELLED if closed else notifying.ENDED
            notifying.tell_news(notifying.with_buddy(booking), booking, what)
        if closed:
            continue
        fill(booking.schedule, booking.starts_at, booking.begins_at, booking.ends_at)
        if not booking.is_draft:
            notifying.tell_news(coordinators_of(booking.schedule), booking, notifying.FREED)
    return len(found)


def _check(schedule: Schedule) -> None:
    try:
        schedule.shift_rule.check()
    except ValueError as error:
        text = _("This makes no shifts. Check the rule, the days and the end.")
        if str(error) == "too many a day":
            text = _("That is more than 24 shifts a day.")
        raise Refused(text, "rule") from None


def _flush(text: str, field: str | None = None) -> None:
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        if "ex_duty_bookings_one_at_a_time" not in str(error.orig):
            raise
        raise Refused(text, field) from None


def _upcoming(schedule_id: uuid.UUID, starts_at: datetime | None = None) -> list[Booking]:
    query = select(Booking).where(
        Booking.schedule_id == schedule_id, Booking.cancelled_at.is_(None), Booking.begins_at > clock.now()
    )
    if starts_at is not None:
        query = query.where(Booking.starts_at == starts_at)
    return list(db.session.scalars(query.order_by(Booking.begins_at, Booking.id).with_for_update()))


def _moved_starts(schedule_id: uuid.UUID) -> set[datetime]:
    query = select(ShiftChange.starts_at).where(
        ShiftChange.schedule_id == schedule_id, ShiftChange.moved_to.is_not(None)
    )
    return set(db.session.scalars(query))


def _reveal_outside_drafts(schedule: Schedule, bookings: list[Booking]) -> None:
    """Tell people of their places in shifts that were moved from a day with a draft to one without."""
    moved = [one for one in bookings if one.is_draft and one.cancelled_at is None]
    moved = [one for one in moved if not is_drafted(schedule, one.begins_at)]
    for booking in moved:
        booking.is_draft = False
    _flush(_("At that time, somebody who does this shift has another duty."), "moved_on")
    for booking in moved:
        notifying.tell_booked(booking, notifying.GIVEN)


def _cancel(booking: Booking, coordinator: Person) -> None:
    booking.cancelled_at = clock.now()
    withdraw_offers(booking.id)
    if booking.is_draft:
        return
    notifying.tell_news(notifying.with_buddy(booking), booking, notifying.SHIFT_CANCELLED, coordinator.id)
