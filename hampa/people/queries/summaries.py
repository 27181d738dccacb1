"""A person as a row of a list."""

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
    """What it takes to draw the face of a person and to name them; rows that say more about a person extend it."""

    id: uuid.UUID
    name: str
    avatar: str | None


class _SummaryBundle(Bundle[Any]):
    """Columns of a SELECT that are read as one `PersonSummary`, or None where an outer join found nobody."""

    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], PersonSummary | None]:
        person_id, name, avatar = procs

        def read(row: Any) -> PersonSummary | None:
            found = person_id(row)
            return None if found is None else PersonSummary(found, name(row), avatar(row))

        return read


def summary_columns(
    label: str = "person",
    *,
    person: Any = Person,
    name: ColumnElement[str] | None = None,
    avatar: ColumnElement[str | None] | None = None,
) -> Bundle[Any]:
    """Return the columns of a `PersonSummary`, which stands in the row under `label`.

    `person` may be an alias; `name` and `avatar` replace its columns where a list shows another name, or no face.
    """
    shown_name = person.name if name is None else name.label("name")
    shown_avatar = person.avatar if avatar is None else avatar.label("avatar")
    return _SummaryBundle(label, person.id, shown_name, shown_avatar)
