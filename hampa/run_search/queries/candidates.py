"""The first runs that pass filters for which the index in the order of starting is slow: words, paces, circles, days.

Their statements are built once. Filters that are not set are parameters without a value, and only those that decide which
index is read are a part of a statement's shape.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import prod
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, cast, extract, func, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY

from hampa.platform import clock
from hampa.platform.commonness import commonness_in
from hampa.platform.db import db
from hampa.platform.filtering import OrderedList, has_words
from hampa.platform.geo.squares import Squares
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.texts.search import SearchTerms, query_text
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import select_runs
from hampa.run_search.queries.filters import CONDITIONS, Filters, RunColumns, listed, paces_between
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries.runs import without_hidden_organisers

SOONEST = 2_000
"""The number of runs that are scanned for words or paces before an index is used."""
SOONEST_NEAR = 300
"""The same in a circle, of each of whose squares as many are read."""
SOONEST_OF_EACH, SPARE = 10, 3
"""How many runs are scanned at first for each one that is wanted, and how many times those that common words need."""
FEW_GROUPS = 800
"""As many pace groups with a pace are few: an index finds their runs quickly."""
ALWAYS, NOWHERE = datetime(9999, 1, 1, tzinfo=UTC), -1
RUNS = OrderedList(Run, "starts_at")
NARROWING = ("level", "terrain", "company", "weekdays")
"""Filters that no index is chosen for, besides room and distances."""


def candidates(
    filters: Filters, size: int, after: str | None = None, *, with_pin: bool = False
) -> Select[Any] | list[uuid.UUID] | None:
    """Return the ids of the first runs after a cursor that pass the filters, only those with a pin if asked.

    Return None where an index in the order of starting is quick: without a circle, words, a pace or days of the week.
    """
    if filters.words or filters.paces or filters.near:
        return _Looked(filters, size, paging.decode(after, datetime, uuid.UUID), with_pin=with_pin).found()
    if not filters.weekdays:
        return None
    every_day = replace(filters, weekdays=())

    def others(run: RunColumns) -> list[ColumnElement[bool]]:
        pinned = [run.latitude.is_not(None)] if with_pin else []
        return [*listed(every_day, run), *paging.after_cursor(after, run.starts_at, run.id), *pinned]

    return RUNS.by_values(_on_weekday, filters.weekdays, others, size)


def first_rows(filters: Filters, size: int, after: str | None = None) -> Sequence[Any]:
    """Return `select_rows` of the first runs after a cursor that pass the filters."""
    if filters.near and not filters.words and not filters.paces:
        looked = _Looked(filters, size, paging.decode(after, datetime, uuid.UUID), with_pin=False)
        return looked.rows_in_circle()
    ids = candidates(filters, size, after)
    if isinstance(ids, list):
        return _rows_of(ids).all() if ids else []
    where = listed(filters) if ids is None else [Run.id.in_(ids)]
    where += paging.after_cursor(after, Run.starts_at, Run.id)
    return db.session.execute(select_rows().where(*where).limit(size)).all()


def select_rows() -> Select[Any]:
    """Return a SELECT of rows of a list for who is not known, in their order, with the ids of their organisers after all else."""
    return select_runs(None).add_columns(Run.organiser_id).order_by(Run.starts_at, Run.id)


def _on_weekday(run: RunColumns, weekday: int) -> ColumnElement[bool]:
    return extract("isodow", run.starts_local) == weekday


class _Shape(NamedTuple):
    """What decides over the text of a statement: filters that are set, and the column of the squares of a circle."""

    words: bool
    paces: bool
    cell: str
    goes_on: bool
    with_pin: bool
    has_viewer: bool


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of filters, as parameters of a statement; of those that narrow None filters nothing.

    `indexed` are the words that an index is asked for.
    """

    since: datetime
    until: datetime
    words: str
    indexed: str
    latitude: float
    longitude: float
    reach: float
    inside: list[int]
    touched: list[int]
    level: str | None
    terrain: str | None
    company: str | None
    has_room: bool
    weekdays: list[int] | None
    above_km: int | None
    most_km: int | None
    quickest: int
    slowest: int
    paces: list[int]
    viewer_id: uuid.UUID | None
    last_moment: datetime | None
    last_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class _Circle:
    """The parameters of a circle, read like a `Near`."""

    latitude: Any
    longitude: Any
    reach: Any
    squares: Squares


