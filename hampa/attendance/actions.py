"""Marking attendance, and correcting one's own.

Participations turn from GOING into COMPLETED or NO_SHOW when the run is over; until then marks are stored beside them.
The run's counts stay as they were at its start.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Row, func, literal, or_, select, update

from hampa.attendance import queries
from hampa.attendance.models import OUTCOMES, UNMARKED, Attendance
from hampa.cards.models import Card
from hampa.notifications.actions.reading import read_about
from hampa.people.actions import ensure_person, ensure_placeholder
from hampa.people.models import Person
from hampa.people.queries import are_hidden, is_visible_to
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.crypto import keyed_hash
from hampa.roster.actions.participants import notify_status_set
from hampa.roster.queries.roster import phone_column
from hampa.runs.actions.places import allocate_places, set_status
from hampa.runs.models.participation import COMPLETED, GOING, HAD_PLACE, INTERESTED, LEFT, NO_SHOW, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.timeline.actions import Occurrence, record_all

MOST_WALK_INS = 100
WALK_INS_FROM = timedelta(hours=3)
"""Before the start, when people may be at the meeting point already."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The holder of a scanned code; `again` if they were marked as present before."""

    participation_id: uuid.UUID
    name: str
    again: bool


def mark_attendance(organiser: Person, run_id: uuid.UUID, marks: Mapping[uuid.UUID, str]) -> None:
    """Mark participations as COMPLETED or NO_SHOW, or take marks back (UNMARKED).

    Raise Refused at the wrong time, NotFound and Forbidden.
    """
    run = _locked_run_to_mark(organiser, run_id)
    known = {key: outcome for key, outcome in marks.items() if outcome in (*OUTCOMES, UNMARKED)}
    read_about(_mark(organiser, run, known), run.id)


def scan_ticket(organiser: Person, run_id: uuid.UUID, text: str) -> Scanned:
    """Mark the holder of a code as present; scanning twice is scanning once.

    `text` was read by the camera or typed. Raise Refused when the code is nobody's, of another run, or of a person
    without a place; and as `mark_attendance` does.
    """
    run = _locked_run_to_mark(organiser, run_id)
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
    [before] = queries.some_attendees(organiser, run, [holder.id])
    read_about(_mark(organiser, run, {holder.id: COMPLETED}), run.id)
    return Scanned(holder.id, holder.name, before.marked == COMPLETED)


def correct_attendance(person: Person, run_id: uuid.UUID, came: bool) -> None:
    """Store the person's own word. Raise Refused at the wrong time, and NotFound without a place."""
    run = runs.locked_run(run_id, person)
    row = queries.attendance_of(person, run.id)
    if row is None:
        raise NotFound
    participation, attendance = row
    if run.cancelled_at is not None or clock.now() < run.ends_at:
        raise Refused(_("This run is not over yet."))
    if clock.now() > queries.correctable_until(run, attendance):
        raise Refused(_("The two days in which you could correct this are over."))
    attendance = attendance or Attendance(participation_id=participation.id)
    attendance.said, attendance.said_at = COMPLETED if came else NO_SHOW, clock.now()
    participation.status = attendance.said
    participation.claim_name()
    db.session.add(attendance)


def settle_attendance(run_id: uuid.UUID) -> int:
    """Apply the marks of a run that is over, and after a day COMPLETED to the unmarked; return how many changed."""
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
    _record_finished(run)
    return int(settled.rowcount)  # type: ignore[attr-defined]


def _record_finished(run: Run) -> None:
    """Put a run into the timelines of those who came; whoever turns out not to have come is not shown."""
    came = select(Participation.person_id).where(Participation.run_id == run.id, Participation.status == COMPLETED)
    people = db.session.scalars(came).all()
    record_all(queries.FINISHED, [Occurrence(one, run.id, run.ends_at, crew_id=run.crew_id) for one in people])


def _mark(organiser: Person, run: Run, marks: Mapping[uuid.UUID, str]) -> list[uuid.UUID]:
    """Store marks in a locked run, except for people without a place or with a word of their own; return who they are."""
    now, people = clock.now(), []
    rows = db.session.execute(
        select(Participation, Attendance)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(
            Participation.run_id == run.id,
            Participation.id.in_(marks),
            Participation.status.in_(HAD_PLACE),
            Attendance.said.is_(None),
        )
    )
    for participation, row in rows:
        attendance = row or Attendance(participation_id=participation.id)
        outcome = marks[participation.id]
        if outcome == UNMARKED:
            attendance.marked, attendance.marked_at, attendance.marked_by_id = None, None, None
        elif attendance.marked != outcome:
            attendance.marked, attendance.marked_at, attendance.marked_by_id = outcome, now, organiser.id
        db.session.add(attendance)
        if now >= run.ends_at:
            participation.status = outcome or (COMPLETED if now >= run.ends_at + queries.UNMARKED_AFTER else GOING)
        people.append(participation.person_id)
    return people


