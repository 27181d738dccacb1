"""Which cards a list holds: the filters, as conditions that indexes serve."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    case,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from hampa.cards.models.card import Card
from hampa.people.models.person import Person
from hampa.people.queries.blocks import seen_by
from hampa.platform.db import db
from hampa.platform.searching import Asked, text_query
from hampa.platform.squares import Near, squares_around, within

CardColumns = type[Card]
"""`Card`, or an alias of it."""
Conditions = Callable[[CardColumns], list[ColumnElement[bool]]]

NEWEST = 2_000
"""So many cards are looked through for words before the index of words is asked."""

Inside = aliased(Card, name="inside")
"""A card in the middle of a statement that has cards outside too."""
_its_owner = aliased(Person, name="its_owner")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What lists of cards are narrowed to; empty values ask for nothing. `paces` are the quickest and the
    slowest, in seconds a kilometre.
    """

    words: Asked = ()
    day: str = ""
    time_of_day: str = ""
    level: str = ""
    company: str = ""
    paces: tuple[int, int] | None = None
    near: Near | None = None


def listed(viewer: Person | None, filters: Filters, card: CardColumns = Card) -> list[ColumnElement[bool]]:
    """The conditions of cards that the viewer may find and the filters leave."""
    there = select(_its_owner.id).where(_its_owner.id == card.owner_id, _its_owner.state == "active")
    return [card.state == "active", there.exists(), *narrowed(viewer, filters, card)]


def narrowed(viewer: Person | None, filters: Filters, card: CardColumns) -> list[ColumnElement[bool]]:
    """The conditions of the filters and of blocks alone."""
    found: list[ColumnElement[bool]] = [seen_by(viewer, card.owner_id)]
    if filters.words:
        found.append(card.search.bool_op("@@")(text_query(filters.words)))
    if filters.day:
        found.append(card.days.any_() == filters.day)
    for name in ("time_of_day", "level", "company"):
        if value := getattr(filters, name):
            found.append(getattr(card, name) == value)
    if filters.paces is not None:
        found.append(card.pace.between(*filters.paces))
    if filters.near is not None:
        squares = squares_around(filters.near.latitude, filters.near.longitude, filters.near.radius_km)
        found += [getattr(card, squares.column).in_([*squares.inside, *squares.touched]), within(filters.near, card)]
    return found


def beyond(cursor: tuple[Any, ...] | None) -> Conditions:
    """The condition of cards that are older than the one a cursor names; none for the first page."""
    if cursor is None:
        return lambda card: []
    return lambda card: [tuple_(card.created_at, card.id) < tuple_(*map(literal, cursor))]


def candidates(viewer: Person | None, filters: Filters, older: Conditions, size: int) -> Any:
    """The ids of the newest cards that the filters leave, where going through all by age is no quick way to
    them: by a circle, by words. None when it is.
    """
    if filters.words:
        newest = _among_the_newest(viewer, filters, older, size)
        return newest if len(newest) == size else _by_their_words(viewer, filters, older, size)
    return _square_by_square(viewer, filters, filters.near, older, size) if filters.near is not None else None


def _among_the_newest(viewer: Person | None, filters: Filters, older: Conditions, size: int) -> Sequence[uuid.UUID]:
    """Those of the newest few thousand cards that match: enough for a page when the words are common ones."""
    newest = select(Card.__table__).where(Card.state == "active", *older(Card))
    window = aliased(Card, newest.order_by(Card.created_at.desc(), Card.id.desc()).limit(NEWEST).subquery("newest"))
    query = select(window.id).where(*listed(viewer, filters, window))
    return db.session.scalars(query.order_by(window.created_at.desc(), window.id.desc()).limit(size)).all()


def _by_their_words(viewer: Person | None, filters: Filters, older: Conditions, size: int) -> Sequence[uuid.UUID]:
    """All cards that match, then the newest of them: the planner, who knows nothing of words that never stand
    together, is kept from going through all cards by age.
    """
    matching = select(Card.id, Card.created_at).where(*listed(viewer, filters), *older(Card)).cte("matching")
    matching = matching.prefix_with("MATERIALIZED")
    newest = select(matching.c.id).order_by(matching.c.created_at.desc(), matching.c.id.desc())
    return db.session.scalars(newest.limit(size)).all()


def _square_by_square(
    viewer: Person | None, filters: Filters, near: Near, older: Conditions, size: int
) -> Select[tuple[uuid.UUID]]:
    """The newest cards in a circle: of each square by age, and no further than a page goes, so that a crowded
    town costs as little as an empty one. Squares that the circle only touches are gone through no further
    than to the last card that those inside it give.
    """
    squares = squares_around(near.latitude, near.longitude, near.radius_km)
    others = [*listed(viewer, replace(filters, near=None), Inside), *older(Inside)]
    core = _first_of(squares.column, squares.inside, others, size, "core").cte("core").prefix_with("MATERIALIZED")
    long_ago = literal("-infinity", DateTime(timezone=True))
    last: Select[tuple[datetime]] = select(case((func.count() == size, func.min(core.c.created_at)), else_=long_ago))
    others += [within(near, Inside), Inside.created_at >= last.scalar_subquery()]
    edge = _first_of(squares.column, squares.touched, others, size, "edge").subquery("edge")
    both = union_all(select(core.c.id, core.c.created_at), select(edge.c.id, edge.c.created_at)).subquery("both")
    return select(both.c.id).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(size)


def _first_of(
    column: str, squares: Sequence[int], conditions: Sequence[ColumnElement[bool]], size: int, name: str
) -> Select[Any]:
    """A SELECT of id and age of the newest cards in these squares."""
    square = func.unnest(literal(squares, ARRAY(Integer))).table_valued("number", name=f"{name}_squares")
    square = square.render_derived()
    first = (
        select(Inside.id, Inside.created_at)
        .where(getattr(Inside, column) == square.c.number, *conditions)
        .order_by(Inside.created_at.desc(), Inside.id.desc())
        .limit(size)
        .lateral(f"{name}_first")
    )
    found = select(first.c.id, first.c.created_at).select_from(square).join(first, true())
    return found.order_by(first.c.created_at.desc(), first.c.id.desc()).limit(size)
