"""Hats: the roles of a person beside that of a runner, each with pages of its own and a chip at the top of home.

A feature contributes a function that returns a `Hat` to the slot `HATS` (`platform.web.slots`); it takes what those of
`platform.answers` take. The hat that the browser wore last is kept in its session.
"""

from dataclasses import dataclass
from typing import Any

from flask import session
from sqlalchemy import ColumnElement

HATS = "home.hats"
_WORN = "hat"


@dataclass(frozen=True, slots=True)
class Hat:
    """A role: its name, its label, the endpoint of its page, and the kinds of answers that it waits with.

    `has` is the condition that the person has the role, as a statement without tables of its own asks it.
    """

    name: str
    label: Any
    endpoint: str
    has: ColumnElement[bool]
    kinds: tuple[str, ...] = ()


def wear(name: str | None) -> None:
    """Remember the hat that home opens with, None for that of a runner."""
    if name is None:
        session.pop(_WORN, None)
    elif session.get(_WORN) != name:
        session[_WORN] = name


def worn() -> str | None:
    """Return the name of the hat that this browser wore last, None for that of a runner."""
    name = session.get(_WORN)
    return name if isinstance(name, str) else None
