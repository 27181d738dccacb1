"""Further things in a copy of somebody's data, which higher features take over: they register them here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hampa.people.models import Person
from hampa.training.queries.previews import PartCount

Lists = Mapping[str, Sequence[Any]]
"""The rows of some files of a copy, as JSON is read: anything may be in them."""


@dataclass(frozen=True, slots=True)
class CopyPart:
    """Things of one kind in a copy.

    `files` are the lists of the copy that they are in. `count` returns how many a person would get; `take` takes them
    over for a person, who is locked, from the site that the copy names, and returns how many came.
    """

    name: str
    files: tuple[str, ...]
    count: Callable[[Person, Lists], PartCount]
    take: Callable[[Person, Lists, str], int]


_parts: dict[str, CopyPart] = {}


def register_part(part: CopyPart) -> None:
    """Add things that are taken over from a copy."""
    _parts[part.name] = part


def copy_parts() -> list[CopyPart]:
    """Return what higher features take over from a copy."""
    return list(_parts.values())
