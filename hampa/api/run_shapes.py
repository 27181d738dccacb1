"""Shapes of runs, and what is sent to publish or change one."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, Summary, summary_as_data
from hampa.crews.queries.crews import CrewName
from hampa.joining.queries.pages import RunSeen
from hampa.platform.api.requests import OneOf
from hampa.platform.web.ui import canonical
from hampa.questions.forms import QUESTION_KINDS
from hampa.questions.models import Question
from hampa.run_lists.queries.rows import ListedRun
from hampa.runs.models.participation import INVOLVED, STATUSES, Participation
from hampa.runs.models.run import COMPANIES, JOIN_POLICIES, LEVELS, TERRAINS, VISIBILITIES
from hampa.runs.queries.organisers import Organiser
from hampa.series.forms import FREQUENCY_WORDS, NTH_WORDS

Level = Annotated[str, OneOf(*LEVELS)]
Terrain = Annotated[str, OneOf(*TERRAINS)]
Visibility = Annotated[str, OneOf(*VISIBILITIES)]
Company = Annotated[str, OneOf(*COMPANIES)]
JoinPolicy = Annotated[str, OneOf(*JOIN_POLICIES)]
Status = Annotated[str, OneOf(*STATUSES)]
OwnStatus = Annotated[str, OneOf(*INVOLVED)]
Admission = Annotated[str, OneOf("open", "waitlist", "approval", "closed", "cancelled", "started", "over")]
Action = Annotated[str, OneOf("join", "wait", "ask", "take", "pass", "interest", "leave")]
QuestionKind = Annotated[str, OneOf(*dict(QUESTION_KINDS))]
Repeats = Annotated[str, OneOf(*FREQUENCY_WORDS)]
Nth = Annotated[str, OneOf(*NTH_WORDS)]
Day = Annotated[str, OneOf("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
Pace = Annotated[int, Field(ge=120, le=1200, description="Seconds a kilometre.")]
LocalTime = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="On the clock of the meeting point.")
]
LocalMoment = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d$", description="On the clock of the meeting point."),
]


class CrewNameData(TypedDict):
    """A crew, as a run names it."""

    id: uuid.UUID
    name: str


class ListedRunData(Stamps):
    """A run in a list. `my_status` is your own, `organises` whether you organise it.

    `crew` is the crew that it belongs to, if you may know of it.
    """

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    duration_min: int
    place: str
    latitude: float | None
    longitude: float | None
    distance_km: float | None
    paces: list[int]
    level: Level
    terrain: Terrain
    capacity: int | None
    taken: int
    waiting: int
    cancelled: bool
    organiser: Summary | None
    my_status: OwnStatus | None
    organises: bool
    away_km: int | None
    crew: CrewNameData | None


class OrganiserData(Summary):
    """An organiser of a run."""

    is_owner: bool


class PaceGroupData(TypedDict):
    """A pace group; `leader` is the name of who leads it."""

    id: uuid.UUID
    name: str
    pace: int
    size: int | None
    taken: int
    leader: str | None


class QuestionData(TypedDict):
    """A question that the organiser asks those who join."""

    id: str
    text: str
    kind: QuestionKind
    required: bool
    choices: list[str]


class ParticipationData(TypedDict):
    """Your own part in a run."""

    status: Status
    pace_group: uuid.UUID | None
    guests: int
    note: str
    card_id: uuid.UUID | None
    answers: dict[str, str]
    take_at_once: bool
    together_with_id: uuid.UUID | None
    offer_ends_at: datetime | None
    late_min: int | None
    still_in_at: datetime | None


class AdmissionData(TypedDict):
    """What you may do at a run: `actions` has the main one first, `reason` says why you can't join, or have to ask."""

    status: Admission
    actions: list[Action]
    ahead: int
    reason: str | None


class RunData(Stamps):
    """A run, as far as you may see it; `crew` is the crew that it belongs to, if you may know of it."""

    id: uuid.UUID
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    duration_min: int
    meet_minutes_before: int
    place: str
    latitude: float | None
    longitude: float | None
    directions: str
    distance_km: float | None
    level: Level
    terrain: Terrain
    visibility: Visibility
    company: Company
    join_policy: JoinPolicy
    joining_closes_at: datetime | None
    capacity: int | None
    guests_allowed: int
    pace_groups: list[PaceGroupData]
    questions: list[QuestionData]
    taken: int
    waiting: int
    interested: int
    series_id: uuid.UUID | None
    crew: CrewNameData | None
    cancelled_at: datetime | None
    cancel_reason: str
    short_link: str
    organisers: list[OrganiserData]
    is_organiser: bool
    participation: ParticipationData | None
    admission: AdmissionData
    sequence: int


