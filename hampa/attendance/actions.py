"""Marking who came, and what people say of it themselves.

Marks are kept beside the participations. Those turn from GOING into COMPLETED or NO_SHOW when the run is over; the
run's counts stay as they were at its start.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, literal, or_, select, update

from hampa.attendance import queries
from hampa.attendance.models import OUTCOMES, Attendance
from hampa.people.actions import ensure_person
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.manage_participants import notify_status_set, refuse_full
from hampa.runs.actions.places import allocate_places, set_status
from hampa.runs.models.participation import COMPLETED, GOING, HAD_PLACE, INTERESTED, LEFT, NO_SHOW, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.people import participation_of

MOST_WALK_INS = 100
WALK_INS_FROM = timedelta(hours=3)
"""Before the start, when people may stand at the meeting point already."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """Whose code it was; `again` when they were marked as there before."""

    person_id: uuid.UUID
    name: str
    again: bool


def mark_attendance(organiser: Person, run_id: uuid.UUID, marks: Mapping[uuid.UUID, str]) -> None:
    """Mark people (by their id) as COMPLETED or NO_SHOW, as an organiser does on the list.

    Raises Refused outside of the time for it, NotFound and Forbidden.
    """
    run = _open_run(organiser, run_id)
    mark(organiser, run, {person_id: word for person_id, word in marks.items() if word in OUTCOMES})


def scan_ticket(organiser: Person, run_id: uuid.UUID, text: str) -> Scanned:
    """Mark whoever shows this code as there; scanning twice is scanning once.

    `text` is what the camera read or somebody typed. Raises Refused when it is nobody's, of another run, or of
    somebody without a place; and as `mark_attendance` does.
    """
    run = _open_run(organiser, run_id)
    other = queries.run_of_code(text)
    if other is not None and other != run.id:
        raise Refused(_("This code is for another run."), "code")
    holder = queries.holder_of(run, text)
    if holder is None:
        raise Refused(_("Nobody in this run has this code."), "code")
    if holder.status == LEFT:
        raise Refused(_("%(name)s has left this run.", name=holder.name), "code")
    if holder.status not in HAD_PLACE:
        raise Refused(_("%(name)s has no place in this run.", name=holder.name), "code")
    [before] = queries.some_attendees(organiser, run, [holder.person_id])
    mark(organiser, run, {holder.person_id: COMPLETED})
    return Scanned(holder.person_id, holder.name, before.marked == COMPLETED)


def correct_attendance(person: Person, run_id: uuid.UUID, came: bool) -> None:
    """Say of oneself whether one came; the organisers see it beside their mark.

    Raises Refused before the end and when the time for it is over, and NotFound for who had no place.
    """
    run = runs.locked_run(run_id, person)
    found = queries.attendance_of(person, run.id)
    if found is None:
        raise NotFound
    participation, known = found
    if run.cancelled_at is not None or clock.now() < run.ends_at:
        raise Refused(_("This run is not over yet."))
    if clock.now() > queries.correctable_until(run, known):
        raise Refused(_("The two days in which you could correct this are over."))
    known = known or Attendance(participation_id=participation.id)
    known.said, known.said_at = COMPLETED if came else NO_SHOW, clock.now()
    participation.status = known.said
    participation.claim_name()
    db.session.add(known)


def settle_attendance(run_id: uuid.UUID) -> int:
    """Let marks of a run that is over count, and take who was not marked for a day to have come; how many changed.

    Doing it again changes nothing.
    """
    run = runs.locked_run(run_id)
    now = clock.now()
    if run.cancelled_at is not None or now < run.ends_at:
        return 0
    outcome = (
        select(func.coalesce(Attendance.said, Attendance.marked))
        .where(Attendance.participation_id == Participation.id)
        .scalar_subquery()
    )
    late = literal(now >= run.ends_at + queries.UNMARKED_AFTER)
    settled = db.session.execute(
        update(Participation)
        .where(Participation.run_id == run.id, Participation.status == GOING, or_(outcome.is_not(None), late))
        .values(status=func.coalesce(outcome, COMPLETED), version=Participation.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(settled.rowcount)  # type: ignore[attr-defined]


def mark(organiser: Person, run: Run, marks: Mapping[uuid.UUID, str]) -> None:
    """Write marks down, by person: COMPLETED or NO_SHOW. The run is locked, and the time for it is right.

    Left as they are: who has no place, and who has said so themselves.
    """
    now = clock.now()
    rows = db.session.execute(
        select(Participation, Attendance)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(
            Participation.run_id == run.id,
            Participation.person_id.in_(marks),
            Participation.status.in_(HAD_PLACE),
            Attendance.said.is_(None),
        )
    )
    for participation, found in rows:
        known = found or Attendance(participation_id=participation.id)
        outcome = marks[participation.person_id]
        if known.marked != outcome:
            known.marked, known.marked_at, known.marked_by_id = outcome, now, organiser.id
            db.session.add(known)
        if now >= run.ends_at:
            participation.status = outcome


def _open_run(organiser: Person, run_id: uuid.UUID) -> Run:
    """The run, locked, at a time at which people are marked."""
    run = runs.locked_organised_run(organiser, run_id)
    reason = queries.why_shut(run)
    if reason:
        raise Refused(reason)
    return run


def add_walk_in(organiser: Person, run_id: uuid.UUID, phone: str, name: str) -> Participation:
    """Add a person who is at the meeting point, by their E.164 `phone`. Adding twice is adding once.

    Lists show them under `name` until they say something themselves, so that a number tells nobody whose it is. While
    attendance can be marked, they are marked as present. Allowed from three hours before the start until the end.
    Raise Refused when no place is free or at another time, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    now = clock.now()
    if run.cancelled_at is not None or not run.starts_at - WALK_INS_FROM <= now < run.ends_at:
        raise Refused(_("People who just turn up are added from three hours before the start until the end."))
    allocate_places(run)
    person, _is_new = ensure_person(phone, locale=i18n.get_locale_code(), timezone=run.timezone)
    if person.state != "active" or are_hidden(organiser.id, person.id):
        # One sentence for all reasons: it tells nobody that they are blocked.
        raise Refused(_("This number can't be added here. Let them join by the link."), "phone")
    participation = participation_of(person, run.id)
    if participation is None:
        participation = Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    if participation.status != GOING:
        refuse_full(run, participation)
        _refuse_too_many_walk_ins(run)
        if participation.status in (LEFT, INTERESTED):
            participation.added_by_organiser, participation.display_name = True, name
        participation.walked_in = True
        set_status(run, participation, GOING)
        db.session.flush()
        notify_status_set(run, organiser, participation)
    if not queries.why_shut(run):
        mark(organiser, run, {person.id: COMPLETED})
    return participation


def _refuse_too_many_walk_ins(run: Run) -> None:
    walk_ins = select(func.count()).where(Participation.run_id == run.id, Participation.walked_in)
    if (db.session.scalar(walk_ins) or 0) >= MOST_WALK_INS:
        raise Refused(_("That is more than can be added here. Let them join by the link."))
