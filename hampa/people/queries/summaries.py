"""People as rows of lists."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Bundle

from hampa.people.models.person import Person


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person's name and picture; rows that say more about a person extend it."""

    id: uuid.UUID
    name: str
    avatar: str | None


class _SummaryBundle(Bundle[Any]):
    """Columns that are read as one `PersonSummary`, or as None where an outer join found nobody."""

    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], PersonSummary | None]:
        """Return the function that reads the columns of a row."""
        read_id, read_name, read_avatar = procs

        def read(row: Any) -> PersonSummary | None:
            person_id = read_id(row)
            return None if person_id is None else PersonSummary(person_id, read_name(row), read_avatar(row))

        return read


def summary_columns(
    label: str = "person",
    *,
    person: Any = Person,
    name: ColumnElement[str] | None = None,
    avatar: ColumnElement[str | None] | None = None,
) -> Bundle[Any]:
    """Return the columns of a `PersonSummary`, which the row has under `label`.

    `person` may be an alias; `name` and `avatar` replace its columns where a list shows another name or no picture.
    """
    shown_name = person.name if name is None else name.label("name")
    shown_avatar = person.avatar if avatar is None else avatar.label("avatar")
    return _SummaryBundle(label, person.id, shown_name, shown_avatar)
