"""Rows of schedules, which are kept by their state: most who see one see it alike."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar

from sqlalchemy import func, select

from hampa.duties.models import Schedule
from hampa.platform.kept import KeptValues
from hampa.platform.statements import built_once, is_one_of

MOST_KEPT = 1_000
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SeenSchedule:
    """A schedule as a list names it; `owner` is the name of its crew or the title of its series."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    name: str
    role: str
    rule: str
    at: dt.time | None
    timezone: str
    start_date: dt.date
    end_date: dt.date | None
    duration_min: int
    min_people: int
    max_people: int
    qualification: str
    opens_hours: int
    closes_hours: int
    cancel_hours: int
    is_active: bool
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    owner: str
    coordinates: bool

    @property
    def is_open(self) -> bool:
        """Return whether people who don't coordinate it see it, and can book."""
        return self.is_active and self.published_at is not None


@dataclass(frozen=True, slots=True)
class ScheduleRow(SeenSchedule):
    """A schedule with what decides who takes its shifts: `draft_days`, not long past, have a roster that is a draft."""

    is_qualified: bool
    draft_days: Collection[dt.date]


def state_of(rows: Iterable[ScheduleRow]) -> str:
    """Return what tells schedules and names of their owners as they are now from others, for keys of what is kept.

    It is short, however many there are.
    """
    state = b"".join(row.id.bytes + row.version.to_bytes(8) + row.owner.encode() for row in rows)
    return blake2b(state, digest_size=16).hexdigest()


def own_columns() -> list[Any]:
    """Return the columns of a `Schedule` that a `SeenSchedule` has, in its order."""
    return [getattr(Schedule, name) for name in SeenSchedule.__dataclass_fields__ if hasattr(Schedule, name)]


STATE = func.concat_ws(" ", Schedule.id, Schedule.version, Schedule.updated_at)
"""A text that tells a schedule as it is now from what it was; it begins with the id."""
Key = tuple[Any, ...]
"""The state of a schedule with what differs between persons, as the last fields of `SeenSchedule` or `ScheduleRow`."""


@built_once
def _columns_of(ids: list[uuid.UUID]) -> Any:
    return select(*own_columns()).where(is_one_of(Schedule.id, ids))


def _read_as(kind: Callable[..., S], keys: Sequence[Key]) -> dict[Key, S]:
    ids = {key: uuid.UUID(key[0].partition(" ")[0]) for key in keys}
    columns = {row[0]: row for row in _columns_of(list(ids.values()))}
    return {key: kind(*columns[row_id], *key[1:]) for key, row_id in ids.items() if row_id in columns}


_seen: KeptValues[Key, SeenSchedule] = KeptValues(partial(_read_as, SeenSchedule), MOST_KEPT)
_open: KeptValues[Key, ScheduleRow] = KeptValues(partial(_read_as, ScheduleRow), MOST_KEPT)


def seen_schedules(keys: Sequence[Key]) -> list[SeenSchedule | None]:
    """Return the schedules of keys, in the same places; None for one that was deleted since."""
    return _seen.of(keys)


def open_schedules(keys: Sequence[Key]) -> list[ScheduleRow | None]:
    """Return the same with what decides who takes their shifts."""
    return _open.of(keys)
