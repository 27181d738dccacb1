"""A series: who may see and change it, which runs it has, and which series have runs to be made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.runs.models.run import Run
from hampa.runs.models.series import Series

COMING = 6
"""How many of the next runs the page of one of them leads to."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A run of a series that has not begun."""

    id: uuid.UUID
    starts_at: datetime
    timezone: str


def series_for(person: Person | None, series_id: uuid.UUID) -> Series:
    """The series, with its organiser; like a run "by link" it is open to whoever knows its id. Raises NotFound."""
    series = db.session.scalar(
        select(Series).join(Series.organiser).options(contains_eager(Series.organiser)).where(Series.id == series_id)
    )
    if series is None:
        raise NotFound
    return series


def series_of(organiser: Person, series_id: uuid.UUID) -> Series:
    """The series, to be changed by this person. Raises NotFound, and Forbidden for others."""
    series = series_for(organiser, series_id)
    if series.organiser_id != organiser.id:
        raise Forbidden
    return series


def locked(series_id: uuid.UUID) -> Series:
    """The series as it is now, locked until the transaction ends. Raises NotFound."""
    series = db.session.scalar(
        select(Series).where(Series.id == series_id).with_for_update().execution_options(populate_existing=True)
    )
    if series is None:
        raise NotFound
    return series


def coming(series_id: uuid.UUID, size: int = COMING) -> list[Coming]:
    """The next runs of a series that have not begun and are not called off."""
    rows = db.session.execute(
        select(Run.id, Run.starts_at, Run.timezone)
        .where(Run.series_id == series_id, Run.cancelled_at.is_(None), Run.starts_at > clock.now())
        .order_by(Run.starts_at)
        .limit(size)
    )
    return [Coming(*row) for row in rows]


def with_runs_to_make(until: date) -> list[uuid.UUID]:
    """The series that have a run on or before this day which nobody has made yet."""
    return list(db.session.scalars(select(Series.id).where(Series.next_on <= until).order_by(Series.next_on)))
