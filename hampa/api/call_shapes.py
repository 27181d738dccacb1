"""Shapes of what webhooks are told, by event (`webhooks.models.EVENTS`)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from typing_extensions import TypedDict

from hampa.api.crew_shapes import Role
from hampa.crews.actions.events import WAYS_OUT
from hampa.platform.api.requests import OneOf
from hampa.runs.models.participation import STATUSES
from hampa.webhooks.models import CREW_RUN, TEST

Status = Annotated[str, OneOf(*STATUSES)]


class CalledRun(TypedDict):
    """The run, as it is when the call is made."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    url: str
    going: int
    waiting: int


class CalledCrew(TypedDict):
    """The crew, as it is when the call is made."""

    id: uuid.UUID
    name: str
    url: str
    members: int


class TestCall(TypedDict):
    """A test, which you ask for."""


class ParticipantChanged(TypedDict):
    """Somebody joins your run, leaves it, waits or gets a place; `person_id` is null for a walk-in."""

    run: CalledRun
    person_id: uuid.UUID | None
    participation_id: uuid.UUID | None
    status: Status
    before: Status | None


class CommentAdded(TypedDict):
    """Somebody comments on your run; the text is read by `GET /runs/{run_id}/comments`."""

    run: CalledRun
    comment_id: uuid.UUID
    person_id: uuid.UUID | None


class RunPublished(TypedDict):
    """You publish a run, or the site does the next of a series of yours."""

    run: CalledRun


class RunChanged(TypedDict):
    """A run of yours changes; `changes` are the names of what has changed."""

    run: CalledRun
    changes: list[str]


class RunCancelled(TypedDict):
    """A run of yours is cancelled."""

    run: CalledRun


class MemberJoined(TypedDict):
    """Somebody joins a crew of which you are an admin."""

    crew: CalledCrew
    person_id: uuid.UUID
    role: Role


class MemberLeft(TypedDict):
    """Somebody leaves a crew of yours: by themselves, removed or banned; or gone with their account, without an id."""

    crew: CalledCrew
    person_id: uuid.UUID | None
    how: Annotated[str, OneOf(*WAYS_OUT)]


class MemberChanged(TypedDict):
    """Somebody has another role in a crew of yours, or other rights."""

    crew: CalledCrew
    person_id: uuid.UUID
    role: Role


class MemberAsked(TypedDict):
    """Somebody asks to get into a crew of yours, and waits for an answer."""

    crew: CalledCrew
    person_id: uuid.UUID


class NoticePosted(TypedDict):
    """An organiser posts a notice in a crew of yours; the text is read by `GET /crews/{crew_id}/notices`."""

    crew: CalledCrew
    person_id: uuid.UUID
    notice_id: uuid.UUID


class CrewRunPublished(TypedDict):
    """A run is published in a crew of yours, or moved into it; `person_id` is its organiser."""

    crew: CalledCrew
    run: CalledRun
    person_id: uuid.UUID


class CrewChanged(TypedDict):
    """The settings of a crew of yours change; `changes` are their names. A closed crew has another `closed_at`."""

    crew: CalledCrew
    changes: list[str]


CALLS: Final[Mapping[str, Any]] = {
    TEST: TestCall,
    "participant.changed": ParticipantChanged,
    "comment.added": CommentAdded,
    "run.published": RunPublished,
    "run.changed": RunChanged,
    "run.cancelled": RunCancelled,
    "crew.member_joined": MemberJoined,
    "crew.member_left": MemberLeft,
    "crew.member_changed": MemberChanged,
    "crew.member_asked": MemberAsked,
    "crew.notice_posted": NoticePosted,
    CREW_RUN: CrewRunPublished,
    "crew.changed": CrewChanged,
}
"""What `data` of each call has."""
