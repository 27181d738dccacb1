"""What is searched: each kind of thing has a provider, whose statement reads a bounded number of rows.

A provider finds at most so many things that the viewer sees now, by the same conditions as the pages of its feature; what
is found is ranked here, by how well its name answers and then by its moment.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, cast, func
from sqlalchemy.dialects.postgresql import TSQUERY

from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.texts.cleaning import fold
from hampa.platform.texts.marking import matches
from hampa.platform.texts.search import SearchTerms, parse_search, query_text

LONGEST, SHORTEST = 80, 2
MOST = 100
"""Things of a kind that are ranked, and paged; whoever looks for one beyond has to say more."""
WINDOW, INDEXED = 2_000, 400
"""Rows that are looked through in their order, and those that an index of words gives, before what may be seen of them."""
EXACT, BEGINS, NAMED, WITHIN = range(4)
"""How a thing answers: its name is what was asked, begins so, has all the words, or they are elsewhere."""


_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; `terms` are empty when there is nothing to look for."""

    text: str
    terms: SearchTerms
    folded: str = ""

    @classmethod
    def of(cls, text: str) -> "Search":
        """Return the search for a text as it was typed."""
        text = text.strip()[:LONGEST]
        folded = fold(text)
        return cls(text, parse_search(text) if len(folded) >= SHORTEST else (), folded)

    @property
    def query(self) -> str:
        """The words as a `tsquery`, for the parameter `asked` of a statement."""
        return query_text(self.terms)


def is_in(vector: Any, asked: Any) -> ColumnElement[bool]:
    """Return the condition that a vector of words has those of a `Search.query`."""
    return vector.bool_op("@@")(cast(asked, TSQUERY))


def is_in_name(column: Any, asked: Any) -> ColumnElement[bool]:
    """Return the condition that a text has the words of a `Search.query`, which an index may answer."""
    return is_in(func.search_words(column), asked)


def latest_of(rows: Select[Any, Any], most: Any) -> Any:
    """Return the columns of the latest rows of a SELECT of ids and of moments, from which a statement takes what it needs.

    They have a limit, so that what is asked of them is asked in their order, and of no more than it takes.
    """
    order_id, moment = rows.selected_columns
    return rows.order_by(moment.desc(), order_id.desc()).limit(most).subquery().c


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: `title` is its name, `text` where the words may be too, `detail` a line about it.

    `endpoint` and `values` are those of its page; `person` is who it is, or whose, and `by` the name of whose it is.
    """

    kind: str
    id: uuid.UUID
    title: str
    endpoint: str
    values: Mapping[str, Any]
    text: str = ""
    detail: str = ""
    moment: datetime | None = None
    timezone: str | None = None
    person: PersonSummary | None = None
    by: str = ""

    @property
    def is_dated(self) -> bool:
        """Return whether its moment is when it takes place or was said, not when somebody wrote or added it."""
        return self.kind in ("runs", "messages")

    def grade(self, search: Search) -> int:
        """Return how well it answers, the least for the best."""
        name, asked = fold(self.title), search.folded
        if name == asked:
            return EXACT
        if name.startswith(asked):
            return BEGINS
        if "\u200c" in self.title:
            return NAMED if matches(self.title, search.terms) else WITHIN
        words = _WORD.findall(name)
        named = all(any(word.startswith(choice) for word in words for choice in term) for term in search.terms)
        return NAMED if named else WITHIN


@dataclass(frozen=True)
class Provider:
    """How one kind of thing is found, in the order in which the viewer wants them.

    `find` gets the viewer, the search, and how many at most. `is_public` says whether visitors look for it too.
    """

    kind: str
    words: Any
    find: Callable[[Person | None, Search, int], list[Hit]]
    is_public: bool = False


_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Let the search find a kind of thing; kinds are shown in the order in which they are registered."""
    _providers[provider.kind] = provider


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds."""
    return tuple(_providers)


def providers_for(viewer: Person | None) -> tuple[Provider, ...]:
    """Return the kinds that a viewer looks for."""
    return tuple(one for one in _providers.values() if viewer is not None or one.is_public)