def _locked_run_to_mark(organiser: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked_organised_run(organiser, run_id)
    if reason := queries.marking_closed_reason(run):
        raise Refused(reason)
    return run


def add_walk_in(organiser: Person, run_id: uuid.UUID, phone: str, name: str) -> Participation:
    """Add a person who is at the meeting point, by their E.164 `phone`. Adding twice is adding once.

    Lists show them under `name` until they do something themselves, so that a number tells nobody whose it is. For the
    same reason the row of somebody who is in the run already moves only where the organiser may see their number
    (`_participant_by_number`). While
    attendance can be marked, they are marked as present. Who is there is let in, even beyond the number of places.
    Allowed from three hours before the start until the end. Raise Refused at another time, NotFound and Forbidden.
    """
    run = _locked_run_to_let_in(organiser, run_id)
    person, participation = _participant_by_number(organiser, run, phone)
    if participation is None:
        participation = Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    if participation.status in (LEFT, INTERESTED):
        participation.added_by_organiser, participation.display_name = True, name
    _let_in(organiser, run, participation)
    return participation


def let_in(organiser: Person, run_id: uuid.UUID, participation_id: uuid.UUID) -> str:
    """Give a place to somebody who waits or is interested and has turned up, as themselves; return their name.

    Who was only interested has not said that they come: that opens neither their number nor their contact.

    Letting in twice is letting in once. Raise Refused as `add_walk_in` does, NotFound and Forbidden.
    """
    run = _locked_run_to_let_in(organiser, run_id)
    own = Participation.run_id == run.id, Participation.id == participation_id
    seen = Person.state == "active", is_visible_to(organiser, Person.id)
    listed = Participation.status.in_((GOING, *queries.WITHOUT_PLACE))
    query = select(Participation, Person.name).join(Person, Person.id == Participation.person_id)
    row = db.session.execute(query.where(*own, *seen, listed)).first()
    if row is None:
        raise NotFound
    if row.Participation.status == INTERESTED:
        row.Participation.added_by_organiser = True
    _let_in(organiser, run, row.Participation)
    return row.Participation.display_name or row.name


def _locked_run_to_let_in(organiser: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked_organised_run(organiser, run_id)
    if run.cancelled_at is not None or not run.starts_at - WALK_INS_FROM <= clock.now() < run.ends_at:
        raise Refused(_("People who just turn up are added from three hours before the start until the end."))
    allocate_places(run)
    return run


def _let_in(organiser: Person, run: Run, participation: Participation) -> None:
    """Give a place to somebody who is at the meeting point, and mark them as present while that is possible."""
    if participation.status != GOING:
        walk_ins = select(func.count()).where(Participation.run_id == run.id, Participation.walked_in)
        if db.session.scalars(walk_ins).one() >= MOST_WALK_INS:
            raise Refused(_("That is more than can be added here. Let them join by the link."))
        participation.walked_in = True
        set_status(run, participation, GOING, beyond=True)
        db.session.flush()
        notify_status_set(run, organiser, participation)
    if not queries.marking_closed_reason(run):
        _mark(organiser, run, {participation.id: COMPLETED})


def _participant_by_number(organiser: Person, run: Run, phone: str) -> tuple[Person, Participation | None]:
    """Return whom a number stands for in a locked run, with their participation if they have one.

    That is the holder, with an account made for a new number, where this shows no more than a number of nobody does:
    they are not in the run yet, stand in it as a walk-in, or this organiser may see their number. Otherwise it is a
    placeholder of the run and the number: whoever is interested, waits, comes or has left keeps their own row as it
    is, since a row that changed would show whose number it is, and nobody is put into a run by a person whom they
    blocked.
    """
    holder, _is_new = ensure_person(phone, locale=i18n.get_locale_code(), timezone=run.timezone)
    placeholder_id = uuid.UUID(hex=keyed_hash("walk-in", str(run.id), phone)[:32], version=4)
    query = (
        select(Participation, (phone_column(organiser, run) != "").label("sees_phone"))
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .where(Participation.run_id == run.id, Participation.person_id.in_((holder.id, placeholder_id)))
    )
    rows = {row.Participation.person_id: row for row in db.session.execute(query)}
    own, substitute = rows.get(holder.id), rows.get(placeholder_id)
    substitute_is_here = substitute is not None and substitute.Participation.status != LEFT
    if not substitute_is_here and _stands_for_itself(organiser, run, holder, own):
        return holder, own.Participation if own is not None else None
    return ensure_placeholder(placeholder_id), substitute.Participation if substitute is not None else None


def _stands_for_itself(organiser: Person, run: Run, holder: Person, own: Row[Participation, bool] | None) -> bool:
    """Return whether a typed number may stand for its holder; `own` is their participation, and `sees_phone`."""
    if own is not None and own.sees_phone and own.Participation.status != LEFT:
        return True
    can_be_added = holder.state == "active" and not are_hidden(organiser.id, holder.id)
    if own is not None:
        return can_be_added and (own.sees_phone or own.Participation.display_name != "")
    return can_be_added
