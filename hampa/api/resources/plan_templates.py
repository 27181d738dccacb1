"""Templates of plans, and giving them to athletes."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, stamps_as_data
from hampa.coaching.actions import givings, templates as actions
from hampa.coaching.forms.templates import SaveTemplateForm, TemplateForm
from hampa.coaching.models.sessions import LONGEST_TEXT, LONGEST_WHY, MOST_SECONDS, MOST_SESSIONS, MOST_WEEKS
from hampa.coaching.models.templates import (
    FIRST_BEFORE,
    LEAST_PERCENT,
    LONGEST_TEMPLATE_NAME,
    MOST_A_WEEK,
    MOST_GIVEN,
    MOST_PERCENT,
    OUTCOMES,
    PLANNED_COLUMNS,
    PlanTemplate,
    Scale,
)
from hampa.coaching.queries import templates as queries
from hampa.coaching.queries.sessions import sessions_of_plan
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.models.activities import KINDS, LEAST_EFFORT, MOST_EFFORT, MOST_METRES, RUN
from hampa.training.models.plans import LONGEST_NAME, MOST_MILESTONES

resource = Resource("plan-templates", _l("Plan templates"), scope="coaching")

Before = Annotated[int, Field(ge=0, le=FIRST_BEFORE)]
Kind = Annotated[str, OneOf(*KINDS)]


class TemplateSession(Body):
    """A session so many days before the race: a distance in metres, a duration in seconds, or both."""

    before: Before
    kind: Kind = RUN
    distance_m: Annotated[int, Field(ge=100, le=MOST_METRES)] | None = None
    duration_s: Annotated[int, Field(ge=60, le=MOST_SECONDS)] | None = None
    effort: Annotated[int, Field(ge=LEAST_EFFORT, le=MOST_EFFORT)] | None = None
    text: str = Field("", max_length=LONGEST_TEXT)


class TemplateMilestone(Body):
    """A milestone so many days before the race."""

    before: Before
    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class TemplateBody(Body):
    """What a template is called."""

    name: str = Field(min_length=1, max_length=LONGEST_TEMPLATE_NAME)


class ContentBody(Body):
    """All sessions and milestones of a template."""

    sessions: list[TemplateSession] = Field(max_length=MOST_SESSIONS)
    milestones: list[TemplateMilestone] = Field(default_factory=list, max_length=MOST_MILESTONES)


class ScaleBody(Body):
    """How a template is changed: percent of all but the race, the last weeks alone, and the largest sessions of a week."""

    percent: int = Field(100, ge=LEAST_PERCENT, le=MOST_PERCENT)
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] | None = None
    most_a_week: Annotated[int, Field(ge=1, le=MOST_A_WEEK)] | None = None


class GivingBody(ScaleBody):
    """Which athletes get a template: it leads to the race on `race_on`, or begins on `starts_on`."""

    athletes: list[Annotated[uuid.UUID, Field(strict=False)]] = Field(min_length=1, max_length=MOST_GIVEN)
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    race_on: dt.date | None = Field(None, strict=False)
    starts_on: dt.date | None = Field(None, strict=False)


class FillBody(ScaleBody):
    """From which template a plan is filled backwards, until which day, and why."""

    template: uuid.UUID = Field(strict=False)
    last_on: dt.date = Field(strict=False)
    why: str = Field("", max_length=LONGEST_WHY)


class TemplateRowData(Stamps):
    """A template of yours."""

    id: uuid.UUID
    name: str
    sessions: int
    milestones: int


class TemplateSessionData(TypedDict):
    """A session of a template."""

    before: int
    kind: Kind
    distance_m: int | None
    duration_s: int | None
    effort: int | None
    text: str


class TemplateMilestoneData(TypedDict):
    """A milestone of a template."""

    before: int
    name: str


class TemplateData(Stamps):
    """A template with its sessions and milestones, each so many days before the race."""

    id: uuid.UUID
    name: str
    weeks: int
    sessions: list[TemplateSessionData]
    milestones: list[TemplateMilestoneData]


class GivingResultData(TypedDict):
    """What became of giving a template to one athlete; `left_out` counts sessions whose days were over."""

    athlete_id: uuid.UUID
    name: str
    outcome: Annotated[str, OneOf(*OUTCOMES)]
    plan_id: uuid.UUID | None
    left_out: int


class GivingData(Stamps):
    """That a template was given to athletes; of many, some may wait until the worker has come to them."""

    id: uuid.UUID
    name: str
    template: str
    last_on: dt.date
    finished_at: datetime | None
    results: list[GivingResultData]
    gone: int


class FilledData(TypedDict):
    """How many sessions were left out, since their days are over."""

    left_out: int


@resource.get("/me/plan-templates")
def list_plan_templates(query: Paging) -> Page[TemplateRowData]:
    """List your templates, the latest first."""
    return queries.templates_of(me(), query.after, query.limit).of_rows(_row)


@resource.post("/plan-templates")
def create_plan_template(body: TemplateBody) -> Created[TemplateData]:
    """Make an empty template."""
    made = actions.create_template(me(), valid_form(TemplateForm, body).name.data)
    return Created(_template(made), f"/plan-templates/{made.id}")


@resource.get("/plan-templates/<uuid:template_id>")
def read_plan_template(template_id: uuid.UUID) -> TemplateData:
    """Return a template of yours."""
    return _template(queries.template_of(me(), template_id))


@resource.patch("/plan-templates/<uuid:template_id>", locks=PlanTemplate)
def rename_plan_template(template_id: uuid.UUID, body: TemplateBody) -> TemplateData:
    """Call a template otherwise."""
    queries.template_of(me(), template_id)
    return _template(actions.rename_template(me(), template_id, valid_form(TemplateForm, body).name.data))


@resource.delete("/plan-templates/<uuid:template_id>", locks=PlanTemplate)
def delete_plan_template(template_id: uuid.UUID) -> None:
    """Delete a template; plans that were made from it stay."""
    actions.delete_template(me(), template_id)


@resource.put("/plan-templates/<uuid:template_id>", locks=PlanTemplate)
def set_plan_template(template_id: uuid.UUID, body: ContentBody) -> TemplateData:
    """Replace all sessions and milestones of a template."""
    queries.template_of(me(), template_id)
    sessions = [
        {"before": one.before, **{name: getattr(one, name) for name in PLANNED_COLUMNS}} for one in body.sessions
    ]
    if any(not one["distance_m"] and not one["duration_s"] for one in sessions):
        raise Refused(_("Enter a distance or a duration."), "sessions")
    milestones = [{"before": one.before, "name": one.name} for one in body.milestones]
    return _template(actions.set_template(me(), template_id, sessions, milestones))


@resource.post("/plan-templates/<uuid:template_id>/givings", names_others=True)
def give_plan_template(template_id: uuid.UUID, body: GivingBody) -> Created[GivingData]:
    """Give a template to athletes of yours, as a plan of each; of more than five the worker does it."""
    queries.template_of(me(), template_id)
    day = body.race_on or body.starts_on
    if day is None or (body.race_on and body.starts_on):
        raise Refused(_("Enter the day of the race, or the first day."), "race_on")
    is_start = body.starts_on is not None
    made = givings.give(me(), template_id, body.athletes, body.name, day, _scale(body), is_start=is_start)
    return Created(_giving(made.id), f"/givings/{made.id}")


@resource.get("/givings/<uuid:giving_id>")
def read_giving(giving_id: uuid.UUID) -> GivingData:
    """Return what became of giving a template."""
    return _giving(giving_id)


@resource.put("/plans/<uuid:plan_id>/fill")
def fill_plan(plan_id: uuid.UUID, body: FillBody) -> FilledData:
    """Fill a plan backwards from a day with the sessions of a template of yours."""
    left_out = actions.fill_plan(me(), plan_id, body.template, body.last_on, _scale(body), body.why)
    return {"left_out": left_out}


@resource.post("/plans/<uuid:plan_id>/template")
def save_plan_as_template(plan_id: uuid.UUID, body: TemplateBody) -> Created[TemplateData]:
    """Save what is planned in a plan as a template of yours, without what was done or said."""
    sessions_of_plan(me(), plan_id, changes=True)
    made = actions.save_as_template(me(), plan_id, valid_form(SaveTemplateForm, body).name.data)
    return Created(_template(made), f"/plan-templates/{made.id}")


def _scale(body: ScaleBody) -> Scale:
    return Scale(body.percent, body.weeks, body.most_a_week)


def _row(row: queries.TemplateRow) -> TemplateRowData:
    return {
        "id": row.id,
        "name": row.name,
        "sessions": row.sessions,
        "milestones": row.milestones,
        **stamps_as_data(row),
    }


def _template(row: PlanTemplate) -> TemplateData:
    sessions: list[Any] = sorted(row.sessions, key=lambda one: (-one["before"], one["id"]))
    milestones: list[Any] = sorted(row.milestones, key=lambda one: (-one["before"], one["id"]))
    return {
        "id": row.id,
        "name": row.name,
        "weeks": row.weeks,
        "sessions": [
            {
                "before": one["before"],
                "kind": one["kind"],
                "distance_m": one["distance_m"],
                "duration_s": one["duration_s"],
                "effort": one["effort"],
                "text": one["text"],
            }
            for one in sessions
        ],
        "milestones": [{"before": one["before"], "name": one["name"]} for one in milestones],
        **stamps_as_data(row),
    }


def _giving(giving_id: uuid.UUID) -> GivingData:
    giving = queries.giving_of(me(), giving_id)
    row = giving.row
    return {
        "id": row.id,
        "name": row.name,
        "template": row.template,
        "last_on": row.last_on,
        "finished_at": row.finished_at,
        "results": [
            {
                "athlete_id": one.athlete_id,
                "name": one.name,
                "outcome": one.outcome,
                "plan_id": one.plan_id,
                "left_out": one.left_out,
            }
            for one in giving.results
        ],
        "gone": giving.gone,
        **stamps_as_data(row),
    }
