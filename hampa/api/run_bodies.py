"""What is sent to publish a run or to change one."""

import uuid
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from hampa.api.run_shapes import (
    Company,
    Day,
    JoinPolicy,
    Level,
    LocalMoment,
    LocalTime,
    Nth,
    Pace,
    QuestionKind,
    Repeats,
    Terrain,
    Visibility,
)
from hampa.platform.api.requests import Body
from hampa.questions.models import MOST_CHOICES, MOST_QUESTIONS
from hampa.runs.models.run import MOST_GUESTS, MOST_PACE_GROUPS
from hampa.series.forms import MOST_TIMES, MOST_WEEKS


class PaceGroupBody(Body):
    """A pace group; `id` is that of one that the run has already, `leader` the id of a person."""

    id: uuid.UUID | None = None
    name: str = Field(min_length=1, max_length=40)
    pace: Pace
    leader: uuid.UUID | None = None
    size: int | None = Field(None, ge=1, le=10_000)


class QuestionBody(Body):
    """A question; `id` is that of one that the run asks already."""

    id: str | None = Field(None, pattern="^[0-9a-f]{12}$")
    text: str = Field(min_length=1, max_length=200)
    kind: QuestionKind = "text"
    required: bool = False
    choices: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field([], max_length=MOST_CHOICES)


class RunFields(Body):
    """What can be said of a run."""

    directions: str = Field("", max_length=500)
    description: str = Field("", max_length=5000)
    duration_min: int | None = Field(None, ge=10, le=2880)
    distance_km: float | None = Field(None, ge=0.5, le=500)
    capacity: int | None = Field(None, ge=2, le=10_000)
    level: Level = "all"
    terrain: Terrain = "road"
    visibility: Visibility = "public"
    crew: uuid.UUID | None = Field(None, description="The crew that it belongs to; null for none.")
    company: Company = "anyone"
    join_policy: JoinPolicy = "open"
    joining_closes: LocalMoment | None = None
    meet_minutes_before: int = Field(0, ge=0, le=120)
    guests_allowed: int = Field(0, ge=0, le=MOST_GUESTS)
    pace_groups: list[PaceGroupBody] = Field([], max_length=MOST_PACE_GROUPS)
    questions: list[QuestionBody] = Field([], max_length=MOST_QUESTIONS)
    latitude: float | None = Field(None, ge=-90, le=90, description="Of the pin, which has both numbers or none.")
    longitude: float | None = Field(None, ge=-180, le=180, description="Of the pin, which has both numbers or none.")
    pin_is_right: bool = Field(
        False,
        description="Whether the pin is meant so. Without it, a pin that would stay where it was while `place` changes, "
        "and one whose numbers look the wrong way round in `timezone`, are refused beside both numbers.",
    )
    timezone: str | None = Field(None, max_length=60, description="Of the meeting point; without it, yours.")


class RunBody(RunFields):
    """A new run, or with `repeats` the first one of a series."""

    title: str = Field(min_length=3, max_length=120)
    starts_on: date
    starts_at: LocalTime
    place: str = Field(min_length=2, max_length=120)
    repeats: Repeats = "none"
    every_weeks: int | None = Field(None, ge=2, le=MOST_WEEKS)
    days: list[Day] = Field([], max_length=7)
    nth: Nth = ""
    ends_on: date | None = None
    times: int | None = Field(None, ge=2, le=MOST_TIMES)


class RunChanges(RunFields):
    """What is to change in a run; `pace_groups` and `questions` are replaced as a whole."""

    title: str = Field("", min_length=3, max_length=120)
    starts_on: date | None = None
    starts_at: LocalTime = "00:00"
    place: str = Field(
        "",
        min_length=2,
        max_length=120,
        description="With another place send its pin too, null for both numbers if it has none, or `pin_is_right`.",
    )
    quietly: bool = Field(False, description="Whether nobody is told of small changes.")


def sent(body: RunFields) -> dict[str, Any]:
    """Return what a body says, by the names of the fields of the form of a run."""
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    if fields.pop("pin_is_right", False):
        fields |= {"pin_is": "kept", "pin_stays": getattr(body, "place", "")}
    if "pace_groups" in fields:
        fields["pace_groups"] = [
            {"group_id": group.id, "name": group.name, "pace": group.pace, "leader": group.leader, "size": group.size}
            for group in body.pace_groups
        ]
    if "questions" in fields:
        fields["questions"] = [
            {
                "question_id": question.id,
                "text": question.text,
                "kind": question.kind,
                "required": question.required,
                "choices": "\n".join(question.choices),
            }
            for question in body.questions
        ]
    return fields
