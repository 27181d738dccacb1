"""People and crews by name."""

import uuid
from typing import Any

from sqlalchemy import or_, select, union

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_known_to
from hampa.people.models import Person
from hampa.people.queries import Circle, is_seen_by, summary_columns, viewer_in, wide_circle
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import fold
from hampa.search.queries.providers import INDEXED, Hit, Provider, Search, is_in_name, register_provider

ESCAPED = str.maketrans({character: f"/{character}" for character in "/%_"})


def find_people(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return people whom the viewer may see, by their name or user name."""
    handle = fold(search.text).removeprefix("@").translate(ESCAPED) + "%"
    viewer_id = viewer.id if viewer is not None else None
    return [
        Hit(
            "people",
            person.id,
            person.name,
            "profile.person",
            {"person_id": person.id},
            text=handle or "",
            detail=city,
            person=person,
        )
        for person, handle, city in _people(viewer_id, search.query, handle, most, circle=wide_circle(viewer))
    ]


@built_once
def _people(viewer_id: uuid.UUID | None, asked: str, handle: str, most: int, *, circle: Circle) -> Any:
    by_name = select(Person.id).where(is_in_name(Person.name, asked)).limit(INDEXED).subquery("by_name")
    by_handle = select(Person.id).where(Person.handle.like(handle, escape="/")).limit(most).subquery("by_handle")
    ids = union(select(by_name.c.id), select(by_handle.c.id)).scalar_subquery()
    query = select(summary_columns(), Person.handle, Person.city).where(Person.id.in_(ids), Person.name != "")
    query = query.where(is_seen_by(viewer_in(circle, viewer_id)), Person.state == "active")
    return query.order_by(Person.name, Person.id).limit(most)


def find_crews(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return crews that the viewer may know of, their own first."""
    viewer_id = viewer.id if viewer is not None else None
    rows = _crews(viewer_id, search.query, most, is_visitor=viewer is None)
    return [Hit("crews", row.id, row.name, "crews.show", {"crew_id": row.id}, text=row.description) for row in rows]


@built_once
def _crews(viewer_id: uuid.UUID | None, asked: str, most: int, *, is_visitor: bool) -> Any:
    # The words of those that the index gives are not looked for once more: that takes longer than all the rest.
    indexed = select(Crew.id).where(is_in_name(Crew.name, asked)).limit(INDEXED).subquery("indexed")
    found = [select(indexed.c.id)]
    if not is_visitor:
        mine = select(CrewMembership.crew_id).where(
            CrewMembership.person_id == viewer_id, CrewMembership.status.in_(constants(ACTIVE))
        )
        has_words = or_(is_in_name(Crew.name, asked), is_in_name(Crew.description, asked))
        found.append(select(Crew.id).where(Crew.id.in_(mine), has_words))
    query = select(Crew.id, Crew.name, Crew.description).where(Crew.id.in_(union(*found).scalar_subquery()))
    query = query.where(is_known_to(None if is_visitor else viewer_id))
    return query.order_by(Crew.name, Crew.id).limit(most)


register_provider(Provider("people", _l("People"), find_people, is_public=True))
