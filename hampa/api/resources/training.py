"""Training: activities, the timer, and sums."""

import datetime as dt
import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.api.training_shapes import Kind, OverviewData, overview_as_data
from hampa.platform import clock
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Moment, OneOf, Paging
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.actions import activities as actions, timers as timer_actions
from hampa.training.forms.activities import ActivityForm
from hampa.training.models.activities import (
    CIRCLES,
    FEELINGS,
    LEAST_EFFORT,
    LONGEST,
    LONGEST_NOTE,
    MOST_CLIMB,
    MOST_EFFORT,
    MOST_METRES,
    RUN,
    VISIBILITIES,
    Activity,
)
from hampa.training.models.gear import USUAL
from hampa.training.models.timers import Timer
from hampa.training.queries import activities as queries, overview as overviews
from hampa.training.queries.activities import ActivityRow, Filters
from hampa.training.queries.timers import timer_of
from hampa.training.queries.visibility import SeenActivity, activity_for, choices_of

resource = Resource("training", _l("Training"))

Feeling = Annotated[str, OneOf("", *FEELINGS)]
Visibility = Annotated[str, OneOf(*VISIBILITIES)]
Seconds = Annotated[int, Field(ge=1, le=int(LONGEST.total_seconds()))]
Metres = Annotated[int, Field(ge=10, le=MOST_METRES)]
Kilometres = Annotated[float, Field(ge=0.01, le=MOST_METRES / 1_000)]
Climb = Annotated[int, Field(ge=0, le=MOST_CLIMB)]
Effort = Annotated[int, Field(ge=LEAST_EFFORT, le=MOST_EFFORT)]


class ActivitiesQuery(Paging):
    """Which activities; `from` and `to` are days on the clock where they were, both included."""

    kind: Kind | None = None
    plan_id: uuid.UUID | None = None
    since: dt.date | None = Field(None, alias="from")
    until: dt.date | None = Field(None, alias="to")


class ActivityChange(Body):
    """What changes of an activity."""

    kind: Kind | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    duration_s: Seconds | None = None
    distance_km: Kilometres | None = None
    distance_m: Metres | None = None
    climb_m: Climb | None = None
    effort: Effort | None = None
    feeling: Feeling = ""
    note: str = Field("", max_length=LONGEST_NOTE)
    run_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    visibility: Visibility | None = None
    map_visibility: Visibility | None = None
    heart_visibility: Visibility | None = None
    gear_id: uuid.UUID | None = None


class ActivityBody(ActivityChange):
    """What you did; `duration_s` is the time without breaks, by default all from the beginning to the end.

    The distance is in kilometres or in metres, not in both.

    Who sees the activity, its line on the map and your pulse is by default what you chose for all (`/me/training/visibility`).
    Without `gear_id` the gear is what you use for this kind of activity; null is none.
    """

    kind: Kind = RUN
    started_at: Moment
    ended_at: Moment


class TimerBody(Body):
    """What the timer is started for."""

    kind: Kind = RUN


class StopBody(Body):
    """How long after its start it was over, for who forgot to stop the timer; null for now."""

    after_s: Seconds | None = None


class ActivityData(TypedDict):
    """An activity as its person sees it."""

    id: uuid.UUID
    kind: Kind
    started_at: datetime
    ended_at: datetime
    timezone: str
    duration_s: int
    distance_km: float | None
    distance_m: int | None
    climb_m: int | None
    effort: int | None
    feeling: Feeling
    note: str
    visibility: Visibility
    map_visibility: Visibility
    heart_visibility: Visibility
    run_id: uuid.UUID | None
    plan_id: uuid.UUID | None
    gear_id: uuid.UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


class SeenActivityData(ActivityData):
    """An activity with whose it is, and whether you see its line and its pulse.

    Where others may see the line, they are told distance, duration and climb of its visible part alone, and no other
    times than its beginning.
    """

    person: Summary
    sees_map: bool
    sees_heart: bool


class TimerData(TypedDict):
    """Your timer; `seconds` is what it shows now, and it stands still since `paused_at`, if that is set."""

    kind: Kind
    started_at: datetime
    paused_at: datetime | None
    seconds: int


class RunningTimerData(TypedDict):
    """Your timer, null if none runs."""

    timer: TimerData | None


@resource.get("/me/activities")
def list_own_activities(query: ActivitiesQuery) -> Page[ActivityData]:
    """List your activities, the latest first."""
    filters = Filters(kind=query.kind or "", since=query.since, until=query.until, plan_id=query.plan_id)
    return queries.activities_of(me(), filters, query.after, query.limit).of_rows(as_data)


@resource.post("/activities")
def create_activity(body: ActivityBody) -> Created[ActivityData]:
    """Write down what you did: 48 hours at most, and not in the future."""
    body = _in_metres(body)
    form = _form(body.model_dump(exclude_unset=True), None)
    made = actions.create_activity(me(), _values(form, body, None))
    return Created(as_data(made), f"/activities/{made.id}")


@resource.get("/activities/<uuid:activity_id>")
def read_activity(activity_id: uuid.UUID) -> SeenActivityData:
    """Return an activity of yours, or one that its person lets you see."""
    found = activity_for(me(), activity_id)
    return {
        **as_data(found),
        "person": summary_as_data(found.person),
        "sees_map": found.sees_map,
        "sees_heart": found.sees_heart,
    }


@resource.patch("/activities/<uuid:activity_id>", locks=Activity)
def change_activity(activity_id: uuid.UUID, body: ActivityChange) -> ActivityData:
    """Change an activity of yours; `ended_at` alone cuts its end off or adds to it."""
    changed, body = queries.own_activity(me(), activity_id), _in_metres(body)
    form = _form(body.model_dump(exclude_unset=True), changed)
    return as_data(actions.change_activity(me(), activity_id, _values(form, body, changed)))


