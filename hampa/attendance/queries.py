"""Who had a place in a run, and whether they came."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from hampa.attendance.models import Attendance
from hampa.cards.models.card import Card
from hampa.people.models.person import Person
from hampa.people.queries.summaries import PersonSummary
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.keys import keyed_hash
from hampa.platform.texts.cleaning import fold, sort_key, to_latin_digits
from hampa.runs.models.participation import COMPLETED, GOING, HAD_PLACE, NO_SHOW, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.roster import avatar_column, display_name_column, phone_column, phones_are_shown

OPENS_BEFORE = timedelta(minutes=30)
"""Before people meet."""
CLOSES_AFTER = timedelta(days=2)
"""After the end, for organisers as for the people themselves."""
UNMARKED_AFTER = timedelta(days=1)
"""Who was not marked by then is taken to have come."""
TICKETS_BEFORE = timedelta(days=1)
LOOKED_BACK = timedelta(days=40)
SETTLED_AT_ONCE = 100

SHOWN = 200
"""Rows of the list; those beyond are found by their name."""
CODE_LENGTH = 8

_outcome = func.coalesce(Attendance.said, Attendance.marked)


@dataclass(frozen=True, slots=True)
class Attendee(PersonSummary):
    """One who had a place: `marked` is the organisers' word, `said` their own, each COMPLETED, NO_SHOW or None.

    `late_min` is how late they said they would be; `phone` their number, "" where this organiser may not see it.
    `has_contact` says that there is an emergency contact to look at just now.
    """

    guests: int
    late_min: int | None
    phone: str
    marked: str | None
    said: str | None
    has_contact: bool

    @property
    def came(self) -> bool:
        """Whether the person came by their own word or, without one, by the organisers'."""
        return (self.said or self.marked) == COMPLETED

    @property
    def absent(self) -> bool:
        """Whether the person did not come, likewise; False as long as nobody has said."""
        return (self.said or self.marked) == NO_SHOW

    @property
    def contradicts(self) -> bool:
        """Whether the person says otherwise than the organisers marked."""
        return self.said is not None and self.marked is not None and self.said != self.marked

    @property
    def late(self) -> bool:
        """Whether they said so, and nobody has seen them since."""
        return self.late_min is not None and not self.marked and not self.said


@dataclass(frozen=True, slots=True)
class Counts:
    """How many came, did not, and of how many nobody has said yet."""

    came: int = 0
    missing: int = 0
    unmarked: int = 0

    @property
    def all(self) -> int:
        """How many had a place."""
        return self.came + self.missing + self.unmarked


@dataclass(frozen=True, slots=True)
class Mine:
    """My own attendance at a run that is over: `outcome` as it stands, `marked` by an organiser or not; I may say
    otherwise `until` a moment, None when that is past."""

    outcome: str
    marked: bool
    until: datetime | None

    @property
    def came(self) -> bool:
        """Whether the person came, as far as it is known."""
        return self.outcome == COMPLETED


