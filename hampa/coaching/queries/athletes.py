"""Athletes: what a coach may, which athletes they have, one of them, and who coaches a person."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager

from hampa.cards.queries.interests import companion_ids
from hampa.coaching.models.athletes import CHANGING_ROLES, HEAD, RIGHTS, Athlete, Coach
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, names_people, summary_columns
from hampa.platform.answers import answer_columns
from hampa.platform.db import columns_of, db, loaded, shared_alias
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.powers import is_given, register_power
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.training.queries.visibility import also_shown_by

ASKS, ASKED = "coach", "coach_asked"
MOST_SORTED = 10_000
"""More athletes than anybody coaches: a limit makes PostgreSQL sort them before it asks who of them may be seen."""
COACHING = register_power("coaching")
_coaching, _coached = shared_alias(Coach, "coaching_coach"), shared_alias(Athlete, "coached_athlete")
_account = shared_alias(Person, "athletes_account")
"""Made once: an alias of its own for each condition took most of the time in which a statement was built."""


def coach_may(viewer_id: Any, athlete_id: Any, right: str = "", *, changes: bool = False) -> ColumnElement[bool]:
    """Return the condition that a viewer coaches an athlete and, with a right, that the athlete lets them.

    Every statement about athletes asks this, so that what an athlete takes back is gone with the next statement. An
    athlete with an account must have agreed to this coach, be active, and hide from nobody by a block. Of records
    without an account, coaches who agreed to coach see what they keep themselves. With `changes` the role must allow changes. Programs coach
    only with the scope of it, whatever they ask for.
    """
    row, record = _coaching, _coached
    given = getattr(row, right) if right else true()
    active = exists().where(_account.id == row.person_id, _account.state == "active").correlate(row)
    agreed = and_(row.person_id == record.person_id, given, active, row.person_id.not_in(hidden_from(viewer_id)))
    conditions = [row.athlete_id == athlete_id, row.coach_id == viewer_id, record.id == row.athlete_id]
    conditions.append(is_given(COACHING))
    if changes:
        conditions.append(row.role.in_(CHANGING_ROLES))
    kept = and_(record.person_id.is_(None), has_agreed(row))
    return exists().where(*conditions, or_(kept, agreed)).correlate_except(row, record)


def is_asked(row: Any) -> ColumnElement[bool]:
    """Return the condition that a coach is asked to coach, or to be the head."""
    return or_(~has_agreed(row), row.head_asked_at.is_not(None))


def asked_role(row: Any) -> ColumnElement[str]:
    """Return an expression for what a coach is asked to be."""
    return case((row.head_asked_at.is_not(None), HEAD), else_=row.role)


def asked_since(row: Any) -> ColumnElement[datetime]:
    """Return an expression for when a coach was asked."""
    return func.coalesce(row.head_asked_at, row.created_at)


def has_agreed(row: Any) -> ColumnElement[bool]:
    """Return the condition that a coach agreed to coach: `Coach.is_asked` does not hold."""
    return or_(row.role == HEAD, row.person_id.is_not(None), row.seen_at.is_not(None))


@also_shown_by
def coaches_person(viewer_id: Any, person_id: Any, right: str) -> ColumnElement[bool]:
    """Return the condition that a viewer coaches the person of an account, who gave them a right."""
    row = aliased(Coach)
    given = row.person_id == person_id, row.coach_id == viewer_id
    return exists().where(*given, coach_may(viewer_id, row.athlete_id, right)).correlate_except(row)


def coaches(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person coaches somebody."""
    return exists().where(Coach.coach_id == person_id)


@dataclass(frozen=True, slots=True)
class AthleteSeen:
    """An athlete as a coach sees them: the record, the coach's row, and what they may."""

    record: Athlete
    coach: Coach

    def may(self, right: str) -> bool:
        """Return whether the athlete gave the right; a record without an account has nothing to hide."""
        return self.record.person_id is None or getattr(self.coach, right)

    @property
    def changes(self) -> bool:
        """Return whether the coach may change the record."""
        return self.coach.changes

    @property
    def changes_plans(self) -> bool:
        """Return whether the coach may change plans."""
        return self.coach.changes and self.may("plans")

    @property
    def decides(self) -> bool:
        """Return whether the coach is the head."""
        return self.coach.role == HEAD


