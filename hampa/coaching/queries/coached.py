"""The plans of a coach's athletes, in a list with filters."""

import datetime as dt
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, func, literal, or_, select

from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.sessions import CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.roster import folded, like
from hampa.people.models import Person
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode
from hampa.training.models.plans import TrainingPlan

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class CoachedFilters:
    """The filters of a list of plans; `text` is in the name of the plan or of the athlete."""

    status: str = ""
    athlete_id: uuid.UUID | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CoachedPlanRow:
    """A plan of an athlete as a row of a coach's list."""

    id: uuid.UUID
    name: str
    status: str
    deadline: dt.date | None
    race_on: dt.date | None
    athlete_id: uuid.UUID
    athlete: str
    sessions: int
    created_at: datetime
    updated_at: datetime
    version: int


@built_once
def _coached_plans(
    coach_id: uuid.UUID,
    athlete_id: uuid.UUID | None,
    status: str,
    pattern: str,
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    goes_on: bool,
) -> Any:
    of: Any = athlete_id
    asked: Any = status
    words: Any = pattern
    count = select(func.count()).where(PlanSession.plan_id == TrainingPlan.id).correlate(TrainingPlan).scalar_subquery()
    query = (
        select(
            TrainingPlan.id,
            TrainingPlan.name,
            TrainingPlan.status,
            TrainingPlan.deadline,
            CoachedPlan.race_on,
            Athlete.id,
            Athlete.name,
            count,
            TrainingPlan.created_at,
            TrainingPlan.updated_at,
            TrainingPlan.version,
        )
        .select_from(Coach)
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .join(CoachedPlan, CoachedPlan.athlete_id == Athlete.id)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .where(Coach.coach_id == coach_id, coach_may(coach_id, Athlete.id))
        .where(or_(of.is_(None), Athlete.id == of))
        .where(or_(asked == literal("", String), TrainingPlan.status == asked))
        .where(
            or_(
                words == literal("", String),
                folded(TrainingPlan.name).like(words, escape="!"),
                folded(Athlete.name).like(words, escape="!"),
            )
        )
    )
    if goes_on:
        query = query.where(
            or_(TrainingPlan.created_at < before, and_(TrainingPlan.created_at == before, TrainingPlan.id < last_id))
        )
    return query.order_by(TrainingPlan.created_at.desc(), TrainingPlan.id.desc()).limit(most)


def coached_plans(
    coach: Person, filters: CoachedFilters | None = None, after: str | None = None, size: int = A_PAGE
) -> Page[CoachedPlanRow]:
    """Return a page of the plans of a coach's athletes, the latest first."""
    chosen = filters or CoachedFilters()
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    values = coach.id, chosen.athlete_id, chosen.status, like(chosen.text), before, last_id, size + 1
    rows = _coached_plans(*values, goes_on=before is not None)
    return Page.of([CoachedPlanRow(*row) for row in rows], size, lambda row: (row.created_at, row.id))
