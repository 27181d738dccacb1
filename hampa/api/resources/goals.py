"""Goals of training."""

import datetime as dt
import uuid
from typing import Annotated, Any

from pydantic import Field

from hampa.api.shapes import Stamps, stamps_as_data
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.training.actions import goals as actions
from hampa.training.forms.goals import UNITS, GoalForm
from hampa.training.models.activities import KINDS
from hampa.training.models.goals import METRICS, MOST_TARGET, PERIODS, WEEK, Goal
from hampa.training.queries.goals import GoalProgress, goals_of, own_goal
from hampa.training.queries.plans import plans_to_log_on

resource = Resource("goals", _l("Goals"), scope="training")

Metric = Annotated[str, OneOf(*METRICS)]
Period = Annotated[str, OneOf(*PERIODS)]
Target = Annotated[int, Field(ge=1, le=MOST_TARGET)]
State = Annotated[str, OneOf("reached", "missed", "behind", "ahead", "on_course", "left")]


class GoalBody(Body):
    """A goal; `target` is in metres for distance and climb, in seconds for time, else a number of activities."""

    metric: Metric
    target: Target
    period: Period = WEEK
    ends_on: dt.date | None = Field(None, strict=False)
    kind: Annotated[str, OneOf("", *KINDS)] = ""
    plan_id: uuid.UUID | None = None


class GoalChange(Body):
    """What changes of a goal."""

    target: Target
    ends_on: dt.date | None = Field(None, strict=False)


class GoalData(Stamps):
    """A goal, `amount` of which is done in the days from `first` to `last`; `words` say how far it is."""

    id: uuid.UUID
    metric: Metric
    target: int
    period: Period
    kind: str
    plan_id: uuid.UUID | None
    ends_on: dt.date | None
    amount: int
    first: dt.date
    last: dt.date
    state: State
    ahead: int
    words: str


@resource.get("/me/goals")
def list_goals() -> list[GoalData]:
    """List your goals and how far each is: twenty at most."""
    return [_goal(one) for one in goals_of(me())]


@resource.post("/me/goals")
def set_goal(body: GoalBody) -> Created[GoalData]:
    """Set a goal, which counts by itself what you do."""
    made = actions.set_goal(me(), _values(body, None))
    return Created(_one(made.id), f"/me/goals/{made.id}")


@resource.get("/me/goals/<uuid:goal_id>")
def read_goal(goal_id: uuid.UUID) -> GoalData:
    """Return a goal of yours."""
    own_goal(me(), goal_id)
    return _one(goal_id)


@resource.patch("/me/goals/<uuid:goal_id>", locks=Goal)
def change_goal(goal_id: uuid.UUID, body: GoalChange) -> GoalData:
    """Change how much a goal asks for, or until when."""
    changed = own_goal(me(), goal_id)
    actions.change_goal(me(), goal_id, _values(body, changed))
    return _one(goal_id)


@resource.delete("/me/goals/<uuid:goal_id>", locks=Goal)
def delete_goal(goal_id: uuid.UUID) -> None:
    """Delete a goal of yours."""
    actions.delete_goal(me(), goal_id)


def _values(body: GoalBody | GoalChange, changed: Goal | None) -> dict[str, Any]:
    """Return the columns of a goal that a body describes or changes, the target to the unit."""
    given = body.model_dump(exclude_unset=True)
    target = given.pop("target")
    given["amount"] = max(0.1, round(target / UNITS[changed.metric if changed is not None else given["metric"]], 1))

    def made(**more: Any) -> GoalForm:
        form = GoalForm(**more) if changed is None else GoalForm.of(changed, **more)
        kept = (changed.plan_id, "") if changed is not None and changed.plan_id else None
        form.offer_plans(plans_to_log_on(me()), kept)
        return form

    return valid_form(made, given).values() | {"target": target}


def _one(goal_id: uuid.UUID) -> GoalData:
    found = next((one for one in goals_of(me()) if one.id == goal_id), None)
    if found is None:
        raise NotFound
    return _goal(found)


def _goal(one: GoalProgress) -> GoalData:
    return {
        "id": one.id,
        "metric": one.metric,
        "target": one.target,
        "period": one.period,
        "kind": one.kind,
        "plan_id": one.plan_id,
        "ends_on": one.ends_on,
        "amount": one.amount,
        "first": one.first,
        "last": one.last,
        "state": one.state,
        "ahead": one.ahead,
        "words": one.words,
        **stamps_as_data(one),
    }