def athlete_for(
    viewer: Person, athlete_id: uuid.UUID, right: str = "", *, changes: bool = False, decides: bool = False
) -> AthleteSeen:
    """Return an athlete whom the viewer coaches. Raise NotFound, and Forbidden for a weak role or a right not given."""
    if right or changes or decides:  # as they are now, also where this session knows an earlier state
        query = select(Athlete, Coach).join(Coach, and_(Coach.athlete_id == Athlete.id, Coach.coach_id == viewer.id))
        query = query.where(Athlete.id == athlete_id, coach_may(viewer.id, Athlete.id))
        row: Any = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    else:
        row = _athlete(viewer.id, athlete_id).one_or_none()
    if row is None:
        raise NotFound
    width = len(columns_of(Athlete))
    seen = AthleteSeen(*row) if len(row) == 2 else AthleteSeen(loaded(Athlete, row[:width]), loaded(Coach, row[width:]))
    if changes and not seen.changes:
        raise Forbidden(_("You follow this athlete and only read. Ask the head coach."))
    if decides and not seen.decides:
        raise Forbidden(_("Only the head coach can do that."))
    if right and not seen.may(right):
        raise Forbidden(_("The athlete does not let you see or change this."))
    return seen


@built_once
def _athlete(viewer_id: uuid.UUID, athlete_id: uuid.UUID) -> Any:
    return (
        select(*columns_of(Athlete), *columns_of(Coach))
        .select_from(Athlete)
        .join(Coach, and_(Coach.athlete_id == Athlete.id, Coach.coach_id == viewer_id))
        .where(Athlete.id == athlete_id, coach_may(viewer_id, Athlete.id))
    )


def locked_athlete(athlete_id: uuid.UUID) -> Athlete:
    """Return a record as it is now, locked. Raise NotFound."""
    query = select(Athlete).where(Athlete.id == athlete_id).with_for_update().execution_options(populate_existing=True)
    record = db.session.scalar(query)
    if record is None:
        raise NotFound
    return record


@dataclass(frozen=True, slots=True)
class CoachRow:
    """A coach of an athlete, as the other coaches see them.

    `is_asked` is one who did not agree yet to coach, `is_waiting` one to whom the athlete did not, and `is_head_asked`
    one who is asked to be the head instead. The head alone is told of the first and the last.
    """

    person: PersonSummary
    role: str
    is_waiting: bool
    is_asked: bool
    is_head_asked: bool


def coaches_of(viewer: Person, record: Athlete) -> list[CoachRow]:
    """Return the coaches of an athlete whom the viewer sees, the head first: ten at most."""
    rows = _coaches_of(viewer.id, record.id)
    return [
        CoachRow(row[0], row[1], row[3] and record.person_id is not None and row[2] is None, not row[3], row[4])
        for row in rows
    ]


@built_once
def _coaches_of(viewer_id: uuid.UUID, athlete_id: uuid.UUID) -> Any:
    mine = aliased(Coach)
    decides = exists().where(mine.athlete_id == athlete_id, mine.coach_id == viewer_id, mine.role == HEAD)
    return (
        select(summary_columns(), Coach.role, Coach.person_id, has_agreed(Coach))
        .add_columns(and_(Coach.head_asked_at.is_not(None), decides))
        .select_from(Coach)
        .join(Person, Person.id == Coach.coach_id)
        .where(Coach.athlete_id == athlete_id, Person.state == "active", Person.id.not_in(hidden_from(viewer_id)))
        .where(or_(has_agreed(Coach), decides))
        .order_by(Coach.role != HEAD, Coach.created_at, Coach.id)
    )


def coaches_to_add(viewer: Person, athlete_id: uuid.UUID, only: uuid.UUID | None = None) -> list[PersonSummary]:
    """Return companions of a head coach who do not coach the athlete yet, by name: a hundred at most."""
    return [row[0] for row in _coaches_to_add(viewer.id, athlete_id, only)]


@built_once
def _coaches_to_add(viewer_id: uuid.UUID, athlete_id: uuid.UUID, only: uuid.UUID | None) -> Any:
    there = select(Coach.coach_id).where(Coach.athlete_id == athlete_id)
    athlete = select(Athlete.person_id).where(Athlete.id == athlete_id, Athlete.person_id.is_not(None))
    one: Any = only
    return (
        select(summary_columns())
        .where(Person.id.in_(companion_ids(viewer_id)), Person.id.not_in(there), Person.id.not_in(athlete))
        .where(Person.state == "active", Person.id != viewer_id, Person.id.not_in(hidden_from(viewer_id)))
        .where(or_(one.is_(None), Person.id == one))
        .order_by(by_alphabet(Person.name), Person.id)
        .limit(100)
    )


@dataclass(frozen=True, slots=True)
class OwnCoach:
    """Who coaches the viewer, with what the viewer lets them see and change; or who asks to, if `is_asking`."""

    athlete_id: uuid.UUID
    person: PersonSummary
    role: str
    rights: Sequence[str]
    is_asking: bool
    since: datetime


def own_coaches(person: Person) -> list[OwnCoach]:
    """Return who coaches a person, and who asks to, the latest first."""
    return [
        OwnCoach(row.athlete_id, who, row.role, row.rights, row.person_id is None, row.created_at)
        for row, who in _own_coaches(person.id)
    ]


