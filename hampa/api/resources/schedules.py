"""Schedules of duties, and who is qualified for them."""

import datetime as dt
import uuid
from typing import Annotated, Any

from pydantic import Field

from hampa.api.duty_shapes import (
    Hours,
    ListedScheduleData,
    Role,
    ScheduleData,
    kept_schedules_as_data,
    listed_schedule_as_data,
    schedule_as_data,
)
from hampa.api.shapes import Summary, summary_as_data
from hampa.duties.actions import schedules as actions
from hampa.duties.forms import LONGEST_RULE, ScheduleForm
from hampa.duties.models import (
    LEAST_WITHIN,
    LONGEST_MINUTES,
    LONGEST_NAME,
    LONGEST_QUALIFICATION,
    LONGEST_TEXT,
    MOST_PEOPLE,
    MOST_WITHIN,
    USUAL_MINUTES,
    USUAL_OPENS,
    USUAL_WARNING,
    USUAL_WITHIN,
    Schedule,
)
from hampa.duties.queries import schedules as queries
from hampa.duties.queries.offers import member_of, qualified_people
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging, Query
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("schedules", _l("Schedules of duties"), scope="duties")

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Rule = Annotated[str, Field(min_length=1, max_length=LONGEST_RULE)]
Time = Annotated[str, Field(max_length=5, description="HH:MM")]
Zone = Annotated[str, Field(max_length=60)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_MINUTES)]
Fewest = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
Most = Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
Within = Annotated[int, Field(ge=LEAST_WITHIN, le=MOST_WITHIN)]
Instructions = Annotated[str, Field(max_length=LONGEST_TEXT)]
Skill = Annotated[str, Field(max_length=LONGEST_QUALIFICATION)]


class SchedulesQuery(Query):
    """Whether only those that are active and in season today."""

    active_today: bool = False


class ScheduleBody(Body):
    """A schedule of a crew or a series; `rule` is an RRULE, which needs `at`, or a cron expression of five fields."""

    crew_id: uuid.UUID | None = None
    series_id: uuid.UUID | None = None
    name: Name
    role: Role = "marshal"
    rule: Rule
    at: Time = ""
    timezone: Zone
    start_date: dt.date
    end_date: dt.date | None = None
    duration_min: Minutes = USUAL_MINUTES
    min_people: Fewest = 1
    max_people: Most = 1
    instructions: Instructions = ""
    qualification: Skill = ""
    opens_hours: Hours = USUAL_OPENS
    closes_hours: Hours = 0
    cancel_hours: Hours = 0
    warn_hours: Hours = USUAL_WARNING
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    within_m: Within = USUAL_WITHIN


class ScheduleChange(Body):
    """What changes of a schedule; nobody can take shifts of one that is not active."""

    name: Name | None = None
    role: Role | None = None
    rule: Rule | None = None
    at: Time | None = None
    timezone: Zone | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    duration_min: Minutes | None = None
    min_people: Fewest | None = None
    max_people: Most | None = None
    instructions: Instructions | None = None
    qualification: Skill | None = None
    opens_hours: Hours | None = None
    closes_hours: Hours | None = None
    cancel_hours: Hours | None = None
    warn_hours: Hours | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    within_m: Within | None = None
    is_active: bool = True


@resource.get("/schedules")
def list_schedules(query: SchedulesQuery) -> list[ListedScheduleData]:
    """List the schedules of your crews and series: two hundred at most."""
    if query.active_today:
        return [listed_schedule_as_data(row) for row in queries.all_schedules(me(), today_only=True)]
    return kept_schedules_as_data(queries.keys_of_schedules(me()))


@resource.post("/schedules")
def create_schedule(body: ScheduleBody) -> Created[ScheduleData]:
    """Create a schedule of a crew or a series whose duties you coordinate, as a draft."""
    owner = queries.owner_coordinated(me(), crew_id=body.crew_id, series_id=body.series_id)
    values = body.model_dump(exclude={"crew_id", "series_id"})
    form = _form({name: value for name, value in values.items() if value not in (None, "")})
    made = actions.create_schedule(me(), owner, form.values())
    return Created(read_schedule(made.id), f"/schedules/{made.id}")


@resource.get("/schedules/<uuid:schedule_id>")
def read_schedule(schedule_id: uuid.UUID) -> ScheduleData:
    """Return a schedule of a crew or a series of yours."""
    db.session.flush()
    return schedule_as_data(queries.schedule_row(me(), schedule_id), queries.schedule_seen(me(), schedule_id))


@resource.patch("/schedules/<uuid:schedule_id>", locks=Schedule)
def change_schedule(schedule_id: uuid.UUID, body: ScheduleChange) -> ScheduleData:
    """Change a schedule that you coordinate; who had a shift that is gone is told."""
    schedule = queries.coordinated_schedule(me(), schedule_id, lock="update")
    changed = body.model_dump(exclude_unset=True)
    if "is_active" in changed:
        actions.activate(me(), schedule_id, active=changed.pop("is_active"))
    if changed:
        shown = {name: getattr(schedule, name) for name in ScheduleChange.model_fields if name != "is_active"}
        actions.change_schedule(me(), schedule_id, _form(shown | changed).values())
    return read_schedule(schedule_id)


@resource.delete("/schedules/<uuid:schedule_id>", locks=Schedule)
def delete_schedule(schedule_id: uuid.UUID) -> None:
    """Delete a schedule that nobody has had a duty of; others can be made inactive."""
    actions.delete_schedule(me(), schedule_id)


@resource.post("/schedules/<uuid:schedule_id>/publication")
def publish_schedule(schedule_id: uuid.UUID) -> ScheduleData:
    """Publish a draft: everybody who belongs there can take the shifts."""
    actions.publish(me(), schedule_id)
    return read_schedule(schedule_id)


@resource.get("/schedules/<uuid:schedule_id>/qualified")
def list_qualified(schedule_id: uuid.UUID, query: Paging) -> Page[Summary]:
    """List who has the qualification that a schedule needs, by name, as a coordinator."""
    schedule = queries.coordinated_schedule(me(), schedule_id)
    return qualified_people(me(), schedule, query.after, query.limit).of_rows(summary_as_data)


@resource.put("/schedules/<uuid:schedule_id>/qualified/<uuid:person_id>")
def qualify(schedule_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Say that somebody of the crew or the series has the qualification that a schedule needs."""
    schedule = queries.coordinated_schedule(me(), schedule_id)
    actions.qualify(me(), schedule_id, [member_of(me(), schedule, person_id).id], among=[])


@resource.delete("/schedules/<uuid:schedule_id>/qualified/<uuid:person_id>")
def disqualify(schedule_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Say that somebody does not have the qualification that a schedule needs, or no longer."""
    actions.qualify(me(), schedule_id, [], among=[person_id])


def _form(values: dict[str, Any]) -> ScheduleForm:
    return valid_form(ScheduleForm, values | {"repeats": "rule"})
