"""Asking for close-outs, closing, correcting, and thanking who came."""

import datetime as dt
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.closeouts.models import CloseOut
from hampa.closeouts.queries import closeouts as queries
from hampa.duties.actions.attendance import record_done
from hampa.duties.models import ATTENDANCES, ATTENDED, Booking, Schedule, shifts_version
from hampa.duties.queries.occasions import day_bounds, is_in_day, is_of_owner
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.row_versions import bumping

ASKED, AGAIN = "asked", "again"
REMINDED_AT = dt.time(10)
"""The time of the next day at which who may close out is reminded."""
SOONEST_REMINDER = timedelta(hours=6)


def ask(now: datetime, batch: int = 100) -> int:
    """Ask for the close-outs of days that are over, and return how many days were found."""
    rows = queries.days_that_ended(now, batch)
    for row in rows:
        since, until = day_bounds(row.day, row.timezone)
        next_day = dates.to_utc(row.day + timedelta(days=1), REMINDED_AT, row.timezone)
        values = {
            "id": ids.new_id(),
            "crew_id": row.crew_id,
            "series_id": row.series_id,
            "day": row.day,
            "timezone": row.timezone,
            "since": since,
            "until": until,
            "ended_at": row.ended_at,
            "remind_at": max(next_day, row.ended_at + SOONEST_REMINDER),
            "created_at": now,
            "updated_at": now,
        }
        made = insert(CloseOut).values(**values).on_conflict_do_nothing().returning(CloseOut)
        closeout = db.session.scalar(made)
        if closeout is not None:
            _tell(closeout, ASKED)
    return len(rows)


def remind(now: datetime, batch: int = 100) -> int:
    """Remind, once, of close-outs that nobody did until the next day; return how many were due."""
    query = (
        select(CloseOut)
        .where(CloseOut.closed_at.is_(None), CloseOut.reminded_at.is_(None), CloseOut.remind_at <= now)
        .order_by(CloseOut.remind_at, CloseOut.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    closeouts = db.session.scalars(query).all()
    for closeout in closeouts:
        closeout.reminded_at = now
        if closeout.ended_at > now - queries.WAITS_FOR:
            _tell(closeout, AGAIN)
    db.session.flush()
    return len(closeouts)


def close(
    person: Person, closeout_id: uuid.UUID, attendances: Mapping[uuid.UUID, str], *, had_incidents: bool, said: int
) -> CloseOut:
    """Say who came that day and whether anything happened, or correct that.

    `said` is that of the close-out when the form was made: of two who close at once the first has it. Raise Conflict
    for the second, Refused for a booking that is not of that day or another word, and NotFound.
    """
    closeout = queries.closeout_for(person, closeout_id, lock=True)
    if closeout.said != said:
        raise Conflict(_("Somebody else has closed this day meanwhile. Look at what they said, and correct it."))
    if set(attendances.values()) - set(ATTENDANCES):
        raise Refused(_("Choose one of the answers."))
    now = clock.now()
    _set_attendances(person, closeout, attendances, now)
    if said:
        closeout.corrected_at, closeout.corrected_by_id = now, person.id
    else:
        closeout.closed_at, closeout.closed_by_id = now, person.id
    closeout.had_incidents, closeout.said = had_incidents, said + 1
    db.session.flush()
    if closeout.thanked_at is not None:  # whoever came by the correction only is thanked too
        enqueue("closeouts.thank", closeout_id=closeout.id)
    return closeout


def _set_attendances(person: Person, closeout: CloseOut, attendances: Mapping[uuid.UUID, str], now: datetime) -> None:
    of_day = (
        select(Booking.id)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(is_of_owner(closeout.crew_id, closeout.series_id), is_in_day(closeout.since, closeout.until))
        .where(Booking.id.in_(attendances))
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    )
    if set(db.session.scalars(of_day)) != set(attendances):
        raise Refused(_("Somebody of this list is not booked that day any more. Look at it again."))
    for attendance in ATTENDANCES:
        chosen = [booking_id for booking_id, word in attendances.items() if word == attendance]
        values = {"attendance": attendance, "attendance_at": now, "attendance_by_id": person.id, "updated_at": now}
        differs = or_(
            Booking.attendance.is_distinct_from(attendance),
            Booking.attendance_by_id.is_not_distinct_from(Booking.person_id),
        )
        if chosen:
            how = case((Booking.attendance == attendance, Booking.attendance_how))
            changed = update(Booking).where(Booking.id.in_(chosen), differs)
            changed = changed.values(**values, attendance_how=how, version=Booking.version + 1)
            db.session.execute(changed, execution_options=bumping([shifts_version(closeout)]))
        if chosen and attendance == ATTENDED:
            record_done(chosen)


def thank(person: Person, closeout_id: uuid.UUID, text: str) -> CloseOut:
    """Have the worker send a message to all who came that day, once.

    Raise Refused before the day is closed, Conflict if somebody has thanked already, and NotFound.
    """
    closeout = queries.closeout_for(person, closeout_id)
    if closeout.closed_at is None:
        raise Refused(_("First say who came."))
    now = clock.now()
    values = {"thanks": text, "thanked_at": now, "thanked_by_id": person.id, "updated_at": now}
    first = (
        update(CloseOut)
        .where(CloseOut.id == closeout.id, CloseOut.thanked_at.is_(None))
        .values(**values, version=CloseOut.version + 1)
        .returning(CloseOut.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(first).scalar() is None:
        raise Conflict(_("Somebody has thanked them already."))
    db.session.refresh(closeout)
    enqueue("closeouts.thank", closeout_id=closeout.id)
    return closeout


def tell_thanks(closeout: CloseOut) -> int:
    """Notify who came and was not thanked yet, and return how many that were."""
    return notify(
        queries.people_who_came(closeout),
        "duty_thanks",
        actor_id=closeout.thanked_by_id,
        subject_id=closeout.id,
        data={},
        event=closeout.id,
    )


def _tell(closeout: CloseOut, what: str) -> None:
    notify(
        queries.people_to_ask(closeout.crew_id, closeout.series_id, closeout.since, closeout.until),
        "duty_closeout",
        subject_id=closeout.id,
        data={"what": what},
        event=f"{closeout.id}:{what}",
        expires_at=closeout.ended_at + queries.WAITS_FOR,
    )
