"""Keeping records of athletes: making, changing, archiving and deleting them, and their further coaches.

The record is locked before it is asked who decides: another coach may become the head meanwhile.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from hampa.coaching.actions.events import log
from hampa.coaching.models.athletes import (
    ASSISTANT,
    HEAD,
    MOST_A_DAY,
    MOST_ATHLETES,
    MOST_COACHES,
    ROLES,
    Athlete,
    Coach,
)
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.athletes import athlete_for, coaches_to_add, has_agreed, locked_athlete
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import are_hidden
from hampa.platform import clock
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, number
from hampa.training.models.plans import TrainingPlan


class CoachAlready(Conflict):
    """The person coaches the athlete already."""


def create_athlete(person: Person, values: Mapping[str, Any]) -> Athlete:
    """Keep a record of an athlete whose head coach the person is. Raise Refused for too many."""
    limit(person, "coaching.athletes", MOST_A_DAY, per="day", error=_too_many)
    count = select(func.count()).select_from(Coach).where(Coach.coach_id == person.id)
    if (db.session.scalar(count) or 0) >= MOST_ATHLETES:
        raise Refused(_("You coach %(most)s athletes. Delete some first.", most=number(MOST_ATHLETES)), "name")
    record = Athlete(**values)
    db.session.add(record)
    db.session.flush()
    db.session.add(Coach(athlete_id=record.id, coach_id=person.id, role=HEAD))
    log("athlete_added", person, athlete_id=record.id)
    db.session.flush()
    return record


def change_athlete(person: Person, athlete_id: uuid.UUID, values: Mapping[str, Any]) -> Athlete:
    """Change a record. Raise NotFound and Forbidden."""
    record = locked_athlete(athlete_id)
    athlete_for(person, athlete_id, changes=True)
    if (status := values.get("status")) is not None and status != record.status:
        log("status", person, athlete_id=record.id, before={"status": record.status}, after={"status": status})
    for name, value in values.items():
        setattr(record, name, value)
    db.session.flush()
    return record


def archive_athlete(person: Person, athlete_id: uuid.UUID, *, archived: bool) -> Athlete:
    """Put a record into the archive, or take it back. Raise NotFound and Forbidden."""
    record = locked_athlete(athlete_id)
    athlete_for(person, athlete_id, changes=True)
    if archived != (record.archived_at is not None):
        record.archived_at = clock.now() if archived else None
        log("archived" if archived else "unarchived", person, athlete_id=record.id)
    db.session.flush()
    return record


def delete_athlete(person: Person, athlete_id: uuid.UUID) -> None:
    """Delete a record with all that coaches keep on it. Raise NotFound and Forbidden.

    An athlete with an account keeps their plans; those of a record without one go with it.
    """
    record = locked_athlete(athlete_id)
    athlete_for(person, athlete_id, decides=True)
    remove_record(record)


def remove_record(record: Athlete) -> None:
    """Delete a record, and its plans unless they are of somebody with an account."""
    if record.person_id is None:
        plans = select(TrainingPlan).join(CoachedPlan, CoachedPlan.plan_id == TrainingPlan.id)
        for plan in db.session.scalars(plans.where(CoachedPlan.athlete_id == record.id)).all():
            db.session.delete(plan)
    db.session.flush()
    db.session.delete(record)
    db.session.flush()


def add_coach(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID, role: str) -> Coach:
    """Ask a companion to coach an athlete too. Raise CoachAlready and Refused."""
    locked_athlete(athlete_id)
    athlete_for(person, athlete_id, decides=True)
    if role not in ROLES or role == HEAD:
        raise Refused(_("Choose one of these."), "role")
    count = db.session.scalar(select(func.count()).select_from(Coach).where(Coach.athlete_id == athlete_id)) or 0
    if count >= MOST_COACHES:
        raise Refused(_("An athlete can have ten coaches at most."), "person")
    there = select(Coach.id).where(Coach.athlete_id == athlete_id, Coach.coach_id == coach_id)
    if db.session.scalar(there) is not None:
        raise CoachAlready(_("They already coach this athlete, or have been asked."), "person")
    if not coaches_to_add(person, athlete_id, coach_id):
        raise Refused(_("Choose one of your companions."), "person")
    taken = _("They already coach this athlete, or have been asked.")
    row = Coach(athlete_id=athlete_id, coach_id=coach_id, role=role)
    with raise_if_taken("uq_coaching_coaches_athlete_id_coach_id", lambda: CoachAlready(taken, "person")):
        db.session.add(row)
        db.session.flush()
    notify([coach_id], "coach_added", actor_id=person.id, subject_id=row.id, data={}, event=row.id)
    db.session.flush()
    return row


def answer_to_coach(person: Person, athlete_id: uuid.UUID, *, accept: bool) -> None:
    """Agree to coach an athlete too, who is asked next if they have an account, or to be the head; or decline.

    Raise NotFound.
    """
    record = locked_athlete(athlete_id)
    row = _locked_coach(athlete_id, person.id)
    if row is None or not (row.is_asked or row.head_asked_at or accept):
        raise NotFound
    if row.head_asked_at is not None:
        if accept:
            _become_head(person, record, row)
        row.head_asked_at = None
    elif not accept:
        end_coach(row)
    elif row.is_asked:
        head = select(Coach.coach_id).where(Coach.athlete_id == athlete_id, Coach.role == HEAD)
        head_id = db.session.scalar(head)
        if head_id is None or are_hidden(person.id, head_id):
            raise NotFound
        row.seen_at = clock.now()
        log("coach_added", person, athlete_id=athlete_id, after={"role": row.role})
        asked = [record.person_id] if record.person_id is not None else []
        notify(asked, "coach_asks", actor_id=person.id, subject_id=row.id, data={}, event=row.id)
    db.session.flush()


def _locked_coach(athlete_id: uuid.UUID, coach_id: uuid.UUID) -> Coach | None:
    query = select(Coach).where(Coach.athlete_id == athlete_id, Coach.coach_id == coach_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _become_head(person: Person, record: Athlete, row: Coach) -> None:
    """Make a coach the head, who was asked; tell the one before, and the athlete. Raise NotFound."""
    athlete_for(person, record.id)
    query = select(Coach).where(Coach.athlete_id == record.id, Coach.role == HEAD).with_for_update()
    before = db.session.scalar(query.execution_options(populate_existing=True))
    if before is None or are_hidden(person.id, before.coach_id):
        raise NotFound
    before.role, before.seen_at = ASSISTANT, before.seen_at or clock.now()
    db.session.flush()
    row.role = HEAD
    event = f"{row.id}:{row.head_asked_at}"
    notify([before.coach_id], "head_agreed", actor_id=person.id, subject_id=before.id, data={}, event=event)
    _tell_of_head(record, row, event)
    log("head_changed", person, athlete_id=record.id, is_told=record.person_id is not None)


def _tell_of_head(record: Athlete, head: Coach, event: str) -> None:
    """Tell an athlete with an account who is their head coach now."""
    asked = [record.person_id] if record.person_id is not None else []
    notify(asked, "head_changed", actor_id=head.coach_id, subject_id=head.id, data={}, event=event)


def remove_coach(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID) -> None:
    """Remove a further coach, or leave. Raise NotFound, Forbidden, and Refused for the head without anybody to follow."""
    locked_athlete(athlete_id)
    seen = athlete_for(person, athlete_id, decides=coach_id != person.id)
    row = _locked_coach(athlete_id, coach_id)
    if row is None:
        raise NotFound
    if row.role == HEAD and not _heir(athlete_id):
        raise Refused(_("You are the head coach. Archive the athlete, or delete the record."))
    was_asked = row.is_asked
    end_coach(row)
    if not was_asked:
        log("coach_removed", person, athlete_id=seen.record.id)
    db.session.flush()


def set_role(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID, role: str) -> Coach:
    """Let another coach assist or only follow, or ask them to be the head instead of oneself.

    Whatever else they were asked to be is asked no more. Raise NotFound, Forbidden and Refused.
    """
    locked_athlete(athlete_id)
    seen = athlete_for(person, athlete_id, decides=True)
    row = _locked_coach(athlete_id, coach_id)
    if row is None:
        raise NotFound
    if role not in ROLES or coach_id == person.id:
        raise Refused(_("Choose one of these."), "role")
    if role == HEAD:
        if row.is_asked:
            raise Refused(_("They have not agreed yet."), "role")
        if seen.record.person_id is not None and row.person_id is None:
            raise Refused(_("The athlete has not agreed to them yet."), "role")
        _ask_nobody_to_head(athlete_id)
        row.head_asked_at = clock.now()
        event = f"{row.id}:{row.head_asked_at.date()}"
        notify([coach_id], "head_asked", actor_id=person.id, subject_id=row.id, data={}, event=event)
    else:
        row.role, row.head_asked_at = role, None
    db.session.flush()
    return row


def _ask_nobody_to_head(athlete_id: uuid.UUID) -> None:
    asked = update(Coach).where(Coach.athlete_id == athlete_id, Coach.head_asked_at.is_not(None))
    db.session.execute(asked.values(head_asked_at=None))


def end_coach(row: Coach) -> None:
    """Delete the row of a coach. The record goes with the last.

    The assistant who is there longest follows a head; they and the athlete are told.
    """
    athlete_id, was_head = row.athlete_id, row.role == HEAD
    db.session.delete(row)
    db.session.flush()
    agreed = Coach.athlete_id == athlete_id, has_agreed(Coach)
    left = db.session.scalar(select(func.count()).select_from(Coach).where(*agreed))
    if not left:
        remove_record(locked_athlete(athlete_id))
    elif was_head and (heir := _heir(athlete_id)) is not None:
        _ask_nobody_to_head(athlete_id)
        heir.role, event = HEAD, f"{heir.id}:{row.id}"
        db.session.flush()
        notify([heir.coach_id], "head_follows", subject_id=heir.id, data={}, event=event)
        _tell_of_head(locked_athlete(athlete_id), heir, event)
        log("head_changed", None, athlete_id=athlete_id)


def leave_all(person: Person) -> None:
    """Have a coach whose account is erased leave all their athletes."""
    theirs = select(Coach.athlete_id).where(Coach.coach_id == person.id).order_by(Coach.athlete_id)
    for athlete_id in db.session.scalars(theirs).all():
        db.session.execute(select(Athlete.id).where(Athlete.id == athlete_id).with_for_update())
        if (row := _locked_coach(athlete_id, person.id)) is not None:
            end_coach(row)


def _heir(athlete_id: uuid.UUID) -> Coach | None:
    agreed = Coach.person_id.is_not(None) | (Athlete.person_id.is_(None) & has_agreed(Coach))
    query = (
        select(Coach)
        .join(Coach.athlete)
        .where(Coach.athlete_id == athlete_id, Coach.role == ASSISTANT, agreed)
        .order_by(Coach.created_at, Coach.id)
        .limit(1)
    )
    return db.session.scalar(query.with_for_update(of=Coach))


def look_at(person: Person, athlete_id: uuid.UUID) -> None:
    """Note that a coach has seen what an athlete did and said."""
    seen = athlete_for(person, athlete_id)
    seen.coach.seen_at = clock.now()
    db.session.flush()


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough athletes for one day. Try again tomorrow."), seconds)
