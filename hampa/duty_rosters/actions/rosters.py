"""Drafting a day's roster, publishing it, and drafting it again.

Who puts people into shifts locks the schedule in a way that lets others do so too. Whoever drafts or publishes locks all
schedules of the crew or the series for themselves: a place is taken before, and belongs to the draft, or after.
"""

import datetime as dt
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from hampa.duties.actions.booking import fill
from hampa.duties.models import Booking, Roster, Schedule, Standby, shifts_version
from hampa.duties.queries.schedules import booking_day
from hampa.duty_rosters.queries.checks import checks_of
from hampa.duty_rosters.queries.days import RosterDay, day_of
from hampa.duty_rosters.queries.owners import RosterOwner, coordinated_owner, is_of
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.row_versions import bumping

PUBLISHED, REDRAFTED = "published", "redrafted"


def draft(coordinator: Person, owner: RosterOwner, day: dt.date) -> Roster:
    """Draft a day's roster: from now on only coordinators see who does what, and nobody else takes a place.

    Who knows of their place keeps it; if the roster was published, they are told. Raise Refused for a day that is over.
    """
    owner = _locked(coordinator, owner)
    if day < dates.today(owner.timezone):
        raise Refused(_("That day is over."))
    now = clock.now()
    values = {"id": ids.new_id(), "day": day, "created_at": now, "updated_at": now, **owner.ids}
    made = insert(Roster).values(**values).on_conflict_do_nothing()
    db.session.execute(made, execution_options=bumping([shifts_version(owner)]))
    roster = _roster(owner, day)
    if roster.published_at is not None:
        roster.published_at = None
        _tell(owner, roster, REDRAFTED)
    db.session.flush()
    return roster


def publish(coordinator: Person, owner: RosterOwner, day: dt.date) -> Roster:
    """Publish a day's roster and tell everybody in it, once. Raise Refused while a check keeps it back.

    Free places go to those who wait for them, then to whoever takes them. Nobody has two duties at one time: the index of
    bookings decides. Raise NotFound for a day without a draft; one that is published stays so.
    """
    owner = _locked(coordinator, owner)
    roster = _roster(owner, day)
    if roster.published_at is not None:
        return roster
    shown = day_of(coordinator, owner, day)
    blocking = sum(check.is_blocking for check in checks_of(owner, shown))
    if blocking:
        raise Refused(
            ngettext(
                "%(num)d thing keeps it from being published. Fix it first.",
                "%(num)d things keep it from being published. Fix them first.",
                blocking,
            )
        )
    roster.published_at, roster.publications = clock.now(), roster.publications + 1
    db.session.flush()
    _reveal(owner, day)
    _tell(owner, roster, PUBLISHED)
    _fill(owner, shown)
    return roster


def discard(coordinator: Person, owner: RosterOwner, day: dt.date) -> None:
    """Delete a draft with the places of those who do not know of them. Raise Refused for one that people know of."""
    owner = _locked(coordinator, owner)
    roster = _roster(owner, day)
    if roster.published_at is not None or roster.publications:
        raise Refused(_("People know of this roster. Change it, and publish it again."))
    drafted = delete(Booking).where(Booking.id.in_(_of_day(owner, day)), Booking.is_draft)
    db.session.execute(drafted, execution_options=bumping([shifts_version(roster)]))
    db.session.delete(roster)
    db.session.flush()


def expect(coordinator: Person, owner: RosterOwner, day: dt.date, runners: int | None) -> Roster:
    """Set how many runners are expected on a day that has a roster. Raise NotFound for another day."""
    owner = _locked(coordinator, owner)
    roster = _roster(owner, day)
    roster.expected = runners
    db.session.flush()
    return roster


def _locked(coordinator: Person, owner: RosterOwner) -> RosterOwner:
    schedules = select(Schedule.id).where(is_of(Schedule, owner)).order_by(Schedule.id).with_for_update()
    db.session.scalars(schedules).all()
    return coordinated_owner(coordinator, owner.kind, owner.id)


def _roster(owner: RosterOwner, day: dt.date) -> Roster:
    query = select(Roster).where(is_of(Roster, owner), Roster.day == day).with_for_update()
    roster = db.session.scalar(query.execution_options(populate_existing=True))
    if roster is None:
        raise NotFound
    return roster


def _of_day(owner: RosterOwner, day: dt.date) -> Select[Any]:
    """Return a SELECT of the ids of the bookings of a day that are not cancelled."""
    ours = is_of(Schedule, owner), booking_day() == day, Booking.cancelled_at.is_(None)
    return select(Booking.id).join(Schedule, Schedule.id == Booking.schedule_id).where(*ours)


def _reveal(owner: RosterOwner, day: dt.date) -> None:
    values = {"is_draft": False, "updated_at": clock.now(), "version": Booking.version + 1}
    shown = update(Booking).where(Booking.id.in_(_of_day(owner, day)), Booking.is_draft).values(**values)
    options = {"synchronize_session": False} | bumping([shifts_version(owner)])
    try:
        with db.session.begin_nested():
            db.session.execute(shown, execution_options=options)
    except IntegrityError as error:
        if "ex_duty_bookings_one_at_a_time" not in str(error.orig):
            raise
        raise Refused(_("Somebody in it has another duty at that time.")) from None


def _tell(owner: RosterOwner, roster: Roster, what: str) -> None:
    """Tell those of a roster whose duties are not over, each once for each publication."""
    people = (
        select(Booking.person_id)
        .distinct()
        .where(Booking.id.in_(_of_day(owner, roster.day)), ~Booking.is_draft, Booking.ends_at > clock.now())
    )
    notify(
        db.session.scalars(people).all(),
        "duty_roster",
        subject_id=roster.id,
        data={"what": what, "day": roster.day.isoformat()},
        event=f"{roster.id}:{what}:{roster.publications}",
    )


def _fill(owner: RosterOwner, shown: RosterDay) -> None:
    shifts = {(shift.schedule.id, shift.starts_at): shift for shift in shown.shifts if shift.free}
    waiting = select(Standby.schedule_id, Standby.starts_at).distinct()
    rows = waiting.where(Standby.schedule_id.in_([row.id for row in owner.schedules])).where(
        Standby.starts_at.in_([start for _schedule, start in shifts])
    )
    for schedule_id, starts_at in db.session.execute(rows).all():
        shift = shifts.get((schedule_id, starts_at))
        schedule = db.session.get(Schedule, schedule_id)
        if shift is not None and schedule is not None and not shift.is_cancelled:
            fill(schedule, starts_at, shift.begins_at, shift.ends_at)
