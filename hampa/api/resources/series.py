"""Series: runs that recur by a rule."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.run_shapes import Day, ListedRunData, Nth, listed_run_as_data
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.series import queries
from hampa.series.actions import changes, memberships, series as actions
from hampa.series.forms import FREQUENCY_WORDS, MOST_TIMES, MOST_WEEKS, EndForm, RuleForm
from hampa.series.models import Series

resource = Resource("series", _l("Series of runs"))

Repeats = Annotated[str, OneOf(*(name for name in FREQUENCY_WORDS if name != "none"))]


class SeriesData(TypedDict):
    """A series; `rule` is an RRULE (RFC 5545) that counts from `first_local`, a time on the clock of `timezone`.

    `organiser_id` is null, and the name empty, where the organiser is hidden from you.
    """

    id: uuid.UUID
    title: str
    place: str
    organiser_id: uuid.UUID | None
    organiser_name: str
    rule: str
    first_local: str
    timezone: str
    skipped: list[date]
    ended_at: datetime | None
    members: int
    is_member: bool
    is_organiser: bool
    created_at: datetime
    updated_at: datetime
    version: int


class LeaveSeriesBody(Body):
    """Whether you also leave its runs that have not begun."""

    runs: bool = False


class DayBody(Body):
    """A day of a series."""

    day: date


class RuleBody(Body):
    """A new rule, from the day `starts_on` on."""

    starts_on: date
    repeats: Repeats
    every_weeks: int | None = Field(None, ge=2, le=MOST_WEEKS)
    days: list[Day] = Field([], max_length=7)
    nth: Nth = ""
    ends_on: date | None = None
    times: int | None = Field(None, ge=2, le=MOST_TIMES)
    reason: str = Field("", max_length=300)


class EndSeriesBody(Body):
    """What becomes of the runs that have not begun, and why."""

    runs: Annotated[str, OneOf("keep", "cancel")] = "keep"
    reason: str = Field("", max_length=300)


@resource.get("/series/<uuid:series_id>", public=True)
def read_series(series_id: uuid.UUID) -> SeriesData:
    """Return a series."""
    return _series(series_id)


@resource.get("/series/<uuid:series_id>/runs", public=True)
def list_runs_of_series(series_id: uuid.UUID, query: Paging) -> Page[ListedRunData]:
    """List the runs of a series that have not begun, soonest first."""
    series = queries.series_for(me(), series_id)
    return queries.runs_of_series(me(), series, query.after, query.limit).of_rows(listed_run_as_data)


@resource.post("/series/<uuid:series_id>/join", needs_name=True)
def join_series(series_id: uuid.UUID) -> SeriesData:
    """Join every run of a series, those to come too; they follow in a moment."""
    memberships.join_series(me(), series_id)
    return _series(series_id)


@resource.post("/series/<uuid:series_id>/leave")
def leave_series(series_id: uuid.UUID, body: LeaveSeriesBody) -> SeriesData:
    """Choose for each run from now on, and with `runs` leave those that have not begun."""
    memberships.leave_series(me(), series_id, leave=body.runs)
    return _series(series_id)


@resource.post("/series/<uuid:series_id>/skip")
def skip_day(series_id: uuid.UUID, body: DayBody) -> SeriesData:
    """Leave out a day of a series of yours that has no run yet."""
    actions.skip_day(me(), queries.organised_series(me(), series_id).id, body.day)
    return _series(series_id)


@resource.post("/series/<uuid:series_id>/take-back")
def restore_day(series_id: uuid.UUID, body: DayBody) -> SeriesData:
    """Take a day that is left out into a series of yours again."""
    actions.restore_day(me(), queries.organised_series(me(), series_id).id, body.day)
    return _series(series_id)


@resource.post("/series/<uuid:series_id>/rule")
def change_rule(series_id: uuid.UUID, body: RuleBody) -> Created[SeriesData]:
    """Change the rule of a series of yours from some day on: the series that goes on by it is returned."""
    series = queries.organised_series(me(), series_id)
    form = valid_form(RuleForm, body)
    changed = changes.change_rule(me(), series.id, form.starts_on.data, form.rule(), form.reason.data)
    db.session.flush()
    return Created(_series(changed.id), f"/series/{changed.id}")


@resource.post("/series/<uuid:series_id>/end")
def end_series(series_id: uuid.UUID, body: EndSeriesBody) -> SeriesData:
    """End a series of yours."""
    queries.organised_series(me(), series_id)
    form = valid_form(EndForm, body)
    changes.end_series(me(), series_id, form.reason.data, cancel=form.runs.data == "cancel")
    return _series(series_id)


def _series(series_id: uuid.UUID) -> SeriesData:
    db.session.flush()
    viewer = me()
    seen = queries.series_seen(viewer, series_id)
    series: Series = seen.series
    organiser_name = queries.organiser_name(viewer, series)
    return {
        "id": series.id,
        "title": series.plan["title"],
        "place": series.plan["place"],
        "organiser_id": series.organiser_id if organiser_name else None,
        "organiser_name": organiser_name,
        "rule": series.rule,
        "first_local": series.first_local.isoformat(timespec="minutes"),
        "timezone": series.timezone,
        "skipped": series.days_off,
        "ended_at": series.ended_at,
        "members": seen.members,
        "is_member": seen.joins,
        "is_organiser": viewer is not None and viewer.id == series.organiser_id,
        "created_at": series.created_at,
        "updated_at": series.updated_at,
        "version": series.version,
    }
