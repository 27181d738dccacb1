"""The search: the best of each kind, or a page of one kind."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import union_all

from hampa.files.queries.owners import all_owned_readably
from hampa.people.models import Person
from hampa.people.queries import Circle, hidden_ids, stand_in, wide_circle
from hampa.platform import clock
from hampa.platform.statements import planned_once
from hampa.platform.texts.search import query_text
from hampa.platform.web import paging
from hampa.platform.web.paging import Page
from hampa.search.queries import belongings, outdoors, people  # noqa: F401 - they register what is searched
from hampa.search.queries.commonness import rare_terms
from hampa.search.queries.providers import MOST, Asked, Hit, Provider, Search, Words, all_providers, providers_for

A_PAGE = 20
OF_EACH, RANKED = 5, 8
"""The best of each kind that are shown beside one another, and of how many they are the best."""


@dataclass(frozen=True, slots=True)
class Group:
    """The best of what was found of a kind, and whether there is more."""

    kind: str
    words: Any
    hits: Sequence[Hit]
    has_more: bool


def find_best(viewer: Person | None, search: Search) -> list[Group]:
    """Return the best of each kind of which something was found, the kind with the best answer first."""
    if not search.terms:
        return []
    rare = query_text(rare_terms(search.terms))
    groups = _groups(viewer, search, rare)
    # Common words that are nowhere together among the latest may be so in older things, which an index has.
    return groups or (_groups(viewer, search, search.query) if rare != search.query else [])


def _groups(viewer: Person | None, search: Search, rare: str) -> list[Group]:
    found = _found_at_once(viewer, search, rare)
    groups = []
    for place, provider in enumerate(providers_for(viewer)):
        hits = _graded(search, found[provider.kind] if provider.question else provider.find(viewer, search, RANKED))
        if hits:
            group = Group(provider.kind, provider.words, [hit for _grade, hit in hits[:OF_EACH]], len(hits) > OF_EACH)
            groups.append((hits[0][0], place, group))
    return [group for _grade, _place, group in sorted(groups, key=lambda one: one[:2])]


def find_of_kind(
    viewer: Person | None, provider: Provider, search: Search, after: str | None = None, size: int = A_PAGE
) -> Page[Hit]:
    """Return a page of what was found of one kind, the best first."""
    if not search.terms:
        return Page([])
    hits = [(grade, place, hit) for place, (grade, hit) in enumerate(_ranked(viewer, provider, search))]
    cursor = paging.decode(after, int, str)
    if cursor is not None:
        grade, last_id = cursor
        place = next((place for _grade, place, hit in hits if str(hit.id) == last_id), None)
        hits = [one for one in hits if (one[1] > place if place is not None else one[0] > grade)]
    page = Page.of(hits, size, lambda one: (one[0], str(one[2].id)))
    return page.of_rows(lambda one: one[2])


def _ranked(viewer: Person | None, provider: Provider, search: Search, most: int = MOST) -> list[tuple[int, Hit]]:
    """Return what a provider finds with its grades, the best first, in the order of the provider within a grade."""
    return _graded(search, provider.find(viewer, search, most))


def _graded(search: Search, found: Sequence[Hit]) -> list[tuple[int, Hit]]:
    return sorted(((hit.grade(search), hit) for hit in found), key=lambda one: one[0])


def _found_at_once(viewer: Person | None, search: Search, rare: str) -> dict[str, list[Hit]]:
    """Return what is found of each kind that one statement for all of them asks for."""
    viewer_id = viewer.id if viewer is not None else None
    values = viewer_id, hidden_ids(viewer), search.query, rare, clock.now()
    rows = _all_kinds(*values, circle=wide_circle(viewer)).all()
    by_kind: dict[str, list[Any]] = {}
    for row in rows:
        by_kind.setdefault(row[0], []).append(row)
    return {
        one.kind: one.question.hits(viewer, list(map(one.question.read, by_kind.get(one.kind, ()))))
        for one in providers_for(viewer)
        if one.question is not None
    }


@planned_once
def _all_kinds(
    viewer_id: uuid.UUID | None, hidden: list[uuid.UUID], words: str, rare: str, now: datetime, *, circle: Circle
) -> Any:
    is_visitor = circle == "visitor"
    owned = None if is_visitor else all_owned_readably(stand_in(viewer_id))
    asked = Asked(viewer_id, hidden, Words(words, rare), now, owned, RANKED, circle)
    kinds = [one for one in all_providers() if one.question is not None and (one.is_public or not is_visitor)]
    return union_all(*(one.question.part(one.kind, asked) for one in kinds if one.question is not None))