class _Looked:
    """Filters that are looked for: asked are one statement or a few, each only where those before found too few."""

    def __init__(self, filters: Filters, size: int, last: tuple[datetime, uuid.UUID] | None, *, with_pin: bool) -> None:
        near = filters.near
        self._filters, self._size = filters, size
        self._shape = _Shape(
            words=bool(filters.words),
            paces=bool(filters.paces),
            cell=near.squares.column if near else "",
            goes_on=last is not None,
            with_pin=with_pin,
            has_viewer=filters.viewer_id is not None,
        )
        self._values = _values_of(filters, last)

    def found(self) -> list[uuid.UUID]:
        """Return the ids of the first runs."""
        filters, size, shape = self._filters, self._size, self._shape
        if not shape.words and not shape.paces:
            return self._ids(_in_squares, size)
        if rare := rare_terms(filters.words, size):
            return self._indexed(query_text(rare), words=True, paces=False)
        if shape.cell:
            found = self._ids(_among_squares, max(SOONEST_NEAR, 2 * size), size)
        elif shape.words:
            found = self._ids(_among_soonest, _needed(filters.words, size), size)
        else:
            found = self._ids(_among_soonest, min(SOONEST_OF_EACH * size, SOONEST), size)
            if len(found) < size:
                if self._has_few_groups():
                    return self._indexed("", words=False, paces=True)
                found = self._ids(_among_soonest, SOONEST, size)
        if len(found) == size:
            return found
        return self._indexed(self._values.words, words=shape.words, paces=shape.paces)

    def rows_in_circle(self) -> Sequence[Any]:
        """Return the rows of the first runs of a circle without words or a pace, in one statement."""
        return _rows_in_squares(self._values, self._size, shape=self._shape).all()

    def _indexed(self, asked: str, *, words: bool, paces: bool) -> list[uuid.UUID]:
        values = replace(self._values, indexed=asked)
        return list(_by_index(values, self._size, shape=self._shape, words=words, paces=paces).scalars())

    def _ids(self, question: Callable[..., Any], *numbers: int) -> list[uuid.UUID]:
        return list(question(self._values, *numbers, shape=self._shape).scalars())

    def _has_few_groups(self) -> bool:
        return bool(_count_groups(self._values.quickest, self._values.slowest).scalar_one() <= FEW_GROUPS)


def rare_terms(terms: SearchTerms, size: int) -> SearchTerms:
    """Return the terms of which it takes less to read all runs that have them than the soonest runs until there are enough.

    These are all terms where nothing was counted.
    """
    counted = commonness_in(Run.__tablename__)
    return tuple(term for term in terms if counted.share(term) ** 2 * counted.rows < size)


def _needed(terms: SearchTerms, size: int) -> int:
    """Return how many of the soonest runs are scanned for common words, if these have nothing to do with one another."""
    share = prod(map(commonness_in(Run.__tablename__).share, terms))
    return min(SOONEST, max(SOONEST_OF_EACH * size, round(SPARE * size / share) if share else SOONEST))


def _values_of(filters: Filters, last: tuple[datetime, uuid.UUID] | None) -> _Values:
    earliest = clock.now() - filters.begun_within
    near, words = filters.near, query_text(filters.words)
    squares = near.squares if near else Squares("", (), ())
    least, most = filters.distances or (None, None)
    quickest, slowest = filters.paces or (0, -1)
    last_moment, last_id = last or (None, None)
    return _Values(
        since=max(filters.since or earliest, earliest),
        until=filters.until or ALWAYS,
        words=words,
        indexed=words,
        latitude=near.latitude if near else 0.0,
        longitude=near.longitude if near else 0.0,
        reach=near.reach if near else 0.0,
        inside=[*squares.inside],
        touched=[*squares.touched],
        level=filters.level or None,
        terrain=filters.terrain or None,
        company=filters.company or None,
        has_room=filters.has_room,
        weekdays=[*filters.weekdays] or None,
        above_km=NOWHERE if least is None and most is not None else least,
        most_km=most,
        quickest=quickest,
        slowest=slowest,
        paces=[*paces_between(quickest, slowest)],
        viewer_id=filters.viewer_id,
        last_moment=last_moment,
        last_id=last_id,
    )


