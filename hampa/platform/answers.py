"""What waits for a person's answer: features say what does, each by a SELECT of the same columns.

Features contribute functions that return an `AnswerKind` to the slot `ANSWERS` (`platform.web.slots`); the home page
shows all kinds as one list. The functions take a person and the time by name. Both may be parameters of a statement that
is built once, so that only `id`, `phone` and `is_operator` of the person are there, and the last alone has a value.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    literal,
    null,
    select,
    tuple_,
    union_all,
)

ANSWERS = "home.answers"
MOST_COUNTED = 100
"""The most of one kind that are counted."""


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """A kind of thing that waits: its name, the template of one, and a SELECT of `answer_columns`.

    `may_wait` is a condition that holds whenever something of the kind waits, for kinds that something smaller than
    their SELECT rules out for nearly everybody.
    """

    name: str
    template: str
    query: Select[Any]
    may_wait: ColumnElement[bool] | None = None

    @property
    def waits(self) -> ColumnElement[bool]:
        """The condition without which nothing of this kind waits, as a statement without tables of its own asks it."""
        return self.query.exists() if self.may_wait is None else self.may_wait


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as a face and a name."""

    id: uuid.UUID
    name: str
    avatar: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A thing that waits for an answer; the soonest `moment` comes first.

    `id` is of what is answered, `title` and the start are of its run or crew (`run_id`), `person_id`, `name` and `avatar` of who asks, who is
    None if nobody does, and `line` is what they wrote. What is asked for in exchange is `other_title` with its start.
    """

    kind: str
    id: uuid.UUID
    moment: datetime
    run_id: uuid.UUID | None
    title: str
    starts_at: datetime | None
    timezone: str | None
    person_id: uuid.UUID | None
    name: str
    avatar: str | None
    line: str
    guests: int
    other_title: str
    other_starts_at: datetime | None
    other_timezone: str | None

    @property
    def asker(self) -> Asker | None:
        """Who asks, None if nobody does."""
        return Asker(self.person_id, self.name, self.avatar) if self.person_id else None


def answer_columns(id: Any, moment: Any, asker: Any = None, **values: Any) -> list[ColumnElement[Any]]:
    """Return the columns of an `Answer` but its kind; those that are not given are empty.

    `asker` is the mapped class, or an alias of it, of whoever asks.
    """
    if asker is not None:
        values |= {"person_id": asker.id, "name": asker.name, "avatar": asker.avatar}
    empty: dict[str, Any] = {
        "run_id": cast(null(), Uuid),
        "title": literal(""),
        "starts_at": cast(null(), DateTime(timezone=True)),
        "timezone": cast(null(), Text),
        "person_id": cast(null(), Uuid),
        "name": literal(""),
        "avatar": cast(null(), Text),
        "line": literal(""),
        "guests": cast(literal(0), Integer),
        "other_title": literal(""),
        "other_starts_at": cast(null(), DateTime(timezone=True)),
        "other_timezone": cast(null(), Text),
    }
    columns = {"id": id, "moment": moment, **empty, **values}
    return [column.label(name) for name, column in columns.items()]


def all_answers(kinds: Iterable[AnswerKind], after: tuple[Any, Any] | None = None, size: int = MOST_COUNTED) -> CTE:
    """Return what waits of all kinds after a moment and an id, the soonest `size` of each, as columns of an `Answer`."""
    parts = []
    for kind in kinds:
        one = kind.query.subquery()
        query = select(literal(kind.name).label("kind"), *one.c)
        if after is not None:
            query = query.where(tuple_(one.c.moment, one.c.id) > tuple_(*after))
        parts.append(select(query.order_by(one.c.moment, one.c.id).limit(size).subquery()))
    return union_all(*parts).cte("answers")
