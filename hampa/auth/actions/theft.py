"""What ends when a person takes back an account that was in other hands: all that features let in, or send out, by.

A feature with a way into an account, or out of it, names its tables here. A test fails for each table that holds the
secret of such a way and is not named.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hampa.people.models import Person

EndWay = Callable[[Person, datetime], Any]
_ends: list[tuple[tuple[type[Any], ...], EndWay]] = []


def ends_on_theft(*models: type[Any]) -> Callable[[EndWay], EndWay]:
    """Have a function called with the person, and since when others may have had the account; it ends these ways."""

    def register(function: EndWay) -> EndWay:
        _ends.append((models, function))
        return function

    return register


def end_all_ways(person: Person, since: datetime) -> None:
    """End all ways into an account and out of it, but the person's number."""
    for _models, function in _ends:
        function(person, since)


def tables_of_ways() -> set[str]:
    """Return the names of the tables whose rows `end_all_ways` ends."""
    return {model.__tablename__ for models, _function in _ends for model in models}
