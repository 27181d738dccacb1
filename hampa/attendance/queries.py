"""Attendance of those who had a place in a run, and the codes by which they are marked."""

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from hampa.attendance.models import Attendance
from hampa.cards.models import Card
from hampa.crews.queries.crews import is_in_crew
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, is_visible_to
from hampa.platform import clock, ids
from hampa.platform.db import constants, db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_pgettext
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.texts.cleaning import fold, sort_key, to_latin_digits
from hampa.roster.queries.roster import phone_column, phone_opened
from hampa.runs.models.participation import (
    CAME,
    COMPLETED,
    GOING,
    HAD_PLACE,
    INTERESTED,
    NO_SHOW,
    WAITLISTED,
    Participation,
)
from hampa.runs.models.run import Run
from hampa.runs.queries.names import avatar_column, display_name_column, listed_id_column
from hampa.runs.queries.runs import visible_to
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register

OPENS_BEFORE = timedelta(minutes=30)
"""Before people meet."""
CLOSES_AFTER = timedelta(days=2)
"""After the end, for organisers and participants."""
UNMARKED_AFTER = timedelta(days=1)
"""After the end; then unmarked participants count as having come."""
TICKETS_BEFORE = timedelta(days=1)
SETTLED_WITHIN = timedelta(days=40)
SETTLED_AT_ONCE = 100

WITHOUT_PLACE = (WAITLISTED, INTERESTED)
"""The statuses of people who may turn up without a place."""
CREW_ROWS = 10_000
CREW_SPAN = timedelta(days=366)
"""What a table of the attendance of a crew has at most."""
SHOWN = 200
"""Rows of the list; people beyond are found by name."""
CODE_LENGTH = 8

_outcome = func.coalesce(Attendance.said, Attendance.marked)


@dataclass(frozen=True, slots=True)
class Attendee(PersonSummary):
    """A participant who had a place: `marked` by an organiser, `said` by themselves, COMPLETED, NO_SHOW or None.

    Forms name the participation, since an organiser may not know the person.

    `late_min` is how late they expect to be; `phone` is "" where this organiser may not see it. `has_contact` says
    whether there is an emergency contact to look at now.
    """

    participation_id: uuid.UUID
    guests: int
    late_min: int | None
    phone: str
    marked: str | None
    said: str | None
    has_contact: bool

    @property
    def came(self) -> bool:
        """Return whether the person came by their own word or, without one, by the organisers'."""
        return (self.said or self.marked) == COMPLETED

    @property
    def absent(self) -> bool:
        """Return whether the person is known not to have come."""
        return (self.said or self.marked) == NO_SHOW

    @property
    def contradicts(self) -> bool:
        """Return whether the person contradicts the mark."""
        return self.said is not None and self.marked is not None and self.said != self.marked

    @property
    def late(self) -> bool:
        """Return whether the person expects to be late, and is not marked yet."""
        return self.late_min is not None and not self.marked and not self.said


@dataclass(frozen=True, slots=True)
class OwnAttendance:
    """A person's attendance at a run that is over; they may correct it `until` a time, None when that is past."""

    came: bool
    until: datetime | None


def marking_closed_reason(run: Run) -> str:
    """Return why attendance can't be marked now; "" when it can."""
    now = clock.now()
    if run.cancelled_at is not None:
        return _("This run is cancelled.")
    if now < run.meets_at - OPENS_BEFORE:
        return _("You can mark who is there from %(when)s on.", when=dates.when(run.meets_at - OPENS_BEFORE, run.zone))
    if now > run.ends_at + CLOSES_AFTER:
        return _("This run was more than two days ago: attendance can't be changed any more.")
    return ""


def attendees(organiser: Person, run: Run, words: str = "", *, awaited: bool = False) -> list[Attendee]:
    """Return those who had a place, the late ones first, then by name; `words` are parts of a name."""
    search = fold(words).split()
    rows = [
        row
        for row in _attendees(organiser, run)
        if all(word in fold(row.name) for word in search) and not (awaited and (row.marked or row.said))
    ]
    return sorted(rows, key=lambda row: (not row.late, row.late and row.late_min, sort_key(row.name), row.id))


def some_attendees(organiser: Person, run: Run, participation_ids: Collection[uuid.UUID]) -> list[Attendee]:
    """Return those of the participants who had a place."""
    return _attendees(organiser, run, Participation.id.in_(participation_ids))


