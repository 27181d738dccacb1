"""Appealing for people in short shifts, answering, and choosing whether one wants to be asked."""

import uuid
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.duties.actions.booking import book
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.schedules import coordinated_schedule, schedule_row
from hampa.duties.queries.shifts import shift_of
from hampa.duty_appeals.models import DECLINED, TAKEN, Appeal, AppealChoice, AppealSettings, Ask
from hampa.duty_appeals.queries import ShortShift, appeal_to, people_to_ask, settings_of
from hampa.duty_rosters.queries.owners import CREW, SERIES, RosterOwner, coordinated_owner, roster_owner
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

MOST_A_DAY = 20


def appeal(coordinator: Person, schedule_id: uuid.UUID, starts_at: Any) -> int:
    """Ask people to take a short shift, those first who were asked least lately, and return how many.

    Raise Refused if it is not short, or nobody is left to be asked; NotFound and Forbidden.
    """
    schedule = coordinated_schedule(coordinator, schedule_id, lock="share")
    shift = shift_of(coordinator, schedule_row(coordinator, schedule_id), starts_at)
    if shift is None:
        raise NotFound
    short = ShortShift(schedule, starts_at, shift.begins_at, shift.missing)
    if not short.can_be_asked_for:
        raise Refused(_("This shift misses nobody, or can't be taken now."))
    limit(coordinator, "duties.appeal", MOST_A_DAY, per="day", error=_enough)
    kind, owner_id = (CREW, schedule.crew_id) if schedule.crew_id is not None else (SERIES, schedule.series_id)
    if owner_id is None:
        raise NotFound
    settings = settings_of(roster_owner(coordinator, kind, owner_id))
    count = _ask(short, coordinator, settings.every_days, settings.most)
    if not count:
        raise Refused(
            _("Nobody is left to ask: who wants to be asked has no time, is not qualified, or was asked lately.")
        )
    return count


def _enough(seconds: int) -> TooFast:
    return TooFast(_("That is enough appeals for a day."), seconds)


def appeal_automatically(shift: ShortShift, every_days: int, most: int) -> int:
    """Ask people to take a short shift, once a day at most, and return how many were asked."""
    return _ask(shift, None, every_days, most) if shift.can_be_asked_for else 0


def _ask(shift: ShortShift, author: Person | None, every_days: int, most: int) -> int:
    """Store an appeal and whom it asks: that nobody is asked by two at once, the lock of their choice decides."""
    now = clock.now()
    values = {
        "id": ids.new_id(),
        "schedule_id": shift.schedule.id,
        "starts_at": shift.starts_at,
        "begins_at": shift.begins_at,
        "author_id": author.id if author is not None else None,
        "is_automatic": author is None,
        "day": now.date(),
        "created_at": now,
    }
    made = db.session.scalar(insert(Appeal).values(**values).on_conflict_do_nothing().returning(Appeal.id))
    if made is None:
        return 0
    chosen = people_to_ask(shift, author, every_days, most)
    claimed = update(AppealChoice).where(AppealChoice.id.in_(chosen.scalar_subquery())).values(asked_at=now)
    claimed = claimed.execution_options(synchronize_session=False)
    people = list(db.session.scalars(claimed.returning(AppealChoice.person_id)))
    if not people:
        db.session.execute(delete(Appeal).where(Appeal.id == made))
        return 0
    rows = [{"id": ids.new_id(), "created_at": now, "appeal_id": made, "person_id": one} for one in people]
    db.session.execute(insert(Ask).values(rows))
    notify(people, "duty_appeal", subject_id=made, data={}, event=made, expires_at=shift.begins_at)
    return len(people)


def answer(person: Person, appeal_id: uuid.UUID, *, accepts: bool) -> Booking | None:
    """Take the place that an appeal asks for, or say no. Raise as `book` does, and NotFound for who was not asked."""
    made, ask = appeal_to(person, appeal_id, lock=True)
    booking = book(person, made.schedule_id, made.starts_at) if accepts else None
    ask.answer, ask.answered_at = (TAKEN if accepts else DECLINED), clock.now()
    db.session.flush()
    return booking


def choose(person: Person, owner: RosterOwner, *, wants: bool) -> None:
    """Want to be asked when a shift of a crew or a series is short, or not any more.

    Who changes their mind twice is not asked the sooner: nothing but the choice is deleted, and appeals that asked stay.
    """
    owner = roster_owner(person, owner.kind, owner.id)
    if not wants:
        ours = AppealChoice.crew_id == owner.id if owner.kind == CREW else AppealChoice.series_id == owner.id
        db.session.execute(delete(AppealChoice).where(ours, AppealChoice.person_id == person.id))
        return
    values = {"id": ids.new_id(), "person_id": person.id, "created_at": clock.now(), **owner.ids}
    values["asked_at"] = db.session.scalar(_last_asked(person.id, owner))
    db.session.execute(insert(AppealChoice).values(**values).on_conflict_do_nothing())


def _last_asked(person_id: uuid.UUID, owner: RosterOwner) -> Any:
    ours = Schedule.crew_id == owner.id if owner.kind == CREW else Schedule.series_id == owner.id
    query = select(Ask.created_at).join(Appeal, Appeal.id == Ask.appeal_id)
    query = query.join(Schedule, Schedule.id == Appeal.schedule_id).where(ours, Ask.person_id == person_id)
    return query.order_by(Ask.created_at.desc()).limit(1)


def change_settings(coordinator: Person, owner: RosterOwner, *, is_automatic: bool, every_days: int, most: int) -> None:
    """Set how a crew or a series asks."""
    owner = coordinated_owner(coordinator, owner.kind, owner.id)
    changed = {"is_automatic": is_automatic, "every_days": every_days, "most": most, "updated_at": clock.now()}
    row = {"id": ids.new_id(), "created_at": clock.now(), **owner.ids, **changed}
    column = AppealSettings.crew_id if owner.kind == CREW else AppealSettings.series_id
    query = insert(AppealSettings).values(**row)
    changed["version"] = AppealSettings.version + 1
    db.session.execute(
        query.on_conflict_do_update(index_elements=[column], index_where=column.is_not(None), set_=changed)
    )
