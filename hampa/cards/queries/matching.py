"""Matching: the cards of others that go best with one of a person's own.

No more than a few hundred cards are scored, however many there are: those closest in pace in the squares around the
card (of two grids, for crowded towns and empty country) at its time of day and the neighbouring ones. See
`docs/adr/0003-matches-among-few.md`.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from itertools import chain
from types import SimpleNamespace
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Integer,
    Numeric,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from hampa.cards.models import (
    ACCEPTED,
    ALL_INTERESTS,
    DECLINED,
    MATCHED_GRIDS,
    PARTED,
    PENDING,
    Card,
    Interest,
    interests_version,
)
from hampa.cards.queries import listing
from hampa.cards.queries.listing import A_PAGE, Filters, ListedCard
from hampa.cards.queries.scoring import km_between, match_of, score_of, shared_days, times_around
from hampa.cards.queries.veiling import veiled_page
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of, stand_in
from hampa.platform.db import db
from hampa.platform.filtering import conditions
from hampa.platform.geo.squares import CELLS, Near, squares_beside
from hampa.platform.kept import kept_for
from hampa.platform.statements import KeptStatements, built_once
from hampa.platform.web.paging import Page, decode

CANDIDATES = {"cell": 16, "wide_cell": 32, "nowhere": 32, "anywhere": 200}
"""The number of cards that are scored in one square at one time of day, on each side of the pace."""
MOST_TIMES, SQUARES = 3, 9
"""The most times of day and squares that cards are looked for in."""
SCORED_COLUMNS = "id owner_id days time_of_day distance_km pace level company latitude spot_latitude spot_longitude"
"""The columns that scores and most filters need."""
BYTES_OF_CARD = 3_000
"""About what a card of a page takes in memory."""
FILTERED_FACTOR = 5
"""By how much more candidates are taken where filters leave few of them."""

_inside = Card.__table__.alias("inside").c
"""The columns of a candidate card: plain columns, because a statement of them is built in a third of the time."""


def active_cards_of(person: Person) -> Sequence[Any]:
    """Return rows of the active cards of a person, by which companions can be searched for, the newest first.

    They have the fields of `OwnCard`, title and place.
    """
    return _active_cards(person.id).all()


@built_once
def _active_cards(person_id: uuid.UUID) -> Any:
    query = select(Card.title, Card.place, *(getattr(Card, name) for name in OWN_COLUMNS))
    query = query.where(Card.owner_id == person_id, Card.state == "active")
    return query.order_by(Card.created_at.desc(), Card.id.desc())


@dataclass(frozen=True, slots=True)
class OwnCard:
    """What a search for matches needs of one's own card; `latitude` is that of the pin, and the spot as others see it."""

    id: uuid.UUID
    version: int
    days: tuple[str, ...]
    time_of_day: str
    distance_km: Decimal
    pace: int
    latitude: float | None
    spot_latitude: float | None
    spot_longitude: float | None

    @classmethod
    def of(cls, card: Any) -> Self:
        """Return what is needed of a card."""
        values: Any = {name: getattr(card, name) for name in OWN_COLUMNS}
        return cls(**{**values, "days": tuple(card.days)})

    @classmethod
    def read(cls, values: Sequence[Any] | None) -> Self | None:
        """Return the card whose values `own_card_column` has read."""
        if values is None:
            return None
        card_id, version, days, time_of_day, distance_km, *others = values
        return cls(uuid.UUID(card_id), version, tuple(days), time_of_day, Decimal(str(distance_km)), *others)


OWN_COLUMNS = [field.name for field in fields(OwnCard)]


def own_card_column(person: Person) -> ColumnElement[Any]:
    """Return the values of the person's newest active card as one column of another statement, for `OwnCard.read`."""
    values = func.jsonb_build_array(*(getattr(Card, name) for name in OWN_COLUMNS), type_=JSONB)
    newest = select(values).where(Card.owner_id == person.id, Card.state == "active")
    return newest.order_by(Card.created_at.desc(), Card.id.desc()).limit(1).scalar_subquery()


def suggested_cards(
    viewer: Person, own_card: OwnCard | None, size: int, near: Near | None = None
) -> Sequence[ListedCard]:
    """Return the best matches of the viewer's own card; without a card or a match, the newest cards of others.

    These are the cards in the circle `near`; when there are none, or without a circle, cards anywhere.
    """
    best = matches(viewer, own_card, Filters(), None, size) if own_card else None
    if best and best.items:
        return veiled_page(viewer, best, Filters()).items
    for filters in (Filters(near=near), Filters()) if near else (Filters(),):
        others = listing.active_cards(viewer, filters, None, size, around=near)
        if others.items:
            return veiled_page(viewer, others, filters).items
    return []


