"""A month of runs: of each day the first few, and how many there are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, DateTime, func, literal, select, true

from hampa.platform.db import db
from hampa.runs.queries.filtering import Filters, Inside, listed

SHOWN = 3
COUNTED = 100
"""So many runs of a day are counted at most."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class RunInMonth:
    """A run as a line in its day."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class DayOfRuns:
    """The first runs of a day; `count` is `COUNTED` when there are that many or more."""

    runs: tuple[RunInMonth, ...] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.runs)


def runs_by_day(filters: Filters, days: Sequence[Span]) -> list[DayOfRuns]:
    """The public runs to come of each of these days, in one statement that reads no more of a crowded
    day than it shows and counts.
    """
    moments = ARRAY(DateTime(timezone=True))
    day = (
        func.unnest(literal([begin for begin, _ in days], moments), literal([end for _, end in days], moments))
        .table_valued("begins", "ends", with_ordinality="number", name="day")
        .render_derived()
    )
    conditions = [*listed(filters, Inside), Inside.starts_at >= day.c.begins, Inside.starts_at < day.c.ends]
    some = select(literal(1)).select_from(Inside).where(*conditions).limit(COUNTED).correlate(day).subquery("some")
    counted = select(func.count().label("count")).select_from(some.lateral()).lateral("counted")
    first = (
        select(Inside.id, Inside.title, Inside.starts_at, Inside.timezone)
        .where(*conditions)
        .order_by(Inside.starts_at, Inside.id)
        .limit(SHOWN)
        .lateral("first")
    )
    rows = db.session.execute(
        select(day.c.number, counted.c.count, first.c.id, first.c.title, first.c.starts_at, first.c.timezone)
        .select_from(day)
        .join(counted, true())
        .join(first, true())
        .order_by(day.c.number, first.c.starts_at, first.c.id)
    )
    found = [DayOfRuns() for _ in days]
    for number, count, *run in rows:
        before = found[number - 1]
        found[number - 1] = DayOfRuns((*before.runs, RunInMonth(*run)), count)
    return found
