"""What a copy of somebody's data says of their training (`docs/export.md`), checked row by row, and how much is new."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.api.requests import Moment
from hampa.platform.texts.cleaning import clean_line, clean_text
from hampa.training.models.activities import (
    AHEAD,
    EARLIEST,
    FEELINGS,
    KINDS,
    LEAST_EFFORT,
    LONGEST,
    LONGEST_NOTE,
    ME,
    MOST_CLIMB,
    MOST_EFFORT,
    MOST_METRES,
    VISIBILITIES,
)
from hampa.training.models.gear import GEAR_KINDS, LONGEST_GEAR_NAME, MOST_GEAR, MOST_GEAR_METRES
from hampa.training.models.goals import METRICS, MOST_GOALS, MOST_TARGET, PERIODS
from hampa.training.models.plans import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_MILESTONES,
    OWNER,
    STATUSES,
    VISIBILITIES as PLAN_VISIBILITIES,
)

MOST_PLANS = 200


def id_here(person: Person, exported_id: uuid.UUID) -> uuid.UUID:
    """Return the id that a thing from a copy gets with a person."""
    return uuid.uuid5(person.id, str(exported_id))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError("not a time zone") from error
    return name


Circle = Literal[VISIBILITIES]  # type: ignore[valid-type]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(clean_line)]


class _Row(BaseModel):
    """A row of an export; keys that came later are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ExportedActivity(_Row):
    """An activity."""

    id: uuid.UUID
    kind: Literal[KINDS]  # type: ignore[valid-type]
    started_at: Moment
    ended_at: Moment
    timezone: Zone
    duration_s: int = Field(ge=1, le=int(LONGEST.total_seconds()))
    distance_m: int | None = Field(None, ge=1, le=MOST_METRES)
    climb_m: int | None = Field(None, ge=0, le=MOST_CLIMB)
    effort: int | None = Field(None, ge=LEAST_EFFORT, le=MOST_EFFORT)
    feeling: Literal[("", *FEELINGS)] = ""  # type: ignore[valid-type]
    note: Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(clean_text)] = ""
    visibility: Circle = ME
    map_visibility: Circle = ME
    heart_visibility: Circle = ME
    plan_id: uuid.UUID | None = None
    gear_id: uuid.UUID | None = None

    @property
    def is_possible(self) -> bool:
        """Return whether somebody can have done it, by its times."""
        span = self.ended_at - self.started_at
        latest = clock.now() + AHEAD
        is_then = self.started_at >= EARLIEST and self.ended_at <= latest
        return is_then and dt.timedelta(0) < span <= LONGEST and self.duration_s <= span.total_seconds()


class ExportedPlan(_Row):
    """A plan, with the role of whose copy it is."""

    id: uuid.UUID
    name: Name
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION), AfterValidator(clean_text)] = ""
    visibility: Literal[PLAN_VISIBILITIES]  # type: ignore[valid-type]
    status: Literal[STATUSES]  # type: ignore[valid-type]
    deadline: dt.date | None = None
    role: str


class ExportedMilestone(_Row):
    """A step of a plan."""

    id: uuid.UUID
    plan_id: uuid.UUID
    name: Name
    due_on: dt.date | None = None
    done_at: Moment | None = None


class ExportedGoal(_Row):
    """A goal."""

    id: uuid.UUID
    metric: Literal[METRICS]  # type: ignore[valid-type]
    period: Literal[PERIODS]  # type: ignore[valid-type]
    target: int = Field(ge=1, le=MOST_TARGET)
    kind: Literal[("", *KINDS)] = ""  # type: ignore[valid-type]
    starts_on: dt.date
    ends_on: dt.date | None = None
    plan_id: uuid.UUID | None = None


class ExportedGear(_Row):
    """Shoes, or other gear."""

    id: uuid.UUID
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_GEAR_NAME), AfterValidator(clean_line)]
    kind: Literal[GEAR_KINDS]  # type: ignore[valid-type]
    since: dt.date | None = None
    before_m: int = Field(0, ge=0, le=MOST_GEAR_METRES)
    limit_m: int | None = Field(None, ge=1, le=MOST_GEAR_METRES)
    default_kinds: list[Literal[KINDS]] = Field(default=[], max_length=len(KINDS))  # type: ignore[valid-type]
    retired_at: Moment | None = None


class ExportedChoices(_Row):
    """Who sees new activities."""

    visibility: Circle
    map_visibility: Circle
    heart_visibility: Circle


@dataclass(frozen=True)
class ExportedPlans:
    """What the copy says beside activities: plans that the person made, goals, gear, and who sees activities."""

    plans: Sequence[ExportedPlan] = ()
    milestones: Sequence[ExportedMilestone] = ()
    goals: Sequence[ExportedGoal] = ()
    gear: Sequence[ExportedGear] = ()
    choices: ExportedChoices | None = field(default=None)


AnyRow = TypeVar("AnyRow", bound=_Row)


def row_of(kind: type[AnyRow], value: Any) -> AnyRow | None:
    """Return a row of a kind; None for what is none."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        return None


def rows_of(kind: type[AnyRow], values: Any, most: int) -> list[AnyRow]:
    """Return the rows of a kind in a list, each id once, without those that are none."""
    some = values[:most] if isinstance(values, list) else []
    rows = [row for value in some if (row := row_of(kind, value)) is not None]
    return list({getattr(row, "id", None): row for row in reversed(rows)}.values())[::-1]


def plans_in(plans: Any, milestones: Any, goals: Any, choices: Any, gear: Any) -> ExportedPlans:
    """Return what the files of a copy say beside activities, as JSON is read."""
    made = [one for one in rows_of(ExportedPlan, plans, MOST_PLANS) if one.role == OWNER]
    chosen = rows_of(ExportedChoices, choices, 1)
    return ExportedPlans(
        made,
        rows_of(ExportedMilestone, milestones, MOST_PLANS * MOST_MILESTONES),
        rows_of(ExportedGoal, goals, MOST_GOALS),
        rows_of(ExportedGear, gear, MOST_GEAR),
        chosen[0] if chosen else None,
    )
