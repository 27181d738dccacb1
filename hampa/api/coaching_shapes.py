"""Shapes of data about coaching that several resources share."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.coaching.models.athletes import RIGHTS, ROLES, STATUSES
from hampa.coaching.queries.events import EventRow
from hampa.platform.api.requests import OneOf
from hampa.training.models.plans import STATUSES as PLAN_STATUSES

AthleteStatus = Annotated[str, OneOf(*STATUSES)]
CoachRole = Annotated[str, OneOf(*ROLES)]
Right = Annotated[str, OneOf(*RIGHTS)]
PlanStatus = Annotated[str, OneOf(*PLAN_STATUSES)]


class AthleteRowData(Stamps):
    """An athlete on your roster, with why they may need a word.

    `percent` is what was done of what was planned in two weeks, `waiting` how much you have not looked at.
    """

    id: uuid.UUID
    name: str
    person_id: uuid.UUID | None
    status: AthleteStatus
    archived: bool
    goal_race: str
    goal_race_on: dt.date | None
    role: CoachRole
    missed: int
    percent: int | None
    drifts: bool
    waiting: int


class AthleteCoachData(TypedDict):
    """A coach of an athlete; one who is `asked` has not agreed to coach yet, one who is `waiting` was not agreed to.

    The head alone is told of the first, and of whom they asked to be the head instead (`asked_to_head`).
    """

    person: Summary
    role: CoachRole
    asked: bool
    waiting: bool
    asked_to_head: bool


class CoachAskData(TypedDict):
    """Who asks you to coach one of their athletes too."""

    athlete_id: uuid.UUID
    head: Summary
    role: CoachRole
    since: datetime


class AthleteData(TypedDict):
    """An athlete of yours; `rights` are what they let you see and change once they agreed, `link` invites them."""

    id: uuid.UUID
    name: str
    person_id: uuid.UUID | None
    phone: str | None
    email: str | None
    birth_year: int | None
    goal_race: str
    goal_race_on: dt.date | None
    note: str
    status: AthleteStatus
    archived_at: datetime | None
    role: CoachRole
    rights: list[Right]
    coaches: list[AthleteCoachData]
    link: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class CoachData(TypedDict):
    """Who coaches you, or asks to."""

    athlete_id: uuid.UUID
    person: Summary
    role: CoachRole
    rights: list[Right]
    asking: bool
    since: datetime


class CoachInvitationData(TypedDict):
    """Who invites you to be coached."""

    coach: Summary
    expires_at: datetime


class EventData(Stamps):
    """Something that happened; `before` and `after` have what differs, `told` says that the athlete was notified."""

    id: uuid.UUID
    what: str
    why: str
    before: dict[str, Any]
    after: dict[str, Any]
    plan_id: uuid.UUID | None
    told: bool
    person: Summary | None


class CoachedPlanData(Stamps):
    """A plan of an athlete of yours."""

    id: uuid.UUID
    name: str
    status: PlanStatus
    race_on: dt.date | None
    athlete_id: uuid.UUID
    athlete: str
    sessions: int


def event_as_data(row: EventRow) -> EventData:
    """Return something that happened as data."""
    return {
        "id": row.id,
        **stamps_as_data(row),
        "what": row.what,
        "why": row.why,
        "before": dict(row.before),
        "after": dict(row.after),
        "plan_id": row.plan_id,
        "told": row.is_told,
        "person": summary_as_data(row.person) if row.person is not None else None,
    }
