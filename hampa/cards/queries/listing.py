"""Lists of cards, and their filters as conditions that indexes serve."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.orm import aliased

from hampa.cards.models import ACCEPTED, PENDING, Card, CardState, Interest
from hampa.cards.queries.scoring import Match
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import PersonSummary, hidden_ids, is_visible_among, is_visible_to, stand_in, summary_columns
from hampa.platform import versions
from hampa.platform.db import db, shared_alias
from hampa.platform.filtering import Condition, Conditions, OrderedList, conditions, equals, has_words, inside
from hampa.platform.geo.squares import Near
from hampa.platform.shared_cache import SharedCache
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.texts.search import SearchTerms
from hampa.platform.web.paging import Page, after_cursor, count_rows, decode, rows_after
from hampa.subscriptions.models import PLANS

LISTING = "cards"
"""The name under which `platform.versions` keeps the version of the list of cards."""
versions.depends(LISTING, on=PEOPLE)
versions.depends(LISTING, on=PLANS)  # which cards visitors see in full
A_PAGE = 12
NEWEST = 2_000
"""The number of cards that are scanned for words before the index of words is used."""

CardColumns = type[Card]
"""`Card`, or an alias of it."""

CARDS = OrderedList(Card, "created_at", newest_first=True)
_card_owner = shared_alias(Person, "card_owner")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a list of cards; empty values filter nothing.

    `paces` are the quickest and the slowest, in seconds a kilometre.
    """

    words: SearchTerms = ()
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


@dataclass(frozen=True, slots=True)
class ListedCard(CardState):
    """A card as a row of a list; the first fields are the columns of `list_query`, in their order.

    `pace` is seconds a kilometre, `interest_status` the state of the viewer's interest. `can_ask` is whether this
    viewer may send one (a visitor may, once signed in), `match` how the card goes with the viewer's own card, if asked,
    `away_km` the distance from the place around which the viewer looks, where there is one.
    """

    id: uuid.UUID
    title: str
    place: str
    days: tuple[str, ...]
    time_of_day: str
    distance_km: Decimal
    pace: int
    level: str
    company: str
    state: str
    created_at: datetime
    updated_at: datetime
    version: int
    spot_latitude: float | None
    spot_longitude: float | None
    owner: PersonSummary
    interest_status: str | None
    is_own: bool
    can_ask: bool
    match: Match | None
    away_km: int | None = None
    veiled: bool = False
    """Whether the viewer's plan hides whose card it is (`veiling`)."""

    def __hash__(self) -> int:
        """Return a hash of what most often differs: rows are in the keys of caches, and have many fields."""
        return hash((self.id.int, self.interest_status, self.match and self.match.score))

    @property
    def was_asked(self) -> bool:
        """Whether the viewer's interest waits for an answer."""
        return self.interest_status == PENDING

    @property
    def is_companion(self) -> bool:
        """Whether the viewer's interest was accepted."""
        return self.interest_status == ACCEPTED


CARD_COLUMNS = (
    "id title place days time_of_day distance_km pace level company state created_at updated_at version spot_latitude"
    " spot_longitude"
)
COLUMNS = len(CARD_COLUMNS.split()) + 2
"""The number of columns of `list_query`: those of the card, the owner and the state of the interest."""


@dataclass(frozen=True, slots=True)
class _SharedPage:
    """A page of cards as everybody sees it who owns none of them and from whom none of the `owners` is hidden."""

    page: Page[ListedCard]
    owners: frozenset[uuid.UUID]


_shared_pages: SharedCache[Any, _SharedPage] = SharedCache("cards", 200)


def active_cards(
    viewer: Person | None, filters: Filters, after: str | None, size: int = A_PAGE, around: Near | None = None
) -> Page[ListedCard]:
    """Return a page of active cards of others, the newest first, in two statements at most.

    Distances are those from the place of the filters, or else from the middle of `around`. The page is the same for
    everybody who owns no card on it and from whom nobody on it is hidden, and is kept until a card changes; the states
    of the viewer's own interests are read and added.
    """
    shared = None if viewer is None else _shared_page(viewer, filters, after, size, around)
    if viewer is not None and shared is not None:
        return Page(_as_seen(viewer, shared.items), shared.next)
    if viewer is not None and filters == Filters():
        return _page(_newest_for(viewer, after, size), viewer, size, around)
    return _page(_rows(viewer, list_query(viewer), filters, after, size), viewer, size, filters.near or around)


def newest_ids(viewer: Person | None, most: int) -> frozenset[uuid.UUID]:
    """Return the ids of the newest cards of others that the viewer may find."""
    return frozenset(card.id for card in active_cards(viewer, Filters(), None, most).items) if most else frozenset()