@built_once
def _own_coaches(person_id: uuid.UUID) -> Any:
    return (
        select(Coach, summary_columns())
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .join(Person, Person.id == Coach.coach_id)
        .where(Athlete.person_id == person_id, Person.state == "active", Person.id.not_in(hidden_from(person_id)))
        .where(has_agreed(Coach))
        .order_by(Coach.person_id.is_not(None), Coach.created_at.desc(), Coach.id)
        .limit(100)
    )


def own_coach(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID) -> Coach:
    """Return the row of who coaches a person or asks to, locked. Raise NotFound."""
    query = (
        select(Coach)
        .join(Coach.athlete)
        .options(contains_eager(Coach.athlete))
        .where(Coach.athlete_id == athlete_id, Coach.coach_id == coach_id, Athlete.person_id == person.id)
        .where(has_agreed(Coach))
    )
    row = db.session.scalar(query.with_for_update(of=Coach).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def asks_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the further coaches who wait for an athlete to agree."""
    asker = aliased(Person)
    columns = answer_columns(Coach.id, Coach.created_at, run_id=Coach.athlete_id, asker=asker, line=Coach.role)
    return (
        select(*columns)
        .select_from(Coach)
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .join(asker, asker.id == Coach.coach_id)
        .where(Athlete.person_id == person.id, Coach.person_id.is_(None), Coach.created_at <= now, has_agreed(Coach))
        .where(asker.state == "active", asker.id.not_in(hidden_from(person.id)))
    )


def may_be_asked(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever a further coach waits for an athlete to agree."""
    return exists().where(Athlete.person_id == person.id, Coach.athlete_id == Athlete.id, Coach.person_id.is_(None))


def asked_to_coach(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the athletes whom a head coach asks a person to coach too, or to be the head of."""
    head, asker = aliased(Coach), aliased(Person)
    columns = answer_columns(Coach.id, asked_since(Coach), run_id=Coach.athlete_id, asker=asker, line=asked_role(Coach))
    return (
        select(*columns)
        .select_from(Coach)
        .join(head, and_(head.athlete_id == Coach.athlete_id, head.role == HEAD))
        .join(asker, asker.id == head.coach_id)
        .where(Coach.coach_id == person.id, is_asked(Coach), asked_since(Coach) <= now)
        .where(asker.state == "active", asker.id.not_in(hidden_from(person.id)))
    )


@dataclass(frozen=True, slots=True)
class CoachAsk:
    """What the head coach of an athlete asks somebody to be for them too."""

    athlete_id: uuid.UUID
    head: PersonSummary
    role: str
    since: datetime


def coach_asks(person: Person) -> list[CoachAsk]:
    """Return what a person is asked to coach, the oldest first: a hundred at most."""
    head = aliased(Coach)
    query = (
        select(Coach.athlete_id, summary_columns(), asked_role(Coach), asked_since(Coach))
        .select_from(Coach)
        .join(head, and_(head.athlete_id == Coach.athlete_id, head.role == HEAD))
        .join(Person, Person.id == head.coach_id)
        .where(Coach.coach_id == person.id, is_asked(Coach), is_given(COACHING))
        .where(Person.state == "active", Person.id.not_in(hidden_from(person.id)))
        .order_by(asked_since(Coach), Coach.id)
        .limit(100)
    )
    return [CoachAsk(*row) for row in db.session.execute(query)]


def may_be_asked_to_coach(person: Person) -> ColumnElement[bool]:
    """Return the condition that a person is asked to coach somebody, whoever asks."""
    return exists().where(Coach.coach_id == person.id, is_asked(Coach))


@names_people
def is_named_by_coaching(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` coaches the viewer, is coached by them, or coaches somebody with them.

    Programs without the scope of coaching are told of none of them.
    """
    if viewer is None:
        return false()
    mine, theirs = aliased(Coach), aliased(Coach)
    record = aliased(Athlete)
    theirs_of_mine = exists().where(record.person_id == viewer.id, theirs.athlete_id == record.id, has_agreed(theirs))
    # Found once, and not for each of the people who are asked about.
    together = (
        select(theirs.coach_id)
        .join(mine, mine.athlete_id == theirs.athlete_id)
        .where(mine.coach_id == viewer.id, coach_may(viewer.id, mine.athlete_id))
        .where(or_(has_agreed(theirs), mine.role == HEAD))
    )
    known = or_(
        exists().where(mine.coach_id == viewer.id, mine.person_id == Person.id),
        theirs_of_mine.where(theirs.coach_id == Person.id),
        Person.id.in_(together),
    )
    return and_(is_given(COACHING), known)


def rights_from(values: Mapping[str, Any] | Sequence[str]) -> dict[str, bool]:
    """Return the columns of rights of which the names are given."""
    return {right: right in values for right in RIGHTS}