@dataclass(frozen=True, slots=True)
class ListedPerson(PersonSummary):
    """A person in the list of a run who has no place in it."""

    participation_id: uuid.UUID
    waits: bool


def without_place(organiser: Person, run: Run) -> list[ListedPerson]:
    """Return those who wait or are interested and whom the organiser may see, by name."""
    columns = (listed_id_column(), display_name_column(), avatar_column(organiser), Participation.id)
    rows = db.session.execute(
        select(*columns, Participation.status == WAITLISTED)
        .join(Person, Person.id == Participation.person_id)
        .where(
            Participation.run_id == run.id,
            Participation.status.in_(WITHOUT_PLACE),
            Person.state == "active",
            is_visible_to(organiser, Person.id),
        )
        .order_by(display_name_column(), Participation.id)
        .limit(SHOWN)
    )
    return [ListedPerson(*row) for row in rows]


def attendee_of(organiser: Person, run: Run, person: Person) -> Attendee | None:
    """Return the person as an organiser sees them in the list; None without a place."""
    return next(iter(_attendees(organiser, run, Participation.person_id == person.id)), None)


def _attendees(organiser: Person, run: Run, *conditions: ColumnElement[bool]) -> list[Attendee]:
    columns: tuple[Any, ...] = (
        listed_id_column(),
        display_name_column(),
        avatar_column(organiser),
        Participation.id,
        Participation.guests,
        Participation.late_min,
        phone_column(organiser, run),
        Attendance.marked,
        Attendance.said,
        and_(Person.emergency_phone.is_not(None), phone_opened(run)),
    )
    rows = db.session.execute(
        select(*columns)
        .join(Participation, Participation.person_id == Person.id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.run_id == run.id, Participation.status.in_(HAD_PLACE), *conditions)
    )
    return [Attendee(*row) for row in rows]


def counts(run: Run) -> Row[*tuple[Any, ...]]:
    """Return how many of `all` who had a place `came` or are `missing`, as far as it is known."""
    query = (
        select(
            func.count().label("all"),
            func.count().filter(_outcome == COMPLETED).label("came"),
            func.count().filter(_outcome == NO_SHOW).label("missing"),
        )
        .select_from(Participation)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.run_id == run.id, Participation.status.in_(HAD_PLACE))
    )
    return db.session.execute(query).one()


def attendance_of(person: Person, run_id: uuid.UUID) -> tuple[Participation, Attendance | None] | None:
    """Return the person's participation and attendance; None without a place in the run."""
    row = db.session.execute(
        select(Participation, Attendance)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(
            Participation.run_id == run_id, Participation.person_id == person.id, Participation.status.in_(HAD_PLACE)
        )
    ).one_or_none()
    return row and (row[0], row[1])


def own_attendance(person: Person, run: Run) -> OwnAttendance | None:
    """Return the person's attendance; None unless the run is over and they had a place in it."""
    now = clock.now()
    if run.cancelled_at is not None or now < run.ends_at:
        return None
    row = attendance_of(person, run.id)
    if row is None:
        return None
    participation, attendance = row
    outcome = (attendance.outcome if attendance else None) or participation.status
    until = correctable_until(run, attendance)
    return OwnAttendance(outcome != NO_SHOW, until if now <= until else None)


def correctable_until(run: Run, attendance: Attendance | None) -> datetime:
    """Return until when a person may correct it: two days after the end, or after a mark that came later."""
    marked_at = attendance.marked_at if attendance and attendance.marked_at else run.ends_at
    return max(run.ends_at, marked_at) + CLOSES_AFTER


@dataclass(frozen=True, slots=True)
class Presence:
    """A person's place in a run that is near and not over: a code to show, until they have `arrived`."""

    arrived: bool


def presence_of(person: Person, run: Run) -> Presence | None:
    """Return the person's presence at a run that is near and not over; None without a place."""
    now = clock.now()
    is_near = run.meets_at - TICKETS_BEFORE <= now < run.ends_at
    row = _mark(run.id, person.id).first() if is_near and run.cancelled_at is None else None
    return Presence(row.marked == COMPLETED) if row is not None else None


@built_once
def _mark(run_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    """Select the mark of a person who has a place, which is NULL until there is one."""
    has_place = Participation.status.in_(constants(*HAD_PLACE))
    return (
        select(Attendance.marked)
        .select_from(Participation)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.run_id == run_id, Participation.person_id == person_id, has_place)
    )


