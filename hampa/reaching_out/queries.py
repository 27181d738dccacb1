"""Who drifts, who sees it, who looked, and where help is found."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, or_, select

from hampa.checkin_choices.models import FROM_ALL, NOBODY, CheckInChoices
from hampa.checkins.models import CREW, CheckIn
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import may, member_with
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, is_not_shut_out
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.periods import DAYS
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after
from hampa.reaching_out.models import DROPPED, STOPPED, Drift, DriftLook, HelpLink

RIGHT = "reports"
"""The right of crews that seeing who drifts needs."""
READ = 12
"""Check-ins of a member that are looked at, the latest."""
LOW, USUAL, FEWEST = 3, 8, 4
"""How many check-ins in a row are low, how many before them make the mean, and how few do not."""
MARGIN = 3
"""Points by which each of the last check-ins is below the mean of those before."""
HABIT, OF = 4, 6
"""Whoever checked in `HABIT` times within `OF` periods had a habit."""
SILENT_PERIODS, SILENT_DAYS = 2, 7
"""A habit has stopped after so many periods, and so many days, without a check-in."""
FORGOTTEN = dt.timedelta(days=90)
"""After so long nobody is asked any more."""
A_PAGE = 20
LOOKS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What of a check-in is looked at: its days and its score; whether its person shares it with the crew."""

    starts_on: dt.date
    ends_on: dt.date
    score: int
    is_shared: bool


@dataclass(frozen=True, slots=True)
class FoundDrift:
    """That check-ins dropped or stopped, since a day, for a number of periods."""

    reason: str
    since: dt.date
    periods: int


