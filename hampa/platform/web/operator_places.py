"""Places of the pages for operators: the links of their shell, and what waits at each.

A feature contributes a function to the slot `PLACES` (`platform.web.slots`) that returns its places, or None.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.web import slots
from hampa.platform.web.paging import row_count

PLACES = "operators.places"
GROUP_WORDS = {"community": _l("Community"), "sending": _l("Sending"), "money": _l("Subscriptions"), "site": _l("Site")}
"""The groups of places, in their order."""
MOST_COUNTED = 100
"""What waits is counted up to here: more are shown as "99+"."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for operators: its words, its rows, and the address of the list of them.

    `rows` takes the id of an operator, as a parameter of a statement that is built once, and returns a SELECT.
    """

    label: Any
    rows: Callable[[Any], Select[Any]]
    endpoint: str
    icon: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperatorPlace:
    """A link of the shell of operators: its group, its rank there, its label, its page, and what waits there."""

    group: str
    rank: int
    label: Any
    endpoint: str
    icon: str
    waiting: tuple[Waiting, ...] = ()


def operator_places() -> list[OperatorPlace]:
    """Return the places of all features, in the order of the shell."""
    groups = list(GROUP_WORDS)
    places = (place for contributed in slots.collect(PLACES) for place in contributed)
    return sorted(places, key=lambda place: (groups.index(place.group), place.rank))


def operator_links(path: str) -> tuple[list[tuple[Any, list[tuple[OperatorPlace, str]]]], OperatorPlace | None]:
    """Return the places by groups, each with its address, and the one that a path belongs to, None for none."""
    links = [(place, url_for(place.endpoint)) for place in operator_places()]
    at = max((link for link in links if path.startswith(link[1])), key=lambda link: len(link[1]), default=None)
    groups = [(GROUP_WORDS[group], list(rows)) for group, rows in groupby(links, lambda link: link[0].group)]
    return groups, at[0] if at else None


def waiting_for(operator: Any) -> list[tuple[Waiting, int]]:
    """Return all that may wait for an operator with how often it does, counted in one statement."""
    kinds = [waiting for place in operator_places() for waiting in place.waiting]
    counts = _counts(operator.id, of=tuple(kind.rows for kind in kinds)).one()
    return list(zip(kinds, counts, strict=True))


@built_once
def _counts(operator_id: uuid.UUID, *, of: tuple[Callable[[Any], Select[Any]], ...]) -> Any:
    return select(*(row_count(rows(operator_id), MOST_COUNTED) for rows in of))
