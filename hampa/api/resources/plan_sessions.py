"""Sessions of plans: what is planned, what became of it, and how it was."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.coaching_shapes import EventData, event_as_data
from hampa.api.shapes import Stamps, stamps_as_data
from hampa.coaching.actions import matching, sessions as actions
from hampa.coaching.forms.sessions import (
    AGAIN,
    AWAY,
    ILL,
    SHORTEN,
    SKIP,
    STEPS,
    AnswerForm,
    MoveForm,
    RaceForm,
    SessionForm,
)
from hampa.coaching.models.sessions import LONGEST_LINE, LONGEST_TEXT, LONGEST_WHY, MOST_SECONDS, STATES, PlanSession
from hampa.coaching.queries import sessions as queries
from hampa.coaching.queries.events import changes_of
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging, Query
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.models.activities import FEELINGS, KINDS, LEAST_EFFORT, MOST_EFFORT, MOST_METRES, RUN

resource = Resource("plan-sessions", _l("Sessions of plans"), scope="training")

SessionKind = Annotated[str, OneOf(*KINDS)]
SessionState = Annotated[str, OneOf(*STATES)]
Light = Annotated[str, OneOf("green", "amber", "red", "excused", "open", "unmeasured")]
Effort = Annotated[int, Field(ge=LEAST_EFFORT, le=MOST_EFFORT)]
Metres = Annotated[int, Field(ge=100, le=MOST_METRES)]
Seconds = Annotated[int, Field(ge=60, le=MOST_SECONDS)]
Why = Annotated[str, Field(max_length=LONGEST_WHY)]


class SessionsQuery(Query):
    """Which days, both included."""

    first: dt.date | None = None
    last: dt.date | None = None


class OwnSessionsQuery(Query):
    """Which days, both included."""

    first: dt.date
    last: dt.date


class SessionBody(Body):
    """What is planned for a day: a distance in metres, a duration in seconds, or both."""

    day: dt.date = Field(strict=False)
    kind: SessionKind = RUN
    distance_m: Metres | None = None
    duration_s: Seconds | None = None
    effort: Effort | None = None
    text: str = Field("", max_length=LONGEST_TEXT)


class SessionChange(Body):
    """What changes of a session, and why."""

    day: dt.date | None = Field(None, strict=False)
    kind: SessionKind = RUN
    distance_m: Metres | None = None
    duration_s: Seconds | None = None
    effort: Effort | None = None
    text: str = Field("", max_length=LONGEST_TEXT)
    why: Why = ""


class MoveBody(Body):
    """To which day a session moves, and why."""

    day: dt.date = Field(strict=False)
    why: Why = ""


class StepBody(Body):
    """What becomes of a session that is not done, and why."""

    step: Annotated[str, OneOf(SKIP, SHORTEN, ILL, AWAY, AGAIN)]
    why: Why = ""


class AnswerBody(Body):
    """How a session was; metres and seconds count where no activity says what was done."""

    felt_effort: Effort | None = None
    feeling: Annotated[str, OneOf("", *FEELINGS)] = ""
    line: str = Field("", max_length=LONGEST_LINE)
    distance_m: Annotated[int, Field(ge=10, le=MOST_METRES)] | None = None
    duration_s: Annotated[int, Field(ge=1, le=MOST_SECONDS)] | None = None


class MatchBody(Body):
    """Which activity was done for a session, null for none."""

    activity_id: uuid.UUID | None = Field(strict=False)


class RaceBody(Body):
    """The day of the race, and why it moves."""

    race_on: dt.date = Field(strict=False)
    why: Why = ""


class PlanSessionData(Stamps):
    """A session; what was done, `percent` of what was planned, and how it was are there for whom the athlete lets."""

    id: uuid.UUID
    plan_id: uuid.UUID
    day: dt.date
    kind: SessionKind
    distance_m: int | None
    duration_s: int | None
    effort: int | None
    text: str
    state: SessionState
    excuse: str
    activity_id: uuid.UUID | None
    done: bool
    done_distance_m: int | None
    done_duration_s: int | None
    percent: int | None
    light: Light
    standing: str
    felt_effort: int | None
    feeling: str
    line: str
    answered_at: datetime | None


class RaceData(TypedDict):
    """The race to which a plan leads."""

    race_on: dt.date | None


@resource.get("/plans/<uuid:plan_id>/sessions")
def list_plan_sessions(plan_id: uuid.UUID, query: SessionsQuery) -> list[PlanSessionData]:
    """List the sessions of a plan by their days: 700 at most."""
    seen = queries.sessions_of_plan(me(), plan_id)
    rows = queries.sessions_between(seen, query.first or dt.date.min, query.last or dt.date.max)
    return [session_as_data(row) for row in rows]


@resource.get("/me/plan-sessions")
def list_own_plan_sessions(query: OwnSessionsQuery) -> list[PlanSessionData]:
    """List the sessions of your own open plans from one day to another: a hundred at most."""
    return [session_as_data(row) for row in queries.own_days(me(), query.first, query.last)]


@resource.post("/plans/<uuid:plan_id>/sessions")
def add_plan_session(plan_id: uuid.UUID, body: SessionBody) -> Created[PlanSessionData]:
    """Add a session to a plan."""
    queries.sessions_of_plan(me(), plan_id, changes=True)
    form = valid_form(SessionForm, _fields(body))
    made = actions.add_session(me(), plan_id, form.values())
    return Created(_one(plan_id, made.id), f"/plans/{plan_id}/sessions/{made.id}")


@resource.get("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>")
def read_plan_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> PlanSessionData:
    """Return a session of a plan."""
    return _one(plan_id, training_session_id)


@resource.patch("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>", locks=PlanSession)
def change_plan_session(plan_id: uuid.UUID, training_session_id: uuid.UUID, body: SessionChange) -> PlanSessionData:
    """Change what is planned."""
    seen = queries.sessions_of_plan(me(), plan_id, changes=True)
    planned = queries.session_of(seen, training_session_id)
    form = valid_form(lambda **more: SessionForm.of(planned, **more), _fields(body))
    actions.change_session(me(), plan_id, training_session_id, form.values(), form.why.data or "")
    return _one(plan_id, training_session_id)


@resource.delete("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>", locks=PlanSession)
def delete_plan_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> None:
    """Delete a session."""
    actions.delete_session(me(), plan_id, training_session_id)


@resource.put("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/day")
def move_session(plan_id: uuid.UUID, training_session_id: uuid.UUID, body: MoveBody) -> PlanSessionData:
    """Put a session that is not done on another day."""
    queries.session_of(queries.sessions_of_plan(me(), plan_id, changes=True), training_session_id)
    form = valid_form(MoveForm, body)
    actions.move_session(me(), plan_id, training_session_id, form.day.data, form.why.data or "")
    return _one(plan_id, training_session_id)


@resource.put("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/step")
def step_session(plan_id: uuid.UUID, training_session_id: uuid.UUID, body: StepBody) -> PlanSessionData:
    """Skip, shorten or excuse a session, or plan it again."""
    if body.step == SHORTEN:
        actions.shorten_session(me(), plan_id, training_session_id, body.why)
    else:
        actions.set_state(me(), plan_id, training_session_id, *STEPS[body.step], why=body.why)
    return _one(plan_id, training_session_id)


@resource.put("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/answer")
def answer_session(plan_id: uuid.UUID, training_session_id: uuid.UUID, body: AnswerBody) -> PlanSessionData:
    """Say how a session of yours was."""
    queries.session_of(queries.sessions_of_plan(me(), plan_id, answers=True), training_session_id)
    form = valid_form(AnswerForm, _fields(body))
    actions.answer_session(me(), plan_id, training_session_id, form.values())
    return _one(plan_id, training_session_id)


@resource.put("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/activity")
def choose_session_activity(plan_id: uuid.UUID, training_session_id: uuid.UUID, body: MatchBody) -> PlanSessionData:
    """Say which of your activities was done for a session, or with null that none was."""
    matching.choose_activity(me(), plan_id, training_session_id, body.activity_id)
    return _one(plan_id, training_session_id)


@resource.put("/plans/<uuid:plan_id>/race")
def set_race(plan_id: uuid.UUID, body: RaceBody) -> RaceData:
    """Move a plan with its race: what is still to come keeps its distance to it."""
    queries.sessions_of_plan(me(), plan_id, changes=True)
    form = valid_form(RaceForm, body)
    coached = actions.set_race(me(), plan_id, form.race_on.data, form.why.data or "")
    return {"race_on": coached.race_on}


@resource.get("/plans/<uuid:plan_id>/changes")
def list_plan_changes(plan_id: uuid.UUID, query: Paging) -> Page[EventData]:
    """List the changes of a plan with who and why, the latest first."""
    seen = queries.sessions_of_plan(me(), plan_id)
    return changes_of(me(), seen, query.after, query.limit).of_rows(event_as_data)


def _fields(body: Body) -> dict[str, object]:
    """Return what a body says by the names and units of the form's fields."""
    given = body.model_dump(exclude_unset=True)
    if "distance_m" in given:
        metres = given.pop("distance_m")
        given["distance_km"] = metres / 1_000 if metres else None
    if "duration_s" in given:
        given["duration"] = given.pop("duration_s")
    for name in ("effort", "felt_effort"):
        if given.get(name) is not None:
            given[name] = str(given[name])
    return given


def _one(plan_id: uuid.UUID, session_id: uuid.UUID) -> PlanSessionData:
    return session_as_data(queries.row_of(queries.sessions_of_plan(me(), plan_id), session_id))


def session_as_data(row: queries.SessionRow) -> PlanSessionData:
    """Return a session as data."""
    return {
        "id": row.id,
        "plan_id": row.plan_id,
        "day": row.day,
        "kind": row.kind,
        "distance_m": row.distance_m,
        "duration_s": row.duration_s,
        "effort": row.effort,
        "text": row.text,
        "state": row.state,
        "excuse": row.excuse,
        "activity_id": row.activity_id,
        "done": row.is_done,
        "done_distance_m": row.distance if row.is_done else None,
        "done_duration_s": row.duration if row.is_done else None,
        "percent": row.percent,
        "light": row.light,
        "standing": row.standing,
        "felt_effort": row.felt_effort,
        "feeling": row.feeling,
        "line": row.line,
        "answered_at": row.answered_at,
        **stamps_as_data(row),
    }