@resource.delete("/activities/<uuid:activity_id>", locks=Activity)
def delete_activity(activity_id: uuid.UUID) -> None:
    """Delete an activity of yours."""
    actions.delete_activity(me(), activity_id)


@resource.get("/me/training")
def read_overview() -> OverviewData:
    """Return how your training goes on: weeks and months are those of your calendar."""
    return overview_as_data(overviews.overview_of(me()))


@resource.get("/me/timer")
def read_timer() -> RunningTimerData:
    """Return your timer."""
    timer = timer_of(me())
    return {"timer": _timer(timer) if timer is not None else None}


@resource.post("/me/timer")
def start_timer(body: TimerBody) -> Created[TimerData]:
    """Start your timer. While one runs this answers 409."""
    return Created(_timer(timer_actions.start_timer(me(), body.kind)), "/me/timer")


@resource.delete("/me/timer")
def drop_timer() -> None:
    """End your timer without writing anything down."""
    timer_actions.drop_timer(me())


@resource.post("/me/timer/pause")
def pause_timer() -> TimerData:
    """Let your timer stand still. Without one this answers 404."""
    return _timer(timer_actions.pause_timer(me()))


@resource.post("/me/timer/resume")
def resume_timer() -> TimerData:
    """Let your timer go on. Without one this answers 404."""
    return _timer(timer_actions.resume_timer(me()))


@resource.post("/me/timer/stop")
def stop_timer(body: StopBody) -> Created[ActivityData]:
    """Stop your timer: what it measured is an activity of yours. Without one this answers 404."""
    after = timedelta(seconds=body.after_s) if body.after_s is not None else None
    made = timer_actions.stop_timer(me(), after=after)
    return Created(as_data(made), f"/activities/{made.id}")


def _form(given: dict[str, Any], changed: Activity | None) -> ActivityForm:
    """Return the form with what a body says in its words, which cleans and checks it; its times come separately."""
    if changed is None:
        given = choices_of(me().id) | {
            name: one for name, one in given.items() if name not in CIRCLES or one is not None
        }
    for name in ("kind", "started_at", "ended_at", *CIRCLES):
        if name in given and given[name] is None:
            raise Invalid([(name, _("This is missing."))])
    values: dict[str, Any] = {
        name: given[name] for name in ("kind", "climb_m", "effort", "feeling", "note", *CIRCLES) if name in given
    }
    if "distance_m" in given:
        values["distance_km"] = None if given["distance_m"] is None else given["distance_m"] / 1_000
    values |= {name: given[name] for name in ("run_id", "plan_id", "gear_id") if name in given}
    zone = changed.timezone if changed is not None else me().timezone
    start = dates.to_local(
        given.get("started_at") or (changed.started_at if changed is not None else clock.now()), zone
    )
    values |= {"day": start.date().isoformat(), "at": f"{start.hour:02}:{start.minute:02}", "duration": "1"}

    def made(**more: Any) -> ActivityForm:
        form = ActivityForm(**more) if changed is None else ActivityForm.of(changed, **more)
        form.zone = zone
        for name in ("run_id", "plan_id", "gear_id"):
            kept = getattr(changed, name) if changed is not None else None
            offered = {str(one): "" for one in (given.get(name), kept) if one}
            form[name].set_choices([("", ""), (USUAL, ""), *offered.items()])
        return form

    return valid_form(made, values)


Given = TypeVar("Given", ActivityBody, ActivityChange)


def _in_metres(body: Given) -> Given:
    """Return what was sent with its distance in metres. Raise Invalid for one in metres and in kilometres."""
    if "distance_km" not in body.model_fields_set:
        return body
    if "distance_m" in body.model_fields_set:
        raise Invalid([("distance_km", _("Enter the distance in kilometres or in metres."))])
    metres = None if body.distance_km is None else round(body.distance_km * 1_000)
    changed = body.model_copy(update={"distance_m": metres})
    changed.model_fields_set.discard("distance_km")
    return changed


def _values(form: ActivityForm, body: ActivityBody | ActivityChange, changed: Activity | None) -> dict[str, Any]:
    """Return the columns of an activity: those of the form, with the times to the second."""
    values = form.values()
    started_at = body.started_at or (changed.started_at if changed is not None else clock.now())
    ended_at = body.ended_at or (changed.ended_at if changed is not None else clock.now())
    whole = max(1, round((ended_at - started_at).total_seconds()))
    breaks = changed.breaks_s if changed is not None else 0
    times = {"started_at": started_at.astimezone(dt.UTC), "ended_at": ended_at.astimezone(dt.UTC)}
    values |= {**times, "duration_s": body.duration_s or max(1, whole - breaks)}
    if "distance_m" in body.model_fields_set or changed is None:
        values["distance_m"] = body.distance_m
    else:
        values["distance_m"] = changed.distance_m
    return values


def as_data(row: Activity | ActivityRow | SeenActivity) -> ActivityData:
    """Return an activity as programs get it."""
    columns = {name: getattr(row, name) for name in ActivityData.__annotations__ if name != "distance_km"}
    kilometres = None if row.distance_m is None else row.distance_m / 1_000
    return {**columns, "distance_km": kilometres}  # type: ignore[typeddict-item]


def _timer(timer: Timer) -> TimerData:
    return {
        "kind": timer.kind,
        "started_at": timer.started_at,
        "paused_at": timer.paused_at,
        "seconds": timer.seconds_at(clock.now()),
    }
