"""Saying when one has time to train, and when not."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.coaching.actions.events import log
from hampa.coaching.actions.sessions import check_day
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.availability import LONGEST_EXCEPTION, MOST_EXCEPTIONS, Availability, AvailabilityException
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _


def set_availability(person: Person, days: Sequence[int | None]) -> None:
    """Say how many minutes one usually has from Monday to Sunday, None for any."""
    now = clock.now()
    row = {"id": ids.new_id(), "person_id": person.id, "days": list(days), "created_at": now, "updated_at": now}
    made = insert(Availability).values(row)
    changes = {"days": made.excluded.days, "updated_at": now, "version": Availability.version + 1}
    db.session.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=changes))


def add_exception(
    person: Person, first: dt.date, last: dt.date, minutes: int | None, note: str = ""
) -> AvailabilityException:
    """Say that one has other time than usual on some days, which tells coaches whom one lets see it. Raise Refused."""
    check_day(first, "first")
    check_day(last, "last")
    if last < first:
        raise Refused(_("It ends before it begins."), "last")
    if last < dates.today():
        raise Refused(_("This day is over."), "last")
    if (last - first).days > LONGEST_EXCEPTION:
        raise Refused(_("A year at most."), "last")
    row = AvailabilityException
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"availability:{person.id}", 0))))
    count = db.session.scalar(select(func.count()).where(row.person_id == person.id, row.last >= dates.today())) or 0
    if count >= MOST_EXCEPTIONS:
        raise Refused(_("That is enough exceptions. Delete some first."), "first")
    made = AvailabilityException(person_id=person.id, first=first, last=last, minutes=minutes, note=note)
    db.session.add(made)
    db.session.flush()
    begins, ends = first.isoformat(), last.isoformat()
    for athlete_id in _records_of(person):
        log(
            "other_time",
            person,
            athlete_id=athlete_id,
            after={"first": begins, "last": ends, "minutes": minutes},
            on_timelines=False,
        )
        coaches = select(Coach.coach_id).where(
            Coach.athlete_id == athlete_id, Coach.person_id == person.id, Coach.availability
        )
        notify(
            coaches,
            "athlete_time",
            actor_id=person.id,
            subject_id=athlete_id,
            data={"first": begins, "last": ends, "minutes": minutes},
            event=f"{made.id}:{athlete_id}",
        )
    return made


def _records_of(person: Person) -> Sequence[uuid.UUID]:
    records = select(Athlete.id).where(Athlete.person_id == person.id, Athlete.archived_at.is_(None))
    return db.session.scalars(records.order_by(Athlete.id)).all()


def delete_exception(person: Person, exception_id: uuid.UUID) -> None:
    """Delete an exception of one's own. Raise NotFound."""
    row = AvailabilityException
    columns = row.first, row.last, row.minutes
    gone = delete(row).where(row.id == exception_id, row.person_id == person.id).returning(*columns)
    days = db.session.execute(gone).one_or_none()
    if days is None:
        raise NotFound
    before = {"first": days.first.isoformat(), "last": days.last.isoformat(), "minutes": days.minutes}
    for athlete_id in _records_of(person):
        log("usual_time", person, athlete_id=athlete_id, before=before, on_timelines=False)


def forget_exceptions() -> None:
    """Delete exceptions that are long over."""
    row = AvailabilityException
    over = delete(row).where(row.last < clock.now().date() - dt.timedelta(days=90))
    db.session.execute(over.execution_options(synchronize_session=False))
