"""Matching: the cards of others that go best with one of a person's own.

No more than a few hundred cards are scored, however many there are: those closest in pace in the squares around the
card (of two grids, for crowded towns and empty country) at its time of day and the neighbouring ones. See
`docs/adr/0003-matches-among-few.md`.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
    union_all,
)

from hampa.cards.models import ACCEPTED, DECLINED, MATCHED_GRIDS, PARTED, PENDING, Card, Interest
from hampa.cards.queries import listing
from hampa.cards.queries.listing import A_PAGE, Filters, ListedCard
from hampa.cards.queries.scoring import km_between, match_of, score_of, shared_days, times_around
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.geo.squares import CELLS, Near, squares_beside
from hampa.platform.web.paging import Page, decode

CANDIDATES = {"cell": 16, "wide_cell": 32, "nowhere": 32, "anywhere": 200}
"""The number of cards that are scored in one square at one time of day, on each side of the pace."""
SCORED_COLUMNS = "id owner_id days time_of_day distance_km pace level company latitude spot_latitude spot_longitude"
"""The columns that scores and most filters need."""
FILTERED_FACTOR = 5
"""By how much more candidates are taken where filters leave few of them."""

_inside = Card.__table__.alias("inside").c
"""The columns of a candidate card: plain columns, because a statement of them is built in a third of the time."""


def active_cards_of(person: Person) -> Sequence[Card]:
    """Return the active cards of a person, by which companions can be searched for, the newest first."""
    query = select(Card).where(Card.owner_id == person.id, Card.state == "active")
    return db.session.scalars(query.order_by(Card.created_at.desc(), Card.id.desc())).all()


def suggested_cards(viewer: Person, size: int, near: Near | None = None) -> list[ListedCard]:
    """Return the best matches of the viewer's newest card; without a card or a match, the newest cards of others.

    These are the cards in the circle `near`; when there are none, or without a circle, cards anywhere.
    """
    own_cards = active_cards_of(viewer)
    best = matches(viewer, own_cards[0], Filters(), None, size).items if own_cards else []
    if best:
        return best
    for filters in (Filters(near=near), Filters()) if near else (Filters(),):
        others = listing.active_cards(viewer, filters, None, size, around=near).items
        if others:
            return others
    return []


def matches(
    viewer: Person, own_card: Card, filters: Filters, after: str | None = None, size: int = A_PAGE
) -> Page[ListedCard]:
    """Return a page of the cards of others that match `own_card`, the best first, in one statement.

    Left out are cards that share no day, those that the viewer can't answer, and people whom the viewer knows already:
    companions, those with a pending interest in either direction, those who declined, and those hidden by a block.
    """
    values = _candidate_values(own_card, filters)
    extra_columns = (("search",) if filters.words else ()) + (tuple(CELLS) if filters.near else ())
    candidate = _candidates(MATCHED_GRIDS[0] in values, extra_columns, 1 if filters == Filters() else FILTERED_FACTOR)
    score, km = score_of(own_card, candidate), km_between(own_card, candidate)
    scored = (
        select(candidate.id, score.label("score"), km.label("km"), candidate.latitude.is_not(None).label("has_pin"))
        .join(Person, Person.id == candidate.owner_id)
        .where(Person.state == "active", shared_days(own_card, candidate) > 0)
        .where(*listing.filtered(viewer, filters, candidate), *_answerable(viewer, candidate))
        .subquery("scored")
    )
    best = select(scored).order_by(scored.c.score.desc(), scored.c.id.desc()).limit(size + 1)
    # A cursor of other filters, or of a card that was changed since, gives the first page.
    query_hash = hashlib.sha256(f"{own_card.id} {own_card.version} {filters!r}".encode()).hexdigest()[:12]
    cursor = decode(after, int, uuid.UUID, str)
    if cursor is not None and cursor[2] == query_hash:
        best = best.where(tuple_(scored.c.score, scored.c.id) < tuple_(literal(cursor[0]), literal(cursor[1])))
    top = best.subquery("best")
    query = listing.list_query(viewer).add_columns(top.c.score, top.c.km, top.c.has_pin)
    query = query.join(top, top.c.id == Card.id).order_by(top.c.score.desc(), top.c.id.desc())
    rows = db.session.execute(query, values).all()
    cards = [listing.listed_card(row, viewer, match_of(own_card, row)) for row in rows]
    return Page.of(cards, size, lambda card: (card.match.score if card.match else 0, card.id, query_hash))


def _candidate_values(own_card: Card, filters: Filters) -> dict[str, Any]:
    """Return the parameters of the statement of candidates: a pace, times of day, and the squares of each grid."""
    near = filters.near
    latitude, longitude = (near.latitude, near.longitude) if near else (own_card.spot_latitude, own_card.spot_longitude)
    times = [filters.time_of_day] if filters.time_of_day else times_around(own_card.time_of_day)
    values: dict[str, Any] = {"own_pace": own_card.pace, "times": list(times)}
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
        time = _unnest("times", Text, f"{grid}_time")
        conditions = [_inside.state == "active", _inside.time_of_day == time.c.value, side]
        outer: Any = time
        if grid in MATCHED_GRIDS:
            square = _unnest(grid, Integer, f"{grid}_square")
            outer = time.join(square, true())
            conditions.append(_inside[grid] == square.c.value)
        elif grid == "nowhere":
            conditions.append(_inside.cell.is_(None))
        closest = select(*columns).where(*conditions).order_by(*order).limit(size).lateral()
        yield select(closest).select_from(outer).join(closest, true())


def _unnest(name: str, kind: Any, alias: str) -> Any:
    """Return the values of an array parameter as rows."""
    return func.unnest(bindparam(name, type_=ARRAY(kind))).table_valued("value", name=alias).render_derived()


def _answerable(viewer: Person, card: Any) -> list[ColumnElement[bool]]:
    """Return the conditions of cards that the viewer may answer and whose owners the viewer does not know yet."""
    is_sender, is_owner = Interest.sender_id == viewer.id, Interest.owner_id == viewer.id
    known_ids = union_all(
        select(literal(viewer.id)),
        select(Interest.owner_id).where(is_sender, Interest.status.in_((PENDING, ACCEPTED, DECLINED, PARTED))),
        select(Interest.sender_id).where(is_owner, Interest.status.in_((PENDING, ACCEPTED, PARTED))),
    )
    unknown = card.owner_id.not_in(known_ids)
    return [unknown] if viewer.gender == "female" else [unknown, card.company == "anyone"]
