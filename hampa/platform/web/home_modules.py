"""Modules of the home page that features contribute, each of which is asked about only when it has something to show.

A feature contributes a function that returns a `HomeModule` to the slot `MODULES` (`platform.web.slots`); it takes what
those of `platform.answers` take. Home reads the conditions of all modules with its own overview, in one statement that
is built once, so that a module which has nothing costs no statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

MODULES = "home.modules"


@dataclass(frozen=True, slots=True)
class HomeModule:
    """A module: its template, the condition that it has something to show, the values of its template, and its place.

    One that `is_beside` stands among what home has for the person, after what waits for them and their week.

    `has` is a condition as a statement without tables of its own asks it. `values` takes the person; it is called when
    the condition holds, and returns None if by then there is nothing to show.
    """

    template: str
    has: ColumnElement[bool]
    values: Callable[[Any], dict[str, Any] | None]
    is_beside: bool = False
