"""People and crews by name."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, false, func, select, true, union

from hampa.cards.queries.interests import is_named_by_cards
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_known_to
from hampa.people.models import Person
from hampa.people.queries import Circle, is_seen_by, summary_columns, viewer_in, wide_circle
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import built_once, planned_once
from hampa.platform.texts.cleaning import by_alphabet, fold
from hampa.search.queries.providers import (
    Asked,
    Hit,
    Provider,
    Question,
    Search,
    count_of,
    is_in_name,
    register_provider,
)

NAMED, SORTED_FOR_EACH = 100, 3
"""People and crews whose names have the words, and as many people whose name or user name begins so, of whom the first are shown.

For each crew that is wanted, so many are found of which the first by name are shown.
"""
LAST = "\U0010ffff"
"""Comes after each letter: what begins with a text is between the text, and the text with this."""


def find_people(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return people whom the viewer may see, by their name or user name; those first whose name begins so."""
    handle = fold(search.text).removeprefix("@")
    values, circle = (viewer.id if viewer is not None else None, search.query, handle), wide_circle(viewer)
    rows = _people(*values, most=most, circle=circle, openly=True).all()
    if not all(row.is_seen for row in rows):
        rows = _people(*values, most=most, circle=circle, openly=False).all()
    return [
        Hit(
            "people",
            row.person.id,
            row.person.name,
            "profile.person",
            {"person_id": row.person.id},
            text=row.handle or "",
            detail=row.city,
            person=row.person,
        )
        for row in rows
    ]


@planned_once
def _people(viewer_id: uuid.UUID | None, asked: str, handle: str, *, most: int, circle: Circle, openly: bool) -> Any:
    """Return the SELECT of people with these names whom a viewer sees.

    That takes long to ask, whoever is found: PostgreSQL begins a hundred questions. With `openly` it is that of all
    people with these names, and whether they are seen by their page or by a card; if all are, that is the answer.
    """
    shown = Person.name != "", Person.state == "active"
    by_beginning = select(Person.id).where(_begins(func.lower(Person.name), handle), *shown).limit(NAMED)
    beginning = by_beginning.cte("beginning").prefix_with("MATERIALIZED")
    # They come first, so that where they are enough nobody else is looked for by an index of words, which takes longest.
    is_enough = count_of(beginning) >= most if openly else false()
    ways = and_(is_in_name(Person.name, asked), ~is_enough), _begins(Person.handle, handle)
    found = [select(Person.id).where(way).limit(NAMED).subquery() for way in ways]
    ids = union(select(beginning.c.id), *(select(rows.c.id) for rows in found)).scalar_subquery()
    begins = func.starts_with(func.lower(Person.name), handle).label("begins")
    named = select(Person.id, Person.name, begins).where(Person.id.in_(ids), *shown)
    # With a limit, so that who may be seen is asked of them in their order, until there are enough.
    named = named.order_by(begins.desc(), by_alphabet(Person.name), Person.id).limit(most if openly else 3 * NAMED)
    in_order, viewer = named.subquery("named"), viewer_in(circle, viewer_id)
    is_seen = is_seen_by(viewer, [is_named_by_cards]) if openly else is_seen_by(viewer)
    query = select(
        summary_columns("person"), Person.handle, Person.city, (is_seen if openly else true()).label("is_seen")
    )
    query = query.join_from(in_order, Person, in_order.c.id == Person.id)
    query = query if openly else query.where(is_seen)
    return query.order_by(in_order.c.begins.desc(), by_alphabet(in_order.c.name), in_order.c.id).limit(most)


def find_crews(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return crews that the viewer may know of, their own first."""
    viewer_id = viewer.id if viewer is not None else None
    return _hits_of_crews(viewer, _crews(viewer_id, search.query, most=most, is_visitor=viewer is None).all())


def _hits_of_crews(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [Hit("crews", row.id, row.name, "crews.show", {"crew_id": row.id}, text=row.description) for row in rows]


def _begins(column: Any, beginning: Any) -> Any:
    """Return the condition that a text begins so, for an index by its bytes; `LIKE` has one only if the plan knows the text."""
    return and_(column.op("~>=~")(beginning), column.op("~<~")(func.concat(beginning, LAST)))


@built_once
def _crews(viewer_id: uuid.UUID | None, asked: str, *, most: int, is_visitor: bool) -> Any:
    return _select_crews(viewer_id, asked, most, is_visitor=is_visitor)


def _select_crews(viewer_id: Any, asked: Any, most: int, *, is_visitor: bool) -> Any:
    # The words of those that the index gives are not looked for once more: that takes longer than all the rest.
    # With a limit before they are sorted by name, so that who may know of them is asked of no more than it takes.
    known = OneByOne(is_known_to(None if is_visitor else viewer_id))
    with_words = select(Crew.id).where(is_in_name(Crew.name, asked), known)
    indexed = with_words.limit(min(NAMED, SORTED_FOR_EACH * most)).subquery("indexed")
    found = [select(indexed.c.id)]
    if not is_visitor:
        mine = select(CrewMembership.crew_id).where(
            CrewMembership.person_id == viewer_id, CrewMembership.status.in_(constants(ACTIVE))
        )
        words = func.concat_ws(" ", Crew.name, Crew.description)
        found.append(select(Crew.id).where(Crew.id.in_(mine), is_in_name(words, asked)))
    query = select(Crew.id, Crew.name, Crew.description).where(Crew.id.in_(union(*found).scalar_subquery()))
    query = query.where(is_known_to(None if is_visitor else viewer_id))
    return query.order_by(by_alphabet(Crew.name), Crew.id).limit(most)


def _build_crews(asked: Asked) -> Any:
    return _select_crews(asked.viewer_id, asked.words.all, asked.most, is_visitor=asked.circle == "visitor")


CREWS = Question(_build_crews, {"name": "title", "description": "text"}, _hits_of_crews)
register_provider(Provider("people", _l("People"), find_people, is_public=True))
