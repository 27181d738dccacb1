"""A board as somebody sees it: a page of it, and their own rank between their neighbours."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, or_, select

from hampa.leaderboards.models.registry import Metric, Scope, ScopeKind, scope_kind
from hampa.leaderboards.models.standings import BoardChange, Standing
from hampa.leaderboards.queries.periods import Period
from hampa.leaderboards.queries.scores import name_of
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, names_people, summary_columns
from hampa.platform import rankings
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once, is_one_of

A_PAGE = 25
MOST_ROWS = 10_000
"""The rows that pages reach; whoever stands further down finds their own rank on each page."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Somebody on a board."""

    person: PersonSummary
    score: int
    rank: int


@dataclass(frozen=True, slots=True)
class Board:
    """A page of a board, the viewer's own row between its neighbours, and where the next page begins, if there is one."""

    total: int
    rows: Sequence[BoardRow]
    around: Sequence[BoardRow]
    own: BoardRow | None
    next: int | None

    @property
    def own_in_rows(self) -> uuid.UUID | None:
        """Return the id of the viewer if they are in the rows, which all others see alike."""
        own = self.own.person.id if self.own is not None else None
        return own if any(row.person.id == own for row in self.rows) else None


@names_people
def is_named_by_boards(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` chose to stand on the boards of everybody, which who is signed in sees."""
    everyone = Standing.crew_id.is_(None), Standing.plan_id.is_(None)
    if viewer is None:
        return exists().where(Standing.person_id.is_(None))
    return exists().where(Standing.person_id == Person.id, *everyone)


def kind_of(name: str) -> ScopeKind:
    """Return a kind of scope. Raise NotFound."""
    kind = scope_kind(name)
    if kind is None:
        raise NotFound
    return kind


def board_of(viewer: Person, scope: Scope, metric: Metric, period: Period, start: int = 0) -> Board | None:
    """Return a page of a board from a row on; None while Redis does not know the board. Raise RankingsAway.

    Rows of people who are hidden from the viewer by a block are left out, and the ranks of others stay as they are.
    Whoever stands there no more is left out at once, although the worker may not have followed yet.
    """
    start = min(max(0, start), MOST_ROWS)
    gone = [str(row.who) for row in _gone(scope.kind, scope.id, is_everyone=scope.id is None)]
    name = name_of(scope, metric, period)
    shown = rankings.look(name, str(viewer.id), start=start, size=A_PAGE, gone=gone)
    if shown is None:
        return None
    ids = {uuid.UUID(row.member) for row in (*shown.page, *shown.around)}
    people = {row.person.id: row.person for row in _people(list(ids), hidden_ids(viewer))} if ids else {}

    def with_people(rows: Sequence[rankings.Row]) -> tuple[BoardRow, ...]:
        found = ((people.get(uuid.UUID(row.member)), row) for row in rows)
        return tuple(BoardRow(person, row.score, row.rank) for person, row in found if person is not None)

    around = with_people(shown.around)
    own = next((row for row in around if row.person.id == viewer.id), None)
    end = start + A_PAGE
    return Board(
        max(0, shown.total), with_people(shown.page), around, own, end if end < min(shown.total, MOST_ROWS) else None
    )


@built_once
def _gone(kind: str, scope_id: uuid.UUID | None, *, is_everyone: bool) -> Any:
    of_scope = BoardChange.scope_key.is_(None) if is_everyone else BoardChange.scope_key == scope_id
    left = or_(BoardChange.scope == "", and_(BoardChange.scope == kind, of_scope))
    return select(BoardChange.who).where(BoardChange.gone, left).distinct().limit(A_PAGE * 40)


@built_once
def _people(ids: list[uuid.UUID], hidden: list[uuid.UUID]) -> Any:
    seen = is_one_of(Person.id, ids), Person.state == "active", is_none_of(Person.id, hidden)
    return select(summary_columns()).where(*seen)


def stands_on(person: Person, scope: Scope, kind: ScopeKind) -> bool:
    """Return whether a person stands on the boards of a scope."""
    return bool(_stands(person.id, scope.id, kind=kind).scalar_one())


@built_once
def _stands(person_id: uuid.UUID, scope_id: uuid.UUID | None, *, kind: ScopeKind) -> Any:
    standing = kind.standing(Scope(kind.kind, cast(uuid.UUID, scope_id), "", "", 0, solar=False)).subquery()
    return select(exists().where(standing.c[0] == person_id))
