"""What boards rank, and among whom: metrics and scopes, to which higher features add theirs.

A metric is a SELECT of `person_id`, `day` and `amount`: what counts in a scope, whoever stands there. A scope says who
stands on its boards. Features above register a metric (`register_metric`) or a scope (`register_scope`) when they are
imported, and write a row of `leaderboard_changes` for each person of whom something changes that they count, by a
trigger that calls `note_board_change` or by `actions.following.note_change`.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select

from hampa.people.models import Person

WINDOWS = WEEK, MONTH, ALL = ("week", "month", "all")
TIME, DISTANCE, BADGES, ATTENDANCE, DUTIES = ("time", "distance", "badges", "attendance", "duties")
SECONDS, METRES, TIMES = ("seconds", "metres", "times")
"""The units of scores."""
EVERYONE, CREW, PLAN = ("everyone", "crew", "plan")


@dataclass(frozen=True, slots=True)
class Scope:
    """Among whom a board ranks, and the clock and the calendar of its weeks and months.

    `first_day` is the ISO number of the day with which weeks begin; with `solar`, months are those of the Solar Hijri
    calendar. A board without an end counts from `since` to `until`, if they are set. `only` are metrics, None for all.
    Runs and duties of `crew_id` count, for everybody those of all crews. `all_kinds` says that kilometres of all kinds of
    activities are compared, not only those on foot. `windows` are those of its boards, the first of which is shown at
    first. On one that is final nothing changes any more.
    """

    kind: str
    id: uuid.UUID | None
    name: str
    timezone: str
    first_day: int
    solar: bool
    since: dt.date | None = None
    until: dt.date | None = None
    only: tuple[str, ...] | None = None
    crew_id: uuid.UUID | None = None
    all_kinds: bool = False
    windows: tuple[str, ...] = WINDOWS
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted.

    `amounts` returns the SELECT for a scope, None where the scope has no such board; `label` is its word, `unit` that of
    its scores. `place` is where it stands among the others.
    """

    name: str
    label: Any
    unit: str
    place: int
    amounts: Callable[[Scope], Select[Any] | None]


@dataclass(frozen=True, slots=True)
class ScopeKind:
    """A kind of scope.

    `open_to` returns the scope to a viewer who sees its boards, and raises NotFound to others. `find` returns it without
    a viewer, None if it is gone. `activities` returns the condition that an `Activity` counts there, besides being
    plausible. `standing` returns the SELECT of the ids of people who stand there now; it reads the id of the
    scope alone, which may be a parameter of a statement. `of_people` returns the ids of scopes to which any of these people belongs. `all_ids` returns all scopes, for the worker. `stand`
    lets a person stand there or not; None where belonging is standing. `people_are_few` says that a board is made anew
    while somebody waits. `amounts`, where it is set, returns what is counted there instead of the SELECT of the metric.
    `page` is the endpoint of the page of a scope, and the name of its argument.
    """

    kind: str
    open_to: Callable[[Person, uuid.UUID | None], Scope]
    find: Callable[[uuid.UUID | None], Scope | None]
    activities: Callable[[Scope], ColumnElement[bool]]
    standing: Callable[[Scope], Select[tuple[uuid.UUID]]]
    of_people: Callable[[Collection[uuid.UUID]], Iterable[uuid.UUID | None]]
    all_ids: Callable[[], Iterable[uuid.UUID | None]]
    stand: Callable[[Person, Scope, bool], None] | None
    people_are_few: bool
    amounts: Callable[[Scope, Metric], Select[Any] | None] | None = None
    page: tuple[str, str] | None = None


_metrics: dict[str, Metric] = {}
_kinds: dict[str, ScopeKind] = {}


def register_metric(metric: Metric) -> None:
    """Add something that boards count."""
    _metrics[metric.name] = metric


def register_scope(kind: ScopeKind) -> None:
    """Add a kind of scope."""
    _kinds[kind.kind] = kind


def metrics() -> list[Metric]:
    """Return all metrics in their order."""
    return sorted(_metrics.values(), key=lambda metric: (metric.place, metric.name))


def amounts_of(scope: Scope, metric: Metric) -> Select[Any] | None:
    """Return the SELECT of what is counted in a scope; None where it has no board of the metric."""
    kind = _kinds.get(scope.kind)
    return kind.amounts(scope, metric) if kind is not None and kind.amounts is not None else metric.amounts(scope)


@lru_cache(maxsize=2_000)
def has_board(scope: Scope, name: str) -> bool:
    """Return whether a scope has a board of the metric of a name: each look at a board asks it of each metric."""
    return amounts_of(scope, _metrics[name]) is not None


def scope_kinds() -> list[ScopeKind]:
    """Return all kinds of scopes, in the order in which they were registered."""
    return list(_kinds.values())


def scope_kind(name: str) -> ScopeKind | None:
    """Return a kind of scope, None if there is none of this name."""
    return _kinds.get(name)
