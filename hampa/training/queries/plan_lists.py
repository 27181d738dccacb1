"""The list of the plans of a person, the latest first or by deadline."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, select, true, tuple_

from hampa.people.models import Person
from hampa.platform.locale import dates
from hampa.platform.statements import planned_once
from hampa.platform.web.paging import Page, decode
from hampa.training.models.activities import Activity
from hampa.training.models.plans import INVITED, OPEN_STATUSES, OWNER, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.plans import A_PAGE, member_sees
from hampa.training.queries.visibility import counts_for, told

NO_DEADLINE = dt.date(9999, 12, 31)
"""Where plans without a deadline stand among the others."""


Counter = Callable[[Any], ColumnElement[int]]
_counters: list[Counter] = []


def also_done(count: Counter) -> Counter:
    """Let a higher feature count what the owner of a plan did for it, by the plan's id as it stands in a statement."""
    _counters.append(count)
    return count


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as a row of its member's list, with what all have done on it and how many of its milestones are reached.

    `sessions_done` counts the sessions for which something was done, for the owner.
    """

    id: uuid.UUID
    name: str
    status: str
    visibility: str
    deadline: dt.date | None
    role: str
    member_status: str
    created_at: datetime
    updated_at: datetime
    version: int
    activities: int
    duration_s: int
    milestones: int
    reached: int
    sessions_done: int

    @property
    def is_invited(self) -> bool:
        """Return whether the person has not answered yet."""
        return self.member_status == INVITED

    @property
    def is_late(self) -> bool:
        """Return whether the deadline is over while the plan goes on."""
        return self.deadline is not None and self.status in OPEN_STATUSES and self.deadline < dates.today()


def plans_of(
    person: Person,
    status: str = "",
    after: str | None = None,
    size: int = A_PAGE,
    *,
    by_deadline: bool = False,
    sessions: bool = True,
) -> Page[PlanRow]:
    """Return a page of the plans to which a person belongs or is invited: the latest first, or the next deadline.

    Without `sessions` none is counted.
    """
    last, last_id = decode(after, dt.date if by_deadline else datetime, uuid.UUID) or (None, None)
    last_day, before = (last, None) if by_deadline else (None, last)
    shape = {"of_status": bool(status), "goes_on": last_id is not None, "by_deadline": by_deadline}
    shape["sessions"] = sessions
    rows = _plans(person.id, status, before, last_day, last_id, size + 1, **shape)
    return Page.of(
        [PlanRow(*row) for row in rows],
        size,
        lambda row: (row.deadline or NO_DEADLINE if by_deadline else row.created_at, row.id),
    )


@planned_once
def _plans(
    person_id: uuid.UUID,
    status: str,
    before: datetime | None,
    last_day: dt.date | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    of_status: bool,
    goes_on: bool,
    by_deadline: bool,
    sessions: bool,
) -> Any:
    seconds = func.coalesce(func.sum(told("duration_s", person_id)), 0)
    done = (
        select(func.count().label("count"), seconds.label("seconds"))
        .where(Activity.plan_id == TrainingPlan.id, counts_for(person_id))
        .lateral("done")
    )
    steps = (
        select(func.count().label("count"), func.count(Milestone.done_at).label("reached"))
        .where(Milestone.plan_id == TrainingPlan.id)
        .lateral("steps")
    )
    counters = _counters if sessions else ()
    sessions_done: Any = sum((count(TrainingPlan.id) for count in counters), literal_column("0"))
    query = (
        select(
            TrainingPlan.id,
            TrainingPlan.name,
            TrainingPlan.status,
            TrainingPlan.visibility,
            TrainingPlan.deadline,
            PlanMember.role,
            PlanMember.status,
            TrainingPlan.created_at,
            TrainingPlan.updated_at,
            TrainingPlan.version,
            done.c.count,
            done.c.seconds,
            steps.c.count,
            steps.c.reached,
            case((PlanMember.role == OWNER, sessions_done), else_=0),
        )
        .join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
        .join(done, true())
        .join(steps, true())
        .where(PlanMember.person_id == person_id, member_sees())
    )
    if of_status:
        query = query.where(TrainingPlan.status == status)
    if by_deadline:
        deadline = func.coalesce(TrainingPlan.deadline, NO_DEADLINE)
        if goes_on:
            query = query.where(tuple_(deadline, TrainingPlan.id) > tuple_(last_day, last_id))
        return query.order_by(deadline, TrainingPlan.id).limit(most)
    if goes_on:
        query = query.where(tuple_(TrainingPlan.created_at, TrainingPlan.id) < tuple_(before, last_id))
    return query.order_by(TrainingPlan.created_at.desc(), TrainingPlan.id.desc()).limit(most)