def matches(
    viewer: Person, own_card: Any, filters: Filters, after: str | None = None, size: int = A_PAGE
) -> Page[ListedCard]:
    """Return a page of the cards of others that match `own_card`, the best first, in one statement.

    Left out are cards that share no day, those that the viewer can't answer, and people whom the viewer knows already:
    companions, those with a pending interest in either direction, those who declined, and those hidden by a block.
    The statement without filters is built once, and its page is kept until any card or an interest of the viewer changes:
    PostgreSQL takes longer for it than for all else of a page. `own_card` is an `OwnCard`, or has its fields: a `Card`,
    or a row.
    """
    own = own_card if isinstance(own_card, OwnCard) else OwnCard.of(own_card)
    # A cursor of other filters, or of a card that was changed since, gives the first page.
    query_hash = hashlib.sha256(f"{own.id} {own.version} {filters!r}".encode()).hexdigest()[:12]
    cursor = decode(after, int, uuid.UUID, str)
    goes_on = cursor is not None and cursor[2] == query_hash
    shape = _Shape(
        days=len(own.days),
        has_spot=own.spot_latitude is not None and own.spot_longitude is not None,
        has_pin=own.latitude is not None,
        is_woman=viewer.gender == "female",
        goes_on=goes_on,
    )
    hidden = hidden_ids(viewer)
    last = cursor if goes_on else None

    def read() -> Page[ListedCard]:
        values: dict[str, Any] = {"person_id": viewer.id, "hidden": hidden, "size": size + 1}
        values |= {**_values_of(own), **_candidate_values(own, filters)}
        if last is not None:
            values |= {"last_score": last[0], "last_id": last[1]}
        if filters == Filters():
            rows = _plain_statements[shape].execute(values).all()
        else:
            rows = db.session.execute(_statement(shape, filters), values).all()
        cards = [listing.listed_card(row, viewer, match_of(own, row)) for row in rows]
        return Page.of(cards, size, lambda card: (card.match.score if card.match else 0, card.id, query_hash))

    if filters != Filters():
        return read()
    key = ("cards.matches", own, shape.is_woman, tuple(hidden), last, size)
    return kept_for(viewer.id, key, versions_of_matches(viewer), read, lambda page: BYTES_OF_CARD * len(page.items))


def versions_of_matches(viewer: Person) -> tuple[str, ...]:
    """Return the names of the versions under which the matches of a person are kept."""
    return listing.LISTING, interests_version(viewer.id), ALL_INTERESTS


class _Shape(NamedTuple):
    """What gives the statement of matches another shape."""

    days: int
    has_spot: bool
    has_pin: bool
    is_woman: bool
    goes_on: bool


def _statement(shape: _Shape, filters: Filters) -> Select[Any]:
    """Return the statement of matches; its parameters are the values in `matches`."""
    own, viewer = _parameters(shape), stand_in(bindparam("person_id", type_=Uuid()))
    extra_columns = (("search",) if filters.words else ()) + (tuple(CELLS) if filters.near else ())
    has_square = shape.has_spot or filters.near is not None
    candidate = _candidates(has_square, extra_columns, 1 if filters == Filters() else FILTERED_FACTOR)
    fitting = (
        select(*candidate, km_between(own, candidate).label("km"))
        .join(Person, Person.id == candidate.owner_id)
        .where(
            Person.state == "active",
            shared_days(own, candidate) > 0,
            is_none_of(candidate.owner_id, bindparam("hidden", type_=ARRAY(Uuid()))),
            *conditions(listing.CONDITIONS, filters, candidate),
            *_answerable(viewer, candidate, is_woman=shape.is_woman),
        )
        .cte("fitting")
        .prefix_with("MATERIALIZED")  # otherwise PostgreSQL writes the kilometres in the place of each use
        .c
    )
    has_pin = fitting.latitude.is_not(None).label("has_pin")
    scored = select(fitting.id, score_of(own, fitting, fitting.km).label("score"), fitting.km, has_pin).subquery(
        "scored"
    )
    best = select(scored).order_by(scored.c.score.desc(), scored.c.id.desc()).limit(bindparam("size", type_=Integer))
    if shape.goes_on:
        last = bindparam("last_score", type_=Integer), bindparam("last_id", type_=Uuid())
        best = best.where(tuple_(scored.c.score, scored.c.id) < tuple_(*last))
    top = best.subquery("best")
    query = listing.list_query(viewer).add_columns(top.c.score, top.c.km, top.c.has_pin)
    ordered: Select[Any] = query.join(top, top.c.id == Card.id).order_by(top.c.score.desc(), top.c.id.desc())
    return ordered


_plain_statements = KeptStatements(lambda shape: _statement(shape, Filters()))
"""Statements of matches without filters, by their shapes."""


