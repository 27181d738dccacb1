"""Companions for somebody: the cards that go best with one of theirs.

No more than a few hundred cards are scored, however many there are: of the squares around the card (two grids of them,
so that a crowded town and an empty country both have some) and of its time of day and those beside it, the ones whose
pace is closest. `docs/adr/0003-matches-among-few.md` tells the plan.
"""

from __future__ import annotations

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

from hampa.cards.models.card import MOST_CARDS, Card
from hampa.cards.models.interest import ACCEPTED, DECLINED, PARTED, PENDING, Interest
from hampa.cards.models.search_index import MATCHED_IN
from hampa.cards.queries import filtering, listing
from hampa.cards.queries.filtering import Filters
from hampa.cards.queries.listing import A_PAGE, ListedCard
from hampa.cards.queries.scoring import km_between, match_of, score_of, shared_days, times_around
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.geo.squares import CELLS, squares_beside
from hampa.platform.web.paging import Page, decode

LOOKED_AT = {"cell": 16, "wide_cell": 32, "nowhere": 32, "anywhere": 200}
"""Cards that are looked at in one square at one time of day, on each side of the pace."""
COMPARED = (
    "id",
    "owner_id",
    "days",
    "time_of_day",
    "distance_km",
    "pace",
    "level",
    "company",
    "latitude",
    "spot_latitude",
    "spot_longitude",
)
"""The columns of those that scores go by, and most filters."""
MORE = 5
"""Where filters leave few, so many times as many are."""


_inside = Card.__table__.alias("inside").c
"""The columns of a card as a candidate: plain ones, of which a statement is made in a third of the time."""


def cards_to_match(person: Person) -> Sequence[Card]:
    """The active cards by which companions can be looked for, the newest first."""
    own = select(Card).where(Card.owner_id == person.id, Card.state == "active")
    return db.session.scalars(own.order_by(Card.created_at.desc(), Card.id.desc())).all()


def companions_for(viewer: Person, size: int) -> list[ListedCard]:
    """Who goes best with the newest card of the viewer; without one, or where nobody does, the newest of others."""
    own = cards_to_match(viewer)
    found = matches(viewer, own[0], Filters(), None, size).items if own else []
    if found:
        return found
    newest = listing.active(viewer, Filters(), None, size + MOST_CARDS).items
    return [card for card in newest if not card.mine][:size]


def matches(
    viewer: Person, own: Card, filters: Filters, after: str | None = None, size: int = A_PAGE
) -> Page[ListedCard]:
    """Cards of others that go well with one's own, the best first, in one statement.

    Left out are cards that share no day, those the viewer can't answer, and the people who know already:
    companions, who waits for an answer or is waited for, who declined, and whom a block hides.
    """
    asked, values = _asked(own, filters), _values(own, filters)
    further = (("search",) if filters.words else ()) + (tuple(CELLS) if filters.near else ())
    found = _candidates(MATCHED_IN[0] in values, further, 1 if filters == Filters() else MORE)
    score, km = score_of(own, found), km_between(own, found)
    scored = (
        select(found.id, score.label("score"), km.label("km"), found.latitude.is_not(None).label("pinned"))
        .join(Person, Person.id == found.owner_id)
        .where(Person.state == "active", shared_days(own, found) > 0)
        .where(*filtering.filtered(viewer, filters, found), *_answerable(viewer, found))
        .subquery("scored")
    )
    best = select(scored).order_by(scored.c.score.desc(), scored.c.id.desc()).limit(size + 1)
    cursor = decode(after, int, uuid.UUID, str)
    if cursor is not None and cursor[2] == asked:
        best = best.where(tuple_(scored.c.score, scored.c.id) < tuple_(literal(cursor[0]), literal(cursor[1])))
    first = best.subquery("best")
    query = listing.listed(viewer).add_columns(first.c.score, first.c.km, first.c.pinned)
    query = query.join(first, first.c.id == Card.id).order_by(first.c.score.desc(), first.c.id.desc())
    rows = db.session.execute(query, values).all()
    cards = [listing.row_of(row, viewer, match_of(own, row)) for row in rows]
    return Page.of(cards, size, lambda card: (card.match.score if card.match else 0, card.id, asked))


def _asked(own: Card, filters: Filters) -> str:
    """What was asked for, short: a cursor of another question gives the first page."""
    return hashlib.sha256(f"{own.id} {own.version} {filters!r}".encode()).hexdigest()[:12]


def _values(own: Card, filters: Filters) -> dict[str, Any]:
    """What the statement of candidates is asked with: a pace, times of day, and the squares of each grid."""
    near = filters.near
    spot = (near.latitude, near.longitude) if near else (own.spot_latitude, own.spot_longitude)
    times = [filters.time_of_day] if filters.time_of_day else times_around(own.time_of_day)
    values: dict[str, Any] = {"own_pace": own.pace, "times": list(times)}
    if spot[0] is not None and spot[1] is not None:
        values |= {name: squares_beside(spot[0], spot[1], name) for name in MATCHED_IN}
    return values


@cache
def _candidates(spotted: bool, further: tuple[str, ...], more: int) -> Any:
    """The cards that are scored, if nothing else speaks against them, with what is compared of them.

    It is a large statement of few shapes: each is made once, and asked with `_values`.
    """
    grids = (*MATCHED_IN, "nowhere") if spotted else ("anywhere",)
    columns = [_inside[name] for name in (*COMPARED, *further)]
    looks = chain(*(_closest_in_pace(columns, where, LOOKED_AT[where] * more) for where in grids))
    return union(*looks).subquery("found").c


def _closest_in_pace(columns: Sequence[Any], where: str, most: int) -> Iterator[Select[Any]]:
    """SELECTs of those a little slower and of those a little quicker, in the order of an index."""
    pace = bindparam("own_pace", type_=Integer)
    slower, quicker = (_inside.pace, _inside.id), (_inside.pace.desc(), _inside.id.desc())
    for side, by in ((_inside.pace >= pace, slower), (_inside.pace < pace, quicker)):
        time = _each("times", Text, f"{where}_time")
        here = [_inside.state == "active", _inside.time_of_day == time.c.value, side]
        beside: Any = time
        if where in MATCHED_IN:
            square = _each(where, Integer, f"{where}_square")
            beside = time.join(square, true())
            here.append(_inside[where] == square.c.value)
        elif where == "nowhere":
            here.append(_inside.cell.is_(None))
        first = select(*columns).where(*here).order_by(*by).limit(most).lateral()
        yield select(first).select_from(beside).join(first, true())


def _each(name: str, kind: Any, alias: str) -> Any:
    """The values that come under a name, as rows."""
    return func.unnest(bindparam(name, type_=ARRAY(kind))).table_valued("value", name=alias).render_derived()


def _answerable(viewer: Person, card: Any) -> list[ColumnElement[bool]]:
    """Cards whose owners the viewer does not know yet, and that the viewer may answer."""
    mine, theirs = Interest.sender_id == viewer.id, Interest.owner_id == viewer.id
    known = union_all(
        select(literal(viewer.id)),
        select(Interest.owner_id).where(mine, Interest.status.in_((PENDING, ACCEPTED, DECLINED, PARTED))),
        select(Interest.sender_id).where(theirs, Interest.status.in_((PENDING, ACCEPTED, PARTED))),
    )
    found: list[ColumnElement[bool]] = [card.owner_id.not_in(known)]
    if viewer.gender != "female":
        found.append(card.company == "anyone")
    return found
