"""What every factory does: number things, so that no two are alike, and put them into the test's transaction."""

from __future__ import annotations

from itertools import count
from typing import Any, TypeVar

from hampa.platform.db import db

Thing = TypeVar("Thing")

_numbers = count(1)


def number() -> int:
    """Return a number that is unique in this test run."""
    return next(_numbers)


def made(kind: type[Thing], /, **values: Any) -> Thing:
    """One row of this kind, with its id and its defaults filled in."""
    thing = kind(**values)
    db.session.add(thing)
    db.session.flush()
    return thing
