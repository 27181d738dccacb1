"""What is searched: each kind of thing has a provider, whose statement reads a bounded number of rows.

A provider finds at most so many things that the viewer sees now, by the same conditions as the pages of its feature; what
is found is ranked here, by how well its name answers and then by its moment.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, Select, Text, Uuid, cast, func, literal, not_, null, or_, select, true
from sqlalchemy.dialects.postgresql import TSQUERY

from hampa.people.models import Person
from hampa.people.queries import Circle, PersonSummary
from hampa.platform.texts.cleaning import fold
from hampa.platform.texts.markdown import to_plain
from hampa.platform.texts.marking import matches
from hampa.platform.texts.search import SearchTerms, parse_search, query_text

LONGEST, SHORTEST = 80, 2
MOST = 100
"""Things of a kind that are ranked, and paged; whoever looks for one beyond has to say more."""
WINDOW, INDEXED = 2_000, 800
"""Rows that are looked through in their order, and those that an index of words gives, before what may be seen of them."""
FIRST_OF_EACH, OF_EACH = 10, 20
"""How many rows are looked through for each one that is wanted, at first and in all; `WINDOW` at most."""
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


@dataclass(frozen=True)
class Words:
    """The words of a search in a statement: `all` as a `Search.query`, and of these the `rare` ones, None if it isn't known.

    An index of words reads all that has a word, so that it is asked for rare ones alone; the rest is read of what it gives.
    """

    all: Any
    rare: Any = None

    @property
    def by_index(self) -> Any:
        """Return the words that an index is asked for."""
        return self.all if self.rare is None else self.rare

    @property
    def has_rare(self) -> Any:
        """Return the condition that an index is asked for anything."""
        return true() if self.rare is None else self.rare != literal("", Text)

    @property
    def begins_with_latest(self) -> Any:
        """Return the condition that the latest are looked through before an index is asked, which is asked first for rare words."""
        return true() if self.rare is None else self.rare == literal("", Text)

    def looked_through_first(self, most: int) -> int:
        """Return how many rows are looked through at first."""
        return min(FIRST_OF_EACH * most, WINDOW)

    def looked_through(self, most: int) -> int:
        """Return how many rows are looked through in all."""
        return WINDOW if self.rare is None else min(OF_EACH * most, WINDOW)


def latest_of(rows: Select[Any, Any], most: Any) -> Any:
    """Return the columns of the latest rows of a SELECT of ids and of moments, from which a statement takes what it needs.

    They have a limit, so that what is asked of them is asked in their order, and of no more than it takes.
    """
    order_id, moment = rows.selected_columns
    return rows.order_by(moment.desc(), order_id.desc()).limit(most).subquery().c


def in_steps(kind: str, window: Callable[[int], Select[Any]], rows: Select[Any], words: Words, most: int) -> list[Any]:
    """Return SELECTs of rows with the words, the later ones asked only where those before found too few.

    `window` returns those among so many rows in their order, which costs little where many rows have the words. Of
    `rows`, whose columns are `id`, `search` and what `window` returns besides the id, the index of words finds those with
    rare words, which costs little where they are few. Where they are neither, more rows are looked through in their order.
    """
    vector = rows.selected_columns.search
    first = window(words.looked_through_first(most)).where(words.begins_with_latest).limit(most)
    first_rows = first.cte(f"first_{kind}").prefix_with("MATERIALIZED")
    too_few = count_of(first_rows) < most
    indexed = rows.where(is_in(vector, words.by_index), words.has_rare, too_few).limit(INDEXED + 1)
    indexed_rows = indexed.cte(f"indexed_{kind}").prefix_with("MATERIALIZED")
    too_many = or_(not_(words.has_rare), count_of(indexed_rows) > INDEXED)
    rest = window(words.looked_through(most)).where(too_few, too_many).limit(most).subquery(f"rest_{kind}")
    columns = [column.name for column in first.selected_columns]
    by_index = select(*(indexed_rows.c[name] for name in columns)).where(is_in(indexed_rows.c.search, words.all))
    return [select(*first_rows.c), by_index, select(*rest.c)]


def count_of(rows: Any) -> Any:
    """Return how many rows a CTE has, for a condition that does not depend on a row."""
    return select(func.count()).select_from(rows).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: `title` is its name, `text` where the words may be too, `detail` a line about it.

    `endpoint` and `values` are those of its page; `person` is who it is, or whose, and `by` the name of whose it is. A text
    that `is_marked_up` is Markdown.
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
    is_marked_up: bool = False

    @property
    def is_dated(self) -> bool:
        """Return whether its moment is when it takes place or was said, not when somebody wrote or added it."""
        return self.kind in ("runs", "messages")

    @property
    def plain_text(self) -> str:
        """Return the text without marks."""
        return to_plain(self.text) if self.is_marked_up else self.text

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
class Asked:
    """What questions are asked with: parameters of a statement, but for `most` and `circle`, which are of its shape.

    `owned` is the CTE of all whose files and notes the viewer sees.
    """

    viewer_id: Any
    hidden: Any
    words: "Words"
    now: Any
    owned: Any
    most: int
    circle: Circle


SLOTS: Final[dict[str, Any]] = {
    "title": Text(),
    "text": Text(),
    "detail": Text(),
    "moment": DateTime(timezone=True),
    "timezone": Text(),
    "place": Uuid(),
    "person": Uuid(),
    "person_name": Text(),
    "person_avatar": Text(),
}
"""The columns of the statement of all kinds, after the kind and the id."""
_PLACES: Final = {slot: place for place, slot in enumerate(SLOTS, start=2)}


class Question:
    """The SELECT of a kind as a part of the statement of all kinds.

    `build` returns it for an `Asked`. `columns` has the names of its columns after the id, in their order, with the slot
    that each goes into; a person goes into the last three. `hits` makes hits of such rows.
    """

    def __init__(
        self,
        build: Callable[[Asked], Any],
        columns: Mapping[str, str],
        hits: Callable[[Person | None, Sequence[Any]], list[Hit]],
    ) -> None:
        self.hits = hits
        self._build, self._columns = build, columns
        self._row = make_dataclass("Found", ["id", *columns], slots=True)

    def part(self, kind: str, asked: Asked) -> Select[Any]:
        """Return the SELECT with the columns of the statement of all kinds."""
        found, *columns = self._build(asked).subquery(f"found_{kind}").c
        slots = list(SLOTS)
        filled: dict[str, Any] = {}
        for slot in self._columns.values():
            for name in slots[slots.index("person") :] if slot == "person" else [slot]:
                filled[name] = columns.pop(0)
        empty = {slot: cast(null(), type_) for slot, type_ in SLOTS.items()}
        shown = [column.label(slot) for slot, column in (empty | filled).items()]
        return select(literal(kind, Text).label("kind"), found.label("id"), *shown)

    def read(self, row: Sequence[Any]) -> Any:
        """Return a row of the statement of all kinds as `hits` reads it."""
        values = (
            PersonSummary(*row[_PLACES[slot] :]) if slot == "person" else row[_PLACES[slot]]
            for slot in self._columns.values()
        )
        return self._row(row[1], *values)


@dataclass(frozen=True)
class Provider:
    """How one kind of thing is found, in the order in which the viewer wants them.

    `find` gets the viewer, the search, and how many at most; `question` is the same as a part of one statement for all
    kinds, None if it is asked by itself. `is_public` says whether visitors look for it too.
    """

    kind: str
    words: Any
    find: Callable[[Person | None, Search, int], list[Hit]]
    question: Question | None = None
    is_public: bool = False


_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Let the search find a kind of thing; kinds are shown in the order in which they are registered."""
    _providers[provider.kind] = provider


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds."""
    return tuple(_providers)


def all_providers() -> tuple[Provider, ...]:
    """Return all kinds."""
    return tuple(_providers.values())


def providers_for(viewer: Person | None) -> tuple[Provider, ...]:
    """Return the kinds that a viewer looks for."""
    return tuple(one for one in _providers.values() if viewer is not None or one.is_public)
