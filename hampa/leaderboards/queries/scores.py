"""The scores of boards as PostgreSQL knows them: the truth, of which Redis keeps the order."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true

from hampa.leaderboards.models.registry import Metric, Scope, ScopeKind, amounts_of, has_board, metrics
from hampa.leaderboards.queries.periods import Period
from hampa.platform.db import db

ROWS_AT_ONCE = 5_000


def metrics_of(scope: Scope) -> list[Metric]:
    """Return what is counted in a scope."""
    offered = [metric for metric in metrics() if scope.only is None or metric.name in scope.only]
    return [metric for metric in offered if has_board(scope, metric.name)]


def name_of(scope: Scope, metric: Metric, period: Period) -> str:
    """Return the name of a board in Redis; the clock is a part of it, since it decides what belongs to a day.

    One that is final is another than the one before, whatever was still to be followed.
    """
    final = ":final" if scope.is_final else ""
    return f"board:{scope.kind}:{scope.id or ''}:{metric.name}:{period.key}:{scope.timezone}{final}"


def scores(kind: ScopeKind, scope: Scope, metric: Metric, period: Period) -> Iterator[tuple[str, int]]:
    """Yield all people of a board with their scores, in any order."""
    query = _sums(kind, scope, metric, [period])
    result = db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
    yield from ((str(person_id), int(score)) for person_id, score in result if score)


def scores_of_people(
    kind: ScopeKind, scope: Scope, metric: Metric, periods: Sequence[Period], people: Collection[uuid.UUID]
) -> list[dict[str, int]]:
    """Return for each period the scores of these people, 0 of those who are not on the board, in one statement."""
    query = _sums(kind, scope, metric, periods, people)
    rows = {row[0]: row[1:] for row in db.session.execute(query)}
    none = (0,) * len(periods)
    return [
        {str(person_id): int(rows.get(person_id, none)[place] or 0) for person_id in people}
        for place in range(len(periods))
    ]


def _sums(
    kind: ScopeKind,
    scope: Scope,
    metric: Metric,
    periods: Sequence[Period],
    people: Collection[uuid.UUID] | None = None,
) -> Any:
    amounts = amounts_of(scope, metric)
    if amounts is None:
        raise LookupError(f"{scope.kind} has no board of {metric.name}")
    standing = kind.standing(scope)
    person_column = amounts.selected_columns[0]
    amounts = amounts.where(person_column.in_(standing))
    if people is not None:
        amounts = amounts.where(person_column.in_(people))
    if scope.since is not None or scope.until is not None:
        amounts = amounts.where(_within(amounts.selected_columns[1], Period("all", scope.since, scope.until)))
    counted = amounts.subquery("counted")
    if len(periods) == 1:
        query = select(counted.c.person_id, func.sum(counted.c.amount)).where(_within(counted.c.day, periods[0]))
    else:
        sums = [func.sum(counted.c.amount).filter(_within(counted.c.day, period)) for period in periods]
        query = select(counted.c.person_id, *sums)
    return query.group_by(counted.c.person_id)


def _within(day: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    bounds = [day >= period.first] if period.first is not None else []
    bounds += [day <= period.last] if period.last is not None else []
    return and_(true(), *bounds)
