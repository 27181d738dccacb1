"""The search: the best of each kind, or a page of one kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hampa.people.models import Person
from hampa.platform.web import paging
from hampa.platform.web.paging import Page
from hampa.search.queries import belongings, outdoors, people  # noqa: F401 - they register what is searched
from hampa.search.queries.providers import MOST, Hit, Provider, Search, providers_for

A_PAGE = 20
OF_EACH, RANKED = 5, 12
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
    groups = []
    for place, provider in enumerate(providers_for(viewer)):
        hits = _ranked(viewer, provider, search, RANKED)
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
    hits = [(hit.grade(search), hit) for hit in provider.find(viewer, search, most)]
    return sorted(hits, key=lambda one: one[0])
