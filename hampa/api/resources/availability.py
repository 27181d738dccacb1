"""When you have time to train, and the week of your athletes."""

import datetime as dt
import uuid
from datetime import timedelta
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.resources.plan_sessions import PlanSessionData, session_as_data
from hampa.coaching.actions import availability as actions
from hampa.coaching.models.availability import LONGEST_AVAILABILITY_NOTE, AvailabilityException
from hampa.coaching.queries import availability as queries
from hampa.platform.api.answers import Created
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("availability", _l("How much time I have"), scope="coaching")

LATEST = dt.date(9999, 12, 1)
"""The last day from which on a week can be asked for: a week further there are no dates."""
Minutes = Annotated[int, Field(ge=0, le=1_440)]


class AvailabilityBody(Body):
    """The minutes that you usually have from Monday to Sunday, null for any time."""

    days: list[Minutes | None] = Field(min_length=7, max_length=7)


class ExceptionBody(Body):
    """Days, both included, on which you have other time than usual; `minutes` is null for any time."""

    first: dt.date = Field(strict=False)
    last: dt.date = Field(strict=False)
    minutes: Minutes | None
    note: str = Field("", max_length=LONGEST_AVAILABILITY_NOTE)


class WeekQuery(Paging):
    """Seven days from which day on; by default from today."""

    first: dt.date | None = Field(None, le=LATEST)


class ExceptionData(TypedDict):
    """Days on which you have other time than usual."""

    exception_id: uuid.UUID
    first: dt.date
    last: dt.date
    minutes: int | None
    note: str


class AvailabilityData(TypedDict):
    """When you have time: from Monday to Sunday, and exceptions that are not over."""

    days: list[int | None]
    exceptions: list[ExceptionData]


class DayData(TypedDict):
    """A day of an athlete: `has_said` is whether they let you see their time; `minutes` is null for any."""

    day: dt.date
    has_said: bool
    minutes: int | None
    note: str
    sessions: list[PlanSessionData]


class AthleteWeekData(TypedDict):
    """A week of an athlete of yours."""

    athlete_id: uuid.UUID
    name: str
    days: list[DayData]


@resource.get("/me/availability")
def read_availability() -> AvailabilityData:
    """Return when you have time."""
    return {"days": queries.own_days(me()), "exceptions": [_exception(one) for one in queries.own_exceptions(me())]}


@resource.put("/me/availability")
def set_availability(body: AvailabilityBody) -> AvailabilityData:
    """Say when you have time; coaches see it whom you let."""
    actions.set_availability(me(), body.days)
    return read_availability()


@resource.post("/me/availability/exceptions")
def add_availability_exception(body: ExceptionBody) -> Created[ExceptionData]:
    """Say that you have other time than usual on some days."""
    made = actions.add_exception(me(), body.first, body.last, body.minutes, body.note)
    return Created(_exception(made), f"/me/availability/exceptions/{made.id}")


@resource.delete("/me/availability/exceptions/<uuid:exception_id>")
def delete_availability_exception(exception_id: uuid.UUID) -> None:
    """Delete an exception."""
    actions.delete_exception(me(), exception_id)


@resource.get("/me/athletes/week")
def list_athletes_week(query: WeekQuery) -> Page[AthleteWeekData]:
    """List your athletes by name with their sessions, and their time where they let you see it."""
    first = query.first or dates.today()
    page = queries.week_of_athletes(me(), first, query.after, query.limit)
    return page.of_rows(lambda row: _week(row, first))


def _exception(row: AvailabilityException) -> ExceptionData:
    return {"exception_id": row.id, "first": row.first, "last": row.last, "minutes": row.minutes, "note": row.note}


def _week(row: queries.AthleteWeek, first: dt.date) -> AthleteWeekData:
    days = [first + timedelta(days=number) for number in range(queries.DAYS)]
    return {"athlete_id": row.id, "name": row.name, "days": [_day(row, day) for day in days]}


def _day(row: queries.AthleteWeek, day: dt.date) -> DayData:
    time = row.times.get(day)
    return {
        "day": day,
        "has_said": time is not None,
        "minutes": time.minutes if time is not None else None,
        "note": time.note if time is not None else "",
        "sessions": [session_as_data(one) for one in row.sessions.get(day, ())],
    }