def _parameters(shape: _Shape) -> Any:
    """Return what stands for one's own card in the statement: parameters with the values of `_values_of`."""
    place: dict[str, Any] = dict.fromkeys(("spot_latitude", "spot_longitude"))
    if shape.has_spot:
        place = {name: bindparam(f"own_{name}", type_=Float()) for name in place}
    return SimpleNamespace(
        days=[bindparam(f"own_day_{number}", type_=Text()) for number in range(shape.days)],
        time_of_day=bindparam("own_time", type_=Text()),
        distance_km=bindparam("own_distance", type_=Numeric()),
        pace=bindparam("own_pace", type_=Integer()),
        latitude=True if shape.has_pin else None,
        **place,
    )


def _values_of(own: OwnCard) -> dict[str, Any]:
    values = {f"own_day_{number}": day for number, day in enumerate(own.days)}
    return values | {
        "own_time": own.time_of_day,
        "own_distance": own.distance_km,
        "own_pace": own.pace,
        "own_spot_latitude": own.spot_latitude,
        "own_spot_longitude": own.spot_longitude,
    }


def _candidate_values(own_card: OwnCard, filters: Filters) -> dict[str, Any]:
    """Return the parameters of the statement of candidates: times of day, and the squares of each grid."""
    near = filters.near
    latitude, longitude = (near.latitude, near.longitude) if near else (own_card.spot_latitude, own_card.spot_longitude)
    times = [filters.time_of_day] if filters.time_of_day else times_around(own_card.time_of_day)
    values: dict[str, Any] = {"times": list(times)}
    if latitude is not None and longitude is not None:
        values |= {name: squares_beside(latitude, longitude, name) for name in MATCHED_GRIDS}
    return values


@cache
def _candidates(has_spot: bool, extra_columns: tuple[str, ...], factor: int) -> Any:
    """Return the columns of the statement of candidates, whose parameters are `_candidate_values`.

    It is a large statement of few shapes, so each shape is built once.
    """
    grids = (*MATCHED_GRIDS, "nowhere") if has_spot else ("anywhere",)
    columns = [_inside[name] for name in (*SCORED_COLUMNS.split(), *extra_columns)]
    searches = chain(*(_closest_in_pace(columns, grid, CANDIDATES[grid] * factor) for grid in grids))
    return union(*searches).subquery("candidates").c


def _closest_in_pace(columns: Sequence[Any], grid: str, size: int) -> Iterator[Select[Any]]:
    """Yield a SELECT of the next slower and one of the next quicker cards, in the order of an index."""
    pace = bindparam("own_pace", type_=Integer)
    slower, quicker = (_inside.pace, _inside.id), (_inside.pace.desc(), _inside.id.desc())
    for side, order in ((_inside.pace >= pace, slower), (_inside.pace < pace, quicker)):
        time = _unnest("times", Text, MOST_TIMES, f"{grid}_time")
        conditions = [_inside.state == "active", _inside.time_of_day == time.c.value, side]
        outer: Any = time
        if grid in MATCHED_GRIDS:
            square = _unnest(grid, Integer, SQUARES, f"{grid}_square")
            outer = time.join(square, true())
            conditions.append(_inside[grid] == square.c.value)
        elif grid == "nowhere":
            conditions.append(_inside.cell.is_(None))
        closest = select(*columns).where(*conditions).order_by(*order).limit(size).lateral()
        yield select(closest).select_from(outer).join(closest, true())


def _unnest(name: str, kind: Any, most: int, alias: str) -> Any:
    """Return the values of an array parameter as rows, of which there are `most` at most.

    The limit says to PostgreSQL how many there are. Otherwise it expects more in a plan for all values, and plans this
    large statement anew for each person, which takes longer than to execute it.
    """
    values = func.unnest(bindparam(name, type_=ARRAY(kind))).table_valued("value", name=f"{alias}s").render_derived()
    return select(values.c.value).limit(literal_column(str(most))).subquery(alias)


def _answerable(viewer: Person, card: Any, *, is_woman: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of cards that the viewer may answer and whose owners the viewer does not know yet."""
    is_sender, is_owner = Interest.sender_id == viewer.id, Interest.owner_id == viewer.id
    known_ids = union_all(
        select(type_coerce(viewer.id, Uuid)),
        select(Interest.owner_id).where(is_sender, Interest.status.in_((PENDING, ACCEPTED, DECLINED, PARTED))),
        select(Interest.sender_id).where(is_owner, Interest.status.in_((PENDING, ACCEPTED, PARTED))),
    )
    unknown = card.owner_id.not_in(known_ids)
    return [unknown] if is_woman else [unknown, card.company == "anyone"]