def code_of(participation: Any) -> str:
    """Return a participant's code, which changes with the run and when they leave and join again."""
    parts = (participation.run_id, participation.person_id, participation.rank)
    number = int(keyed_hash("attendance", *map(str, parts)), 16)
    letters = []
    for _place in range(CODE_LENGTH):
        number, letter = divmod(number, len(ids.SHORT_ALPHABET))
        letters.append(ids.SHORT_ALPHABET[letter])
    return "".join(letters)


def run_of_code(text: str) -> uuid.UUID | None:
    """Return the run of a scanned address; None for a typed code."""
    match = re.search(r"/runs/([0-9a-f-]{36})/attendance", text)
    try:
        return uuid.UUID(match[1]) if match else None
    except ValueError:
        return None


def holder_of(run: Run, text: str) -> Row[*tuple[Any, ...]] | None:
    """Return `id`, `status` and `name` of the participation of a scanned or typed code, even of one that was left."""
    code = re.sub(r"[\W_]", "", to_latin_digits(text.rpartition("code=")[2])).lower()
    rows = db.session.execute(
        select(
            Participation.id,
            Participation.run_id,
            Participation.person_id,
            Participation.rank,
            Participation.status,
            display_name_column().label("name"),
        )
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.run_id == run.id)
    )
    return next((row for row in rows if code_of(row) == code), None) if len(code) == CODE_LENGTH else None


def runs_to_settle() -> list[uuid.UUID]:
    """Return a bounded number of past runs in which a mark waits to count or the time for marks is over."""
    now = clock.now()
    waiting = (
        select(Participation.id)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(
            Participation.run_id == Run.id,
            Participation.status == GOING,
            or_(_outcome.is_not(None), Run.ends_at <= now - UNMARKED_AFTER),
        )
    )
    past = (Run.cancelled_at.is_(None), Run.starts_at.between(now - SETTLED_WITHIN, now), Run.ends_at <= now)
    query = select(Run.id).where(*past, waiting.exists()).order_by(Run.starts_at, Run.id)
    return list(db.session.scalars(query.limit(SETTLED_AT_ONCE)))


def attendance_of_crew(admin: Person, crew_id: uuid.UUID) -> list[Row[Any]]:
    """Return which members came to which runs of a crew within a year, the latest first: the run, its start, and the name.

    Who did not come is not in it, nor are people who are no members, or who are hidden from the admin.
    """
    now = clock.now()
    query = (
        select(Run.id, Run.title, Run.starts_at, Run.timezone, Person.name, Participation.guests)
        .join(Participation, Participation.run_id == Run.id)
        .join(Person, Person.id == Participation.person_id)
        .where(
            *(Run.crew_id == crew_id, Run.cancelled_at.is_(None), visible_to(admin)),
            *(Run.starts_at > now - CREW_SPAN, Run.ends_at <= now),
            *(Participation.status.in_(CAME), Participation.display_name == ""),
            *(is_in_crew(Person.id, crew_id), Person.state == "active", is_visible_to(admin, Person.id)),
        )
        .order_by(Run.starts_at.desc(), Run.id, Participation.rank)
        .limit(CREW_ROWS)
    )
    return list(db.session.execute(query))


FINISHED = "run_finished"


def _finished_is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a person came to the run of an entry, and that the viewer sees it and came too."""
    theirs, mine = aliased(Participation), aliased(Participation)
    came = (
        exists()
        .where(
            *(theirs.run_id == Run.id, theirs.person_id == TimelineEntry.person_id, theirs.status == COMPLETED),
            *(mine.run_id == Run.id, mine.person_id == viewer.id, mine.status == COMPLETED),
        )
        .correlate_except(theirs, mine)
    )
    return exists().where(Run.id == TimelineEntry.subject_id, Run.cancelled_at.is_(None), visible_to(viewer), came)


def _finished(_viewer: Person, run_ids: Sequence[uuid.UUID]) -> Values:
    return {row.id: {"run_id": row.id, "name": row.title} for row in _titles(list(run_ids))}


@built_once
def _titles(run_ids: list[uuid.UUID]) -> Any:
    return select(Run.id, Run.title).where(is_one_of(Run.id, run_ids))


register(EntryKind(FINISHED, "attendance", lazy_pgettext("timeline", "Runs"), _finished_is_shown, _finished))