class _Asked:
    """The conditions of a statement with a shape, of which each method returns those of a run."""

    def __init__(self, values: _Values, shape: _Shape) -> None:
        self._values, self._shape = values, shape
        squares = Squares(shape.cell, values.inside, values.touched)  # type: ignore[arg-type]
        self.near = _Circle(values.latitude, values.longitude, values.reach, squares)

    def in_period(self, run: RunColumns) -> list[ColumnElement[bool]]:
        """Return the conditions of public upcoming runs in the period."""
        values, shape = self._values, self._shape
        conditions = [*_is_public(run), run.starts_at >= values.since, run.starts_at < values.until]
        if shape.goes_on:
            conditions.append(tuple_(run.starts_at, run.id) > tuple_(values.last_moment, values.last_id))
        if shape.with_pin:
            conditions.append(run.latitude.is_not(None))
        return conditions

    def narrowed(self, run: RunColumns) -> list[ColumnElement[bool]]:
        """Return the conditions of the filters that no index is chosen for, and of who looks."""
        values: Any = self._values
        narrowing = [(getattr(values, name), CONDITIONS[name]) for name in NARROWING]
        conditions = [or_(value.is_(None), condition(run, value)) for value, condition in narrowing]
        conditions.append(or_(not_(values.has_room), CONDITIONS["has_room"](run, True)))
        conditions.append(or_(values.above_km.is_(None), run.distance_km > values.above_km))
        conditions.append(or_(values.most_km.is_(None), run.distance_km <= values.most_km))
        viewer_id = values.viewer_id if self._shape.has_viewer else None
        return [*conditions, *without_hidden_organisers(viewer_id, run)]

    def named(self, run: RunColumns) -> list[ColumnElement[bool]]:
        """Return the conditions of words and paces."""
        conditions = [has_words(run, _query(self._values.words))] if self._shape.words else []
        if self._shape.paces:
            paces: Any = self._values.paces
            conditions.append(or_(run.paces.overlap(paces), run.paces == ()))
        return conditions

    def all_of_them(self, run: RunColumns) -> list[ColumnElement[bool]]:
        """Return all conditions."""
        near = [CONDITIONS["near"](run, self.near)] if self._shape.cell else []
        return [*self.in_period(run), *self.narrowed(run), *self.named(run), *near]

    def outside_squares(self, run: RunColumns) -> list[ColumnElement[bool]]:
        """Return all conditions but that of the circle."""
        return [*self.in_period(run), *self.narrowed(run), *self.named(run)]


def _is_public(run: RunColumns) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return run.cancelled_at.is_(None), run.visibility == "public"


def _query(words: Any) -> Any:
    """Return the `tsquery` of a parameter, in a subquery: else its text is read for each run anew."""
    return select(cast(words, TSQUERY)).scalar_subquery()


@built_once
def _among_soonest(values: _Values, most: int, size: int, *, shape: _Shape) -> Any:
    asked = _Asked(values, shape)
    return RUNS.among_first(asked.in_period, asked.outside_squares, size, most)


@built_once
def _among_squares(values: _Values, most: int, size: int, *, shape: _Shape) -> Any:
    asked = _Asked(values, shape)
    return RUNS.among(RUNS.by_squares(asked.near, asked.in_period, most), asked.all_of_them, size)


@built_once
def _in_squares(values: _Values, size: int, *, shape: _Shape) -> Any:
    asked = _Asked(values, shape)
    return RUNS.by_squares(asked.near, asked.outside_squares, size)


@built_once
def _rows_in_squares(values: _Values, size: int, *, shape: _Shape) -> Any:
    asked = _Asked(values, shape)
    return select_rows().where(Run.id.in_(RUNS.by_squares(asked.near, asked.outside_squares, size)))


@built_once
def _rows_of(run_ids: list[uuid.UUID]) -> Any:
    return select_rows().where(is_one_of(Run.id, run_ids))


@built_once
def _by_index(values: _Values, size: int, *, shape: _Shape, words: bool, paces: bool) -> Any:
    def indexed(run: RunColumns) -> list[ColumnElement[bool]]:
        conditions = [has_words(run, _query(values.indexed))] if words else []
        if not paces:
            return conditions
        # By an index of groups, of whose paces the planner has better statistics.
        between = PaceGroup.pace.between(values.quickest, values.slowest)
        groups = select(PaceGroup.run_id).where(between).scalar_subquery()
        in_groups = is_one_of(run.id, func.array(groups, type_=ARRAY(Uuid())))
        return [*conditions, and_(*_is_public(run)), or_(in_groups, run.paces == ())]

    return RUNS.by_index(indexed, _Asked(values, shape).all_of_them, size)


@built_once
def _count_groups(quickest: int, slowest: int) -> Any:
    """Return how many groups have a pace between two, or one more than are few."""
    groups = select(PaceGroup.id).where(PaceGroup.pace.between(quickest, slowest)).limit(FEW_GROUPS + 1)
    return select(func.count()).select_from(groups.subquery("groups"))