@dataclass(frozen=True, slots=True)
class Presence:
    """What a run's page offers around its start and after it: the organisers' list, my code, my own attendance."""

    marks: bool
    ticket: bool
    mine: Mine | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who holds a code: how they stand to the run, and under which name."""

    person_id: uuid.UUID
    name: str
    status: str


def why_shut(run: Run) -> str:
    """Why nobody is marked at this moment, in words; "" when they can be."""
    now = clock.now()
    if run.cancelled_at is not None:
        return _("This run is cancelled.")
    if now < run.meets_at - OPENS_BEFORE:
        return _("You can mark who is there from %(when)s on.", when=dates.when(run.meets_at - OPENS_BEFORE, run.zone))
    if now > run.ends_at + CLOSES_AFTER:
        return _("This run was more than two days ago: who came stays as it is.")
    return ""


def attendees(organiser: Person, run: Run, words: str = "", *, awaited: bool = False) -> list[Attendee]:
    """Those who had a place: first who is late, the sooner expected first, then by name. With `words` those whose name
    has them, and of those who are `awaited` only whom nobody has marked. One statement, however many.
    """
    wanted = fold(words).split()
    found = [
        one
        for one in _attendees(organiser, run)
        if all(word in fold(one.name) for word in wanted) and not (awaited and (one.marked or one.said))
    ]
    return sorted(found, key=lambda one: (not one.late, one.late and one.late_min, sort_key(one.name), one.id))


def some_attendees(organiser: Person, run: Run, person_ids: Collection[uuid.UUID]) -> list[Attendee]:
    """Those of these people who had a place."""
    return _attendees(organiser, run, Participation.person_id.in_(person_ids))


def _attendees(organiser: Person, run: Run, *which: ColumnElement[bool]) -> list[Attendee]:
    rows = db.session.execute(
        select(
            Person.id,
            display_name_column(),
            avatar_column(),
            Participation.guests,
            Participation.late_min,
            phone_column(organiser, run),
            Attendance.marked,
            Attendance.said,
            and_(Person.emergency_phone.is_not(None), Participation.added_by_organiser.is_(False))
            if phones_are_shown(run)
            else false(),
        )
        .join(Participation, Participation.person_id == Person.id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.run_id == run.id, Participation.status.in_(HAD_PLACE), *which)
    )
    return [Attendee(*row) for row in rows]


def counts(run: Run) -> Counts:
    """How many came, did not, and are not marked."""
    rows = db.session.execute(
        select(_outcome, func.count())
        .select_from(Participation)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.run_id == run.id, Participation.status.in_(HAD_PLACE))
        .group_by(_outcome)
    )
    by: dict[str | None, int] = {row[0]: row[1] for row in rows}
    return Counts(by.get(COMPLETED, 0), by.get(NO_SHOW, 0), by.get(None, 0))


def attendance_of(person: Person, run_id: uuid.UUID) -> tuple[Participation, Attendance | None] | None:
    """The person's place in the run and what is known of it; None when they had none."""
    row = db.session.execute(
        select(Participation, Attendance)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(
            Participation.run_id == run_id,
            Participation.person_id == person.id,
            Participation.status.in_(HAD_PLACE),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def my_attendance(person: Person, run: Run) -> Mine | None:
    """My own attendance; None as long as the run is not over, when it is cancelled, and without a place in it."""
    now = clock.now()
    if run.cancelled_at is not None or now < run.ends_at:
        return None
    found = attendance_of(person, run.id)
    if found is None:
        return None
    participation, known = found
    outcome = (known.outcome if known else None) or (participation.status if participation.status != GOING else "")
    until = correctable_until(run, known)
    return Mine(outcome or COMPLETED, bool(known and known.marked), until if now <= until else None)


def correctable_until(run: Run, known: Attendance | None) -> datetime:
    """Until when a person may say otherwise: two days after the end, or after a mark that came later."""
    marked_at = known.marked_at if known and known.marked_at else run.ends_at
    return max(run.ends_at, marked_at) + CLOSES_AFTER


def presence_of(person: Person, run: Run, organises: bool) -> Presence:
    """What this person finds on the run's page; no statement at all as long as the run is far away."""
    return Presence(organises and not why_shut(run), has_ticket(person, run), my_attendance(person, run))


def has_ticket(person: Person, run: Run) -> bool:
    """Whether the person has a code to show: a place in a run that is at hand and not over."""
    now = clock.now()
    at_hand = run.meets_at - TICKETS_BEFORE <= now < run.ends_at
    return at_hand and run.cancelled_at is None and attendance_of(person, run.id) is not None


def code_of(participation: Participation) -> str:
    """The code by which somebody is marked as there, made with our key out of the run, the person and the time they
    came: for another run, or after leaving and coming back, it is another one.
    """
    return _code(participation.run_id, participation.person_id, participation.rank)


def run_of_code(text: str) -> uuid.UUID | None:
    """The run that a scanned address belongs to; None for a code that was typed."""
    found = re.search(r"/runs/([0-9a-f-]{36})/attendance", text)
    try:
        return uuid.UUID(found[1]) if found else None
    except ValueError:
        return None


def holder_of(run: Run, text: str) -> Ticket | None:
    """Whose code it is, scanned or typed, with whatever marks between its letters; also of who has left."""
    bare = text.rpartition("code=")[2]
    code = re.sub(r"[\W_]", "", to_latin_digits(bare)).lower()
    if len(code) != CODE_LENGTH:
        return None
    rows = db.session.execute(
        select(Participation.person_id, Participation.rank, Participation.status, display_name_column())
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.run_id == run.id)
    )
    for person_id, rank, status, name in rows:
        if _code(run.id, person_id, rank) == code:
            return Ticket(person_id, name, status)
    return None


def runs_to_settle() -> list[uuid.UUID]:
    """Runs that are over, in which a mark waits to count or the time for marks has run out; a bounded number."""
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
    return list(
        db.session.scalars(
            select(Run.id)
            .where(
                Run.cancelled_at.is_(None),
                Run.starts_at.between(now - LOOKED_BACK, now),
                Run.ends_at <= now,
                waiting.exists(),
            )
            .order_by(Run.starts_at, Run.id)
            .limit(SETTLED_AT_ONCE)
        )
    )


def _code(run_id: uuid.UUID, person_id: uuid.UUID, rank: int) -> str:
    number = int(keyed_hash("attendance", str(run_id), str(person_id), str(rank)), 16)
    letters = []
    for _place in range(CODE_LENGTH):
        number, letter = divmod(number, len(ids.SHORT_ALPHABET))
        letters.append(ids.SHORT_ALPHABET[letter])
    return "".join(letters)
