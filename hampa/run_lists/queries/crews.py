"""The runs of a crew, as far as a viewer may see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, true

from hampa.cards.models import Card
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, stand_in
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import PAGE, ListedRun, page_of_rows, select_faced_runs
from hampa.runs.models.run import LINK, PaceGroup, Run
from hampa.runs.queries.runs import is_in_circle, is_visible_to_id, visible_to

NEXT_SHOWN = 3
"""Runs that the page of a crew shows."""
NEXT_OF_CREWS = 2
"""Runs of one's crews that home shows."""
LOOKED_BACK = timedelta(weeks=8)
"""The time whose runs say how often a crew runs, and how fast."""
FEWEST_CARDS, PACE_STEP = 5, 15
"""Members with a card from which on their pace is told, and the seconds to which it is rounded: nobody's own is told."""
AHEAD = timedelta(days=14)
"""How far ahead home looks for them."""


def runs_of_crew(
    viewer: Person | None, crew_id: uuid.UUID, after: str | None = None, *, past: bool = False, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Return a page of the runs of a crew that are not over, soonest first, or of `past` ones, latest first.

    Left out are cancelled runs, runs that only who has the link finds, and those that the viewer may not see.
    """
    last = paging.After.of(after)
    viewer_id = viewer.id if viewer else None
    rows = _runs_of_crew(
        *(crew_id, viewer_id, hidden_ids(viewer), clock.now(), last, size + 1),
        past=past,
        is_first=last.is_first,
        is_visitor=viewer is None,
        is_operator=viewer is not None and viewer.is_operator,
    )
    return page_of_rows(rows, size)


def count_runs_of_crew(viewer: Person | None, crew_id: uuid.UUID) -> int:
    """Return how many runs all pages of `runs_of_crew` have, up to `paging.MOST_COUNTED`."""
    listed = Run.crew_id == crew_id, Run.cancelled_at.is_(None), Run.visibility.not_in(constants(LINK))
    return paging.count_rows(select(Run.id).where(*listed, Run.ends_at > clock.now(), visible_to(viewer)))


@built_once
def _runs_of_crew(
    crew_id: uuid.UUID,
    viewer_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    now: datetime,
    last: paging.After,
    most: int,
    *,
    past: bool,
    is_first: bool,
    is_visitor: bool,
    is_operator: bool,
) -> Select[Any]:
    viewer = None if is_visitor else stand_in(viewer_id, is_operator=is_operator)
    visible = is_in_circle(None) if is_visitor else is_visible_to_id(viewer_id, hidden)
    query = select_faced_runs(viewer, hidden).where(
        *(Run.crew_id == crew_id, Run.cancelled_at.is_(None), visible),
        Run.visibility.not_in(constants(LINK)),
        Run.ends_at <= now if past else Run.ends_at > now,
    )
    return paging.rows_after(query, (Run.starts_at, Run.id), last.key, most, goes_on=not is_first, descending=past)


@dataclass(frozen=True, slots=True)
class CrewFacts:
    """How a crew runs, for people who are invited into it.

    `runs` were in the last eight weeks, `paces` are the quickest and the slowest pace of their groups, `members_pace`
    that between which half of the members run; both in seconds a kilometre, None where too little is known.
    """

    runs: int
    paces: tuple[int, int] | None
    members_pace: tuple[int, int] | None

    @property
    def runs_a_week(self) -> int:
        """Return about how many runs there are a week, 0 for fewer than one."""
        return round(self.runs / (LOOKED_BACK / timedelta(weeks=1)))


def facts_of_crew(crew_id: uuid.UUID) -> CrewFacts | None:
    """Return how a crew runs, None where nothing is known; of fewer than five members with cards no pace is told."""
    now = clock.now()
    row = _facts_of_crew(crew_id, now - LOOKED_BACK, now).one()
    paces = (row.quickest, row.slowest) if row.quickest is not None else None
    half = (_rounded(row.lower), _rounded(row.upper)) if row.carded >= FEWEST_CARDS else None
    return CrewFacts(row.runs, paces, half) if row.runs or half else None


def _rounded(pace: float) -> int:
    return round(pace / PACE_STEP) * PACE_STEP


@built_once
def _facts_of_crew(crew_id: uuid.UUID, since: datetime, now: datetime) -> Select[Any]:
    listed = Run.crew_id == crew_id, Run.cancelled_at.is_(None), Run.visibility.not_in(constants(LINK))
    been = *listed, Run.starts_at > since, Run.starts_at <= now
    groups = (
        select(func.min(PaceGroup.pace), func.max(PaceGroup.pace)).join(Run, Run.id == PaceGroup.run_id).where(*been)
    )
    paces = groups.subquery("groups")
    own = (
        select(func.avg(Card.pace).label("pace"))
        .join(CrewMembership, CrewMembership.person_id == Card.owner_id)
        .where(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE, Card.state == "active")
        .group_by(Card.owner_id)
        .subquery("own")
    )
    quarters = [func.percentile_cont(part).within_group(own.c.pace) for part in (0.25, 0.75)]
    cards = select(func.count().label("carded"), quarters[0].label("lower"), quarters[1].label("upper")).select_from(
        own
    )
    half = cards.subquery("half")
    runs = select(func.count()).where(*been).scalar_subquery()
    quickest, slowest = paces.c
    return select(runs.label("runs"), quickest.label("quickest"), slowest.label("slowest"), half).select_from(
        paces.join(half, true())
    )


def has_run_of_crews(person: Person, now: Any) -> ColumnElement[bool]:
    """Return the condition that a crew of the person has a run in the next days that has not begun."""
    is_next = Run.cancelled_at.is_(None), Run.starts_at > now, Run.starts_at < now + AHEAD
    is_mine = CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE
    return exists().where(*is_mine, Run.crew_id == CrewMembership.crew_id, *is_next)


def runs_of_crews(person: Person, size: int) -> list[ListedRun]:
    """Return the next runs of the crews of a person, soonest first."""
    now = clock.now()
    rows = _runs_of_crews(person.id, hidden_ids(person), now, now + AHEAD, size + 1, is_operator=person.is_operator)
    return list(page_of_rows(rows, size).items)


@built_once
def _runs_of_crews(
    person_id: uuid.UUID, hidden: list[uuid.UUID], now: datetime, until: datetime, most: int, *, is_operator: bool
) -> Select[Any]:
    mine = select(CrewMembership.crew_id).where(CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE)
    query = select_faced_runs(stand_in(person_id, is_operator=is_operator), hidden).where(
        *(Run.crew_id.in_(mine), Run.cancelled_at.is_(None), is_visible_to_id(person_id, hidden)),
        *(Run.visibility.not_in(constants(LINK)), Run.starts_at > now, Run.starts_at < until),
    )
    return query.order_by(Run.starts_at, Run.id).limit(most)