def count_active(viewer: Person | None, filters: Filters) -> int:
    """Return how many cards all pages of `active_cards` have, up to `paging.MOST_COUNTED`."""
    return count_rows(select(Card.id).where(*_listed(viewer, filters)))


def _shared_page(
    viewer: Person, filters: Filters, after: str | None, size: int, around: Near | None
) -> Page[ListedCard] | None:
    """Return the page that people share, or None where the viewer's is another, and without Redis."""
    version = versions.current_of((LISTING,))
    if version is None:
        return None
    key = (version, filters, after, size, around)
    shared = _shared_pages.get(key)
    if shared is None:
        query = select(*_card_columns(), summary_columns("owner"), literal(None).label("interest_status"))
        rows = _rows(None, query.join(Person, Person.id == Card.owner_id), filters, after, size)
        page = _page(rows, None, size, filters.near or around)
        shared = _shared_pages[key] = _SharedPage(page, frozenset(row.owner.id for row in rows))
    others = shared.owners.isdisjoint(hidden_ids(viewer)) and viewer.id not in shared.owners
    return shared.page if others else None


def _newest_for(viewer: Person, after: str | None, size: int) -> Sequence[Any]:
    """Return the rows of `_rows` without filters: those of who owns a card on the page, or does not see one of it."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    values = viewer.id, hidden_ids(viewer), moment, last_id, size + 1
    return _newest(*values, is_operator=viewer.is_operator, goes_on=moment is not None).all()


@built_once
def _newest(
    viewer_id: uuid.UUID,
    hidden: list[uuid.UUID],
    moment: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    is_operator: bool,
    goes_on: bool,
) -> Any:
    viewer = stand_in(viewer_id, is_operator=is_operator)
    active_owner = select(_card_owner.id).where(_card_owner.id == Card.owner_id, _card_owner.state == "active")
    visible = Card.owner_id != viewer_id, active_owner.exists(), is_visible_among(viewer, Card.owner_id, hidden)
    query = list_query(viewer).where(Card.state == "active", *visible)
    return rows_after(query, (Card.created_at, Card.id), (moment, last_id), most, goes_on=goes_on, descending=True)


def _as_seen(viewer: Person, cards: Sequence[ListedCard]) -> list[ListedCard]:
    """Return cards of others with the state of the viewer's latest open interest in each, and whether they may ask."""
    rows: Any = _open_interests(viewer.id, [card.id for card in cards]).all() if cards else ()
    states: dict[uuid.UUID, str] = dict(rows)
    seen = []
    for card in cards:
        status = states.get(card.id)
        can_ask = status is None and (card.company == "anyone" or viewer.gender == "female")
        is_same = status is None and can_ask == card.can_ask
        seen.append(card if is_same else replace(card, interest_status=status, can_ask=can_ask))
    return seen


@built_once
def _open_interests(sender_id: uuid.UUID, card_ids: list[uuid.UUID]) -> Any:
    return (
        select(Interest.card_id, Interest.status)
        .where(
            Interest.sender_id == sender_id,
            is_one_of(Interest.card_id, card_ids),
            Interest.status.in_((PENDING, ACCEPTED)),
        )
        .order_by(Interest.created_at)
    )


def _rows(viewer: Person | None, query: Any, filters: Filters, after: str | None, size: int) -> Sequence[Any]:
    """Return the rows of a page of `query` that the viewer may find, and of one more."""

    def older(card: CardColumns) -> list[ColumnElement[bool]]:
        return after_cursor(after, card.created_at, card.id, descending=True)

    ids = _candidate_ids(viewer, filters, older, size + 1)
    if ids is None:
        query = query.where(*_listed(viewer, filters), *older(Card))
    else:
        query = query.where(Card.id.in_(ids))
    rows: Sequence[Any] = db.session.execute(
        query.order_by(Card.created_at.desc(), Card.id.desc()).limit(size + 1)
    ).all()
    return rows


def _page(rows: Sequence[Any], viewer: Person | None, size: int, near: Near | None) -> Page[ListedCard]:
    cards = with_distances([listed_card(row, viewer) for row in rows], near)
    return Page.of(cards, size, lambda card: (card.created_at, card.id))


def with_distances(cards: list[ListedCard], near: Near | None) -> list[ListedCard]:
    """Return the cards with their distances from the middle of a circle, where both are known."""
    if near is None:
        return cards
    return [replace(card, away_km=near.km_to(card.spot_latitude, card.spot_longitude)) for card in cards]


