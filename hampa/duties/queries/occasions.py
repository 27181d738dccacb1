"""Occasions: a day of duties of a crew or of a series, which begins and ends where its people are."""

import datetime as dt
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.schedules import has_right_to_coordinate
from hampa.platform.db import constants
from hampa.series.models import Series

CLOSE_OUT = "duty_closeout"
"""The kind of answers that close-outs wait with, for the hat."""


def day_bounds(day: dt.date, zone: str) -> tuple[datetime, datetime]:
    """Return when a day begins in a zone, and when the next one does, in UTC."""
    tz = ZoneInfo(zone)
    first, last = (dt.datetime.combine(one, dt.time.min, tz) for one in (day, day + timedelta(days=1)))
    return first.astimezone(dt.UTC), last.astimezone(dt.UTC)


def owner_name() -> ColumnElement[str]:
    """Return the name of the `Crew` or the title of the `Series` of a row, of which one is there."""
    return func.coalesce(Crew.name, Series.plan["title"].astext, "")


def is_of_owner(crew_id: uuid.UUID | None, series_id: uuid.UUID | None) -> ColumnElement[bool]:
    """Return the condition that a `Schedule` is of a crew, or else of a series."""
    return Schedule.crew_id == crew_id if crew_id is not None else Schedule.series_id == series_id


def is_of_same_owner(row: Any) -> ColumnElement[bool]:
    """Return the condition that a `Schedule` has the crew or the series of a row of another table."""
    return (Schedule.crew_id == row.crew_id) | (Schedule.series_id == row.series_id)


def coordinates_owner(person_id: Any, row: Any) -> ColumnElement[bool]:
    """Return the condition that a person coordinates the duties of the crew or the series that a row has."""
    by_crew = exists().where(
        *(CrewMembership.crew_id == row.crew_id, CrewMembership.person_id == person_id),
        *(CrewMembership.status.in_(constants(ACTIVE)), has_right_to_coordinate()),
        *(Crew.id == CrewMembership.crew_id, Crew.closed_at.is_(None)),
    )
    by_series = exists().where(Series.id == row.series_id, Series.organiser_id == person_id)
    return by_crew.correlate_except(CrewMembership, Crew) | by_series.correlate_except(Series)


def is_given() -> ColumnElement[bool]:
    """Return the condition that a `Booking` is a place that its person knows of: not cancelled, and in no draft."""
    return Booking.cancelled_at.is_(None) & ~Booking.is_draft


def is_in_day(since: Any, until: Any) -> ColumnElement[bool]:
    """Return the condition that a `Booking` that is given begins between two moments."""
    return is_given() & (Booking.begins_at >= since) & (Booking.begins_at < until)
