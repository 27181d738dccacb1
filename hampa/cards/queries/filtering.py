"""The filters of lists of cards, as conditions that indexes serve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import aliased

from hampa.cards.models.card import Card
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.platform.filtering import Condition, Conditions, OrderedList, conditions, equals, has_words, inside
from hampa.platform.geo.squares import Near
from hampa.platform.texts.search import Asked

CardColumns = type[Card]
"""`Card`, or an alias of it."""

NEWEST = 2_000
"""The number of cards that are looked through for words before the index of words is asked."""

CARDS = OrderedList(Card, "created_at", newest_first=True)
_its_owner = aliased(Person, name="its_owner")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a list of cards; empty values filter nothing.

    `paces` are the quickest and the slowest, in seconds a kilometre.
    """

    words: Asked = ()
    day: str = ""
    time_of_day: str = ""
    level: str = ""
    company: str = ""
    paces: tuple[int, int] | None = None
    near: Near | None = None


CONDITIONS: dict[str, Condition] = {
    "words": has_words,
    "day": lambda card, day: card.days.any_() == day,
    "time_of_day": equals("time_of_day"),
    "level": equals("level"),
    "company": equals("company"),
    "paces": lambda card, paces: card.pace.between(*paces),
    "near": inside,
}


def listed(viewer: Person | None, filters: Filters, card: CardColumns = Card) -> list[ColumnElement[bool]]:
    """Return the conditions of cards that the viewer may find and that pass the filters."""
    active_owner = select(_its_owner.id).where(_its_owner.id == card.owner_id, _its_owner.state == "active")
    return [card.state == "active", active_owner.exists(), *filtered(viewer, filters, card)]


def filtered(viewer: Person | None, filters: Filters, card: CardColumns) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters and of blocks alone."""
    return [is_visible_to(viewer, card.owner_id), *conditions(CONDITIONS, filters, card)]


def beyond(cursor: tuple[Any, ...] | None) -> Conditions:
    """Return the condition of cards that are older than the cursor; none for the first page."""
    if cursor is None:
        return lambda card: []
    return lambda card: [tuple_(card.created_at, card.id) < tuple_(*map(literal, cursor))]


def candidates(viewer: Person | None, filters: Filters, older: Conditions, size: int) -> Any:
    """Return the ids of the newest cards that pass the filters, or None where the order of age is a quick way.

    It is none for filters by a circle or by words.
    """

    def matching(card: CardColumns) -> list[ColumnElement[bool]]:
        return [*listed(viewer, filters, card), *older(card)]

    if filters.words:
        ids = CARDS.among_first(
            lambda card: [card.state == "active", *older(card)],
            lambda card: listed(viewer, filters, card),
            size,
            NEWEST,
        )
        return ids if len(ids) == size else CARDS.by_index(matching, size)
    if filters.near is None:
        return None
    elsewhere = replace(filters, near=None)
    return CARDS.by_squares(filters.near, lambda card: [*listed(viewer, elsewhere, card), *older(card)], size)