def cards_of(viewer: Person | None, owner_id: uuid.UUID) -> list[ListedCard]:
    """Return all cards of one person, the newest first; resting ones for the owner alone."""
    rows: Any = _cards_of(
        owner_id,
        viewer.id if viewer is not None else None,
        hidden_ids(viewer),
        is_visitor=viewer is None,
        is_operator=viewer is not None and viewer.is_operator,
        is_owner=viewer is not None and viewer.id == owner_id,
    )
    return [listed_card(row, viewer) for row in rows]


@built_once
def _cards_of(
    owner_id: uuid.UUID,
    viewer_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    *,
    is_visitor: bool,
    is_operator: bool,
    is_owner: bool,
) -> Any:
    viewer = None if is_visitor else stand_in(viewer_id, is_operator=is_operator)
    query = list_query(viewer).where(Card.owner_id == owner_id, is_visible_among(viewer, Card.owner_id, hidden))
    if not is_owner:
        query = query.where(Card.state == "active")
    return query.order_by(Card.created_at.desc(), Card.id.desc())


def titles_of_cards(owner_id: uuid.UUID) -> Sequence[Any]:
    """Return the ids and titles of all cards of one person, the newest first, for a choice of theirs."""
    return _titles(owner_id).all()


@built_once
def _titles(owner_id: uuid.UUID) -> Any:
    query = select(Card.id, Card.title).where(Card.owner_id == owner_id)
    return query.order_by(Card.created_at.desc(), Card.id.desc())


def list_query(viewer: Person | None) -> Any:
    """Return a SELECT of the columns of `ListedCard`, with the viewer's latest open interest in each card.

    Visitors see the pictures of those whose pages are open to everyone.
    """
    status: ColumnElement[Any] = literal(None)
    avatar: ColumnElement[Any] | None = case((Person.profile_visibility == "everyone", Person.avatar))
    if viewer is not None:
        avatar = None
        interest = aliased(Interest)
        status = (
            select(interest.status)
            .where(
                interest.card_id == Card.id, interest.sender_id == viewer.id, interest.status.in_((PENDING, ACCEPTED))
            )
            .order_by(interest.created_at.desc())
            .limit(1)
            .scalar_subquery()
        )
    query = select(*_card_columns(), summary_columns("owner", avatar=avatar), status.label("interest_status"))
    return query.join(Person, Person.id == Card.owner_id)


def _card_columns() -> list[Any]:
    return [getattr(Card, name) for name in CARD_COLUMNS.split()]


def listed_card(row: Any, viewer: Person | None, match: Match | None = None) -> ListedCard:
    """Return a row of `list_query`, which may have further columns, as this viewer sees it."""
    is_own = viewer is not None and viewer.id == row.owner.id
    welcome = row.company == "anyone" or viewer is None or viewer.gender == "female"
    can_ask = welcome and not is_own and row.interest_status is None and row.state == "active"
    # A tuple of days, because templates cache by the row.
    fields: Any = (*row[:3], tuple(row.days), *row[4:COLUMNS], is_own, can_ask, match)
    return ListedCard(*fields)


def filtered(viewer: Person | None, filters: Filters, card: CardColumns) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters and of blocks alone."""
    return [is_visible_to(viewer, card.owner_id), *conditions(CONDITIONS, filters, card)]


def _listed(viewer: Person | None, filters: Filters, card: CardColumns = Card) -> list[ColumnElement[bool]]:
    """Return the conditions of cards that the viewer may find and that pass the filters."""
    active_owner = select(_card_owner.id).where(_card_owner.id == card.owner_id, _card_owner.state == "active")
    not_own = [] if viewer is None else [card.owner_id != viewer.id]
    return [card.state == "active", *not_own, active_owner.exists(), *filtered(viewer, filters, card)]


def _candidate_ids(viewer: Person | None, filters: Filters, older: Conditions, size: int) -> Any:
    """Return the ids of the newest cards that pass the filters, or None where the index of the age finds them quickly.

    That index is slow for filters by words or by a circle.
    """
    if filters.words:
        newest = CARDS.among_first(
            lambda card: [card.state == "active", *older(card)],
            lambda card: _listed(viewer, filters, card),
            size,
            NEWEST,
        )
        ids = db.session.scalars(newest).all()
        if len(ids) == size:
            return ids
        indexed = CARDS.by_index(
            lambda card: [has_words(card, filters.words)],
            lambda card: [*_listed(viewer, filters, card), *older(card)],
            size,
        )
        return db.session.scalars(indexed).all()
    if filters.near is None:
        return None
    elsewhere = replace(filters, near=None)
    return CARDS.by_squares(filters.near, lambda card: [*_listed(viewer, elsewhere, card), *older(card)], size)
