"""Keeping the rankings in Redis as PostgreSQL has them: following changes, and making boards anew.

Both hold a lock of the scope from before they read until Redis has what they read. So whoever writes last has read last,
and no older score overwrites a newer one.
"""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select

from hampa.leaderboards.models.registry import Metric, Scope, ScopeKind, scope_kind, scope_kinds
from hampa.leaderboards.models.standings import BoardChange
from hampa.leaderboards.queries.boards import Board, board_of
from hampa.leaderboards.queries.periods import Period, period_of
from hampa.leaderboards.queries.scores import metrics_of, name_of, scores, scores_of_people
from hampa.people.models import Person
from hampa.platform import rankings
from hampa.platform.db import db

CHANGES_AT_ONCE = 500
KEPT_SECONDS = 7 * 24 * 3600
"""How long Redis keeps a board: then it is made anew, whatever became of it."""
Key = tuple[str, uuid.UUID | None]


def note_change(
    people: Collection[uuid.UUID], scope: str = "", scope_id: uuid.UUID | None = None, *, gone: bool = False
) -> None:
    """Have boards follow a change of these people; with `gone` they leave those of the scope, without one all."""
    db.session.add_all(BoardChange(who=person_id, scope=scope, scope_key=scope_id, gone=gone) for person_id in people)
    db.session.flush()


def follow_changes() -> int:
    """Bring the boards up to date with some changes, the oldest first; return how many. Raise RankingsAway.

    Changes that another worker follows are left to it.
    """
    oldest = select(BoardChange.id).order_by(BoardChange.created_at, BoardChange.id).limit(CHANGES_AT_ONCE)
    claimed = delete(BoardChange).where(BoardChange.id.in_(oldest.with_for_update(skip_locked=True)))
    rows = db.session.execute(claimed.returning(BoardChange.who, BoardChange.scope, BoardChange.scope_key)).all()
    if not rows:
        return 0
    people = sorted({row.who for row in rows})
    named: set[Key] = {(row.scope, row.scope_key) for row in rows if row.scope}
    # In one order, so that two workers do not wait for each other.
    for name, scope_id in sorted(named | _scopes_of(people), key=str):
        kind = scope_kind(name)
        scope = kind.find(scope_id) if kind is not None else None
        if kind is not None and scope is not None:
            _update(kind, scope, people)
    return len(rows)


def _scopes_of(people: Collection[uuid.UUID]) -> set[Key]:
    return {(kind.kind, scope_id) for kind in scope_kinds() for scope_id in kind.of_people(people)}


def _update(kind: ScopeKind, scope: Scope, people: Sequence[uuid.UUID]) -> None:
    """Set the scores of these people on those boards of a scope that Redis knows."""
    lock_scope(scope)
    periods = [period_of(scope, window) for window in scope.windows]
    offered = metrics_of(scope)
    names = [name_of(scope, metric, period) for metric in offered for period in periods]
    known = dict(zip(names, rankings.are_known(names), strict=True))
    for metric in offered:
        shown = [period for period in periods if known[name_of(scope, metric, period)]]
        if shown:
            for period, found in zip(shown, scores_of_people(kind, scope, metric, shown, people), strict=True):
                rankings.update(name_of(scope, metric, period), found)


def rebuild_board(kind: ScopeKind, scope: Scope, metric: Metric, period: Period) -> None:
    """Make a board anew from PostgreSQL. Raise RankingsAway."""
    lock_scope(scope)
    rankings.replace(name_of(scope, metric, period), scores(kind, scope, metric, period), seconds=KEPT_SECONDS)


def rebuild_scope(kind: ScopeKind, scope: Scope, *, missing_only: bool = False) -> int:
    """Make the current boards of a scope anew, or those that Redis does not know; return how many."""
    boards = [(metric, period_of(scope, window)) for metric in metrics_of(scope) for window in scope.windows]
    known = rankings.are_known([name_of(scope, *board) for board in boards])
    due = [board for board, is_known in zip(boards, known, strict=True) if not (missing_only and is_known)]
    for metric, period in due:
        rebuild_board(kind, scope, metric, period)
    return len(due)


def rebuild_missing() -> int:
    """Make those boards of large scopes anew that Redis does not know; return how many."""
    count = 0
    for kind in scope_kinds():
        if not kind.people_are_few:
            for scope_id in list(kind.all_ids()):
                scope = kind.find(scope_id)
                count += rebuild_scope(kind, scope, missing_only=True) if scope is not None else 0
    return count


def lock_scope(scope: Scope) -> None:
    """Have the boards of a scope to oneself until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"board:{scope.kind}:{scope.id}", 0))))


def board_for(
    viewer: Person, kind: ScopeKind, scope: Scope, metric: Metric, period: Period, start: int = 0
) -> Board | None:
    """Return a page of a board, made anew if Redis has lost it; None while it is being counted, or Redis is away.

    The boards of many people are left to the worker.
    """
    try:
        board = board_of(viewer, scope, metric, period, start)
        if board is None and kind.people_are_few:
            rebuild_board(kind, scope, metric, period)
            board = board_of(viewer, scope, metric, period, start)
    except rankings.RankingsAway:
        return None
    return board