def drift_of(answers: Sequence[Answer], today: dt.date, frequency: str, asking: str) -> FoundDrift | None:
    """Return what the latest check-ins of a member say (the newest first), as far as they agreed to its being read.

    Check-ins that they keep to themselves count only by the consent `all`; by any consent they keep somebody from being
    taken for silent who is not, and nobody is told when they were.
    """
    days = DAYS[frequency]
    if not answers:
        return None
    silent = (today - answers[0].ends_on).days
    read = [one for one in answers if one.is_shared or asking == FROM_ALL]
    if not read or dt.timedelta(days=silent) > FORGOTTEN:
        return None
    if silent >= max(SILENT_PERIODS * days, SILENT_DAYS):
        habit = [one for one in read if (answers[0].starts_on - one.starts_on).days < OF * days]
        last = read[0].ends_on
        return FoundDrift(STOPPED, last, (today - last).days // days) if len(habit) >= HABIT else None
    low, before = read[:LOW], read[LOW : LOW + USUAL]
    if len(before) < FEWEST or (today - low[0].ends_on).days >= max(SILENT_PERIODS * days, SILENT_DAYS):
        return None
    mean = sum(one.score for one in before) / len(before)
    return FoundDrift(DROPPED, low[-1].starts_on, LOW) if all(one.score <= mean - MARGIN for one in low) else None


def consents(after: uuid.UUID | None, size: int) -> Sequence[Any]:
    """Return `size` consents of active members of open crews, in the order of their ids, those after one."""
    query = (
        select(CheckInChoices.id, CheckInChoices.person_id, CheckInChoices.crew_id, CheckInChoices.asking)
        .add_columns(Crew.frequency, Crew.timezone)
        .join(Crew, Crew.id == CheckInChoices.crew_id)
        .where(CheckInChoices.asking != NOBODY, Crew.closed_at.is_(None))
        .order_by(CheckInChoices.id)
        .limit(size)
    )
    return db.session.execute(query if after is None else query.where(CheckInChoices.id > after)).all()


def latest_answers(pairs: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> dict[tuple[uuid.UUID, uuid.UUID], list[Answer]]:
    """Return the latest check-ins of people in crews, the newest first, in one statement."""
    place = func.row_number().over(
        partition_by=(CheckIn.person_id, CheckIn.crew_id), order_by=CheckIn.period_from.desc()
    )
    rows = (
        select(CheckIn.person_id, CheckIn.crew_id, CheckIn.period_from, CheckIn.period_to, CheckIn.score)
        .add_columns(CheckIn.sharing, place.label("place"))
        .where(
            CheckIn.person_id.in_({person for person, _crew in pairs}),
            CheckIn.crew_id.in_({crew for _person, crew in pairs}),
            CheckIn.period_from > clock.now().date() - 2 * FORGOTTEN,
        )
        .subquery()
    )
    query = select(rows).where(rows.c.place <= READ).order_by(rows.c.person_id, rows.c.crew_id, rows.c.place)
    return {
        pair: [Answer(row.period_from, row.period_to, row.score, row.sharing == CREW) for row in group]
        for pair, group in groupby(db.session.execute(query), lambda row: (row.person_id, row.crew_id))
    }


@dataclass(frozen=True, slots=True)
class Drifting(PersonSummary):
    """A member who might like to be asked, as a row of the list."""

    reason: str
    since: dt.date
    periods: int
    basis: str
    drift_id: uuid.UUID


def may_see_drift(membership: CrewMembership) -> bool:
    """Return whether a member may see who might like to be asked."""
    return may(membership, RIGHT)


def people_to_ask(viewer: Person, crew_id: uuid.UUID, after: str | None = None) -> tuple[Crew, Page[Drifting]]:
    """Return a crew and a page of its members who drift, as far as their consent holds now, those of longest first.

    Raise Forbidden for who does not have the right, and NotFound as `member_of` does.
    """
    crew = member_with(viewer, crew_id, RIGHT).crew
    since, last_id = decode(after, dt.datetime, uuid.UUID) or (None, None)
    rows: Any = _drifting(viewer.id, crew_id, hidden_ids(viewer), since, last_id, goes_on=since is not None).all()
    return crew, Page.of([Drifting(*row) for row in rows], A_PAGE, lambda row: (row.since, row.drift_id))


@built_once
def _drifting(
    viewer_id: uuid.UUID,
    crew_id: uuid.UUID,
    hidden: list[uuid.UUID],
    since: dt.datetime | None,
    last_id: uuid.UUID | None,
    *,
    goes_on: bool,
) -> Any:
    allows = or_(CheckInChoices.asking == Drift.basis, CheckInChoices.asking == FROM_ALL)
    query: Any = (
        select(Person.id, Person.name, Person.avatar, Drift.reason, Drift.since, Drift.periods, Drift.basis)
        .add_columns(Drift.id.label("drift_id"))
        .join(Drift, Drift.person_id == Person.id)
        .join(
            CheckInChoices,
            (CheckInChoices.person_id == Drift.person_id) & (CheckInChoices.crew_id == Drift.crew_id) & allows,
        )
        .join(CrewMembership, (CrewMembership.person_id == Drift.person_id) & (CrewMembership.crew_id == Drift.crew_id))
        .where(
            *(Drift.crew_id == crew_id, CheckInChoices.asking != NOBODY, CrewMembership.status == ACTIVE),
            *(Person.state == "active", Person.id != viewer_id, is_none_of(Person.id, hidden)),
        )
    )
    return rows_after(query, (Drift.since, Drift.id), (since, last_id), A_PAGE + 1, goes_on=goes_on)


@dataclass(frozen=True, slots=True)
class Look:
    """When an organiser saw that one might like to be asked; `name` is None for somebody who is gone or hidden."""

    last_at: dt.datetime
    name: str | None


def looks_at(person: Person, crew_id: uuid.UUID) -> list[Look]:
    """Return who saw a person in the list of a crew, the latest first."""
    return [Look(*row) for row in _looks(person.id, crew_id, hidden_ids(person))]


@built_once
def _looks(person_id: uuid.UUID, crew_id: uuid.UUID, hidden: list[uuid.UUID]) -> Any:
    shown = (Person.id == DriftLook.viewer_id) & is_none_of(Person.id, hidden) & is_not_shut_out(Person.id)
    return (
        select(DriftLook.last_at, Person.name)
        .outerjoin(Person, shown)
        .where(DriftLook.person_id == person_id, DriftLook.crew_id == crew_id)
        .order_by(DriftLook.last_at.desc(), DriftLook.id)
        .limit(LOOKS_SHOWN)
    )


def help_links(locale: str | None = None) -> Sequence[HelpLink]:
    """Return the links to help for readers of a language, or all of them."""
    query = select(HelpLink).order_by(HelpLink.created_at, HelpLink.id)
    return db.session.scalars(query if locale is None else query.where(HelpLink.locale.in_(("", locale)))).all()
