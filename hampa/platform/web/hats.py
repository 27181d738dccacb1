"""Hats: the roles of a person beside that of a runner, each with pages of its own and a chip at the top of home.

A feature contributes a function that returns a `Hat` to the slot `HATS` (`platform.web.slots`); it takes what those of
`platform.answers` take.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

HATS = "home.hats"


@dataclass(frozen=True, slots=True)
class Hat:
    """A role: its name, its label, the endpoint of its page, and the kinds of answers that it waits with.

    `waiting` is the endpoint of the page that lists those, to which the chip leads while there are any.

    `has` is the condition that the person has the role, as a statement without tables of its own asks it.
    """

    name: str
    label: Any
    endpoint: str
    has: ColumnElement[bool]
    kinds: tuple[str, ...] = ()
    waiting: str = ""