def crew_as_data(crew: CrewName | None) -> CrewNameData | None:
    """Return the crew that a run belongs to as data."""
    return None if crew is None else {"id": crew.id, "name": crew.name}


def listed_run_as_data(run: ListedRun) -> ListedRunData:
    """Return a run of a list as data."""
    return {
        "id": run.id,
        "title": run.title,
        "starts_at": run.starts_at,
        "timezone": run.timezone,
        "duration_min": run.duration_min,
        "place": run.place,
        "latitude": run.latitude,
        "longitude": run.longitude,
        "distance_km": None if run.distance_km is None else float(run.distance_km),
        "paces": list(run.paces),
        "level": run.level,
        "terrain": run.terrain,
        "capacity": run.capacity,
        "taken": run.taken,
        "waiting": run.waiting,
        "cancelled": run.cancelled,
        "organiser": summary_as_data(run.organiser) if run.organiser else None,
        "my_status": run.my_status,
        "organises": run.organises,
        "away_km": run.away_km,
        "crew": crew_as_data(run.crew),
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "version": run.version,
    }


def participation_as_data(participation: Participation) -> ParticipationData:
    """Return the viewer's own participation as data."""
    return {
        "status": participation.status,
        "pace_group": participation.pace_group_id,
        "guests": participation.guests,
        "note": participation.note,
        "card_id": participation.card_id,
        "answers": participation.answers or {},
        "take_at_once": participation.take_at_once,
        "together_with_id": participation.together_with_id,
        "offer_ends_at": participation.offer_ends_at,
        "late_min": participation.late_min,
        "still_in_at": participation.still_in_at,
    }


def run_as_data(
    seen: RunSeen, team: list[Organiser], groups: list[PaceGroupData], *, organises: bool, short_path: str
) -> RunData:
    """Return a run as its viewer sees it."""
    run, admission = seen.run, seen.admission
    return {
        "id": run.id,
        "title": run.title,
        "description": run.description,
        "starts_at": run.starts_at,
        "ends_at": run.ends_at,
        "timezone": run.timezone,
        "duration_min": run.duration_min,
        "meet_minutes_before": run.meet_minutes_before,
        "place": run.place,
        "latitude": run.latitude,
        "longitude": run.longitude,
        "directions": run.directions,
        "distance_km": None if run.distance_km is None else float(run.distance_km),
        "level": run.level,
        "terrain": run.terrain,
        "visibility": run.visibility,
        "company": run.company,
        "join_policy": run.join_policy,
        "joining_closes_at": run.joining_closes_at,
        "capacity": run.capacity,
        "guests_allowed": run.guests_allowed,
        "pace_groups": groups,
        "questions": [_question(question) for question in run.questions],
        "taken": run.taken,
        "waiting": run.waiting,
        "interested": run.interested,
        "series_id": run.series_id,
        "crew": crew_as_data(seen.crew),
        "cancelled_at": run.cancelled_at,
        "cancel_reason": run.cancel_reason,
        "short_link": canonical(short_path),
        "organisers": [{**summary_as_data(one), "is_owner": one.owner} for one in team if one.agreed],
        "is_organiser": organises,
        "participation": participation_as_data(admission.participation) if admission.participation else None,
        "admission": {
            "status": admission.status,
            "actions": list(admission.actions),
            "ahead": admission.ahead,
            "reason": admission.barred_reason or admission.removed_reason or None,
        },
        "sequence": run.sequence,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "version": run.version,
    }


def group_as_data(group: Any) -> PaceGroupData:
    """Return a pace group as data."""
    return {
        "id": group.id,
        "name": group.name,
        "pace": group.pace,
        "size": group.size,
        "taken": int(group.taken),
        "leader": group.leader,
    }


def _question(question: Question) -> QuestionData:
    return {
        "id": question.id,
        "text": question.text,
        "kind": question.kind,
        "required": question.required,
        "choices": list(question.choices),
    }
