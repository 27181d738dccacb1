"""Sessions of plans: who sees and changes them, week by week, planned beside done."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from hampa.coaching.models.athletes import Athlete
from hampa.coaching.models.sessions import (
    EXCUSED,
    GREEN,
    GREY,
    OPEN,
    PLANNED,
    RED,
    SKIPPED,
    UNMEASURED,
    CoachedPlan,
    PlanSession,
    light_of,
    percent_done,
)
from hampa.coaching.queries.athletes import coach_may
from hampa.people.models import Person
from hampa.platform.db import scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.training.models.activities import Activity
from hampa.training.models.plans import CONTRIBUTOR, JOINED, OPEN_STATUSES, OWNER, VIEWER, PlanMember, TrainingPlan
from hampa.training.queries.overview import week_of
from hampa.training.queries.plan_lists import also_done
from hampa.training.queries.plans import also_kept_by, member_plan
from hampa.training.queries.visibility import told

MOST_SHOWN = 700


@also_kept_by
def role_of_coach(viewer_id: Any, plan_id: Any) -> ColumnElement[str | None]:
    """Return as what somebody keeps the plan of an athlete whom they coach, NULL for others.

    Coaches keep what the athlete lets them change, and look at the rest; of an athlete without an account they own it.
    """
    changes = coach_may(viewer_id, Athlete.id, "plans", changes=True)
    role = case((~changes, VIEWER), (Athlete.person_id.is_(None), OWNER), else_=CONTRIBUTOR)
    query = select(role).select_from(CoachedPlan).join(Athlete, Athlete.id == CoachedPlan.athlete_id)
    query = query.where(CoachedPlan.plan_id == plan_id, coach_may(viewer_id, Athlete.id))
    return query.correlate_except(CoachedPlan, Athlete).scalar_subquery()


@also_done
def sessions_done(plan_id: Any) -> ColumnElement[int]:
    """Return for how many sessions of a plan something was done."""
    is_done = or_(PlanSession.activity_id.is_not(None), PlanSession.done_at.is_not(None))
    query = select(func.count()).select_from(PlanSession).where(PlanSession.plan_id == plan_id, is_done)
    return query.correlate_except(PlanSession).scalar_subquery()


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan with its sessions as somebody sees them: what it is for, and what they may."""

    viewer_id: uuid.UUID
    plan: TrainingPlan
    member: PlanMember
    coached: CoachedPlan | None
    athlete: Athlete | None
    sees_done: bool

    @property
    def changes(self) -> bool:
        """Return whether the viewer plans: the owner, and coaches whom they let."""
        return self.member.owns or self.member.keeps_as == CONTRIBUTOR

    @property
    def answers(self) -> bool:
        """Return whether the viewer says how sessions were: the owner, and coaches of who has no account."""
        return self.member.owns

    @property
    def is_own(self) -> bool:
        """Return whether the viewer is the athlete."""
        return self.member.belongs and self.member.role == OWNER

    @property
    def race_on(self) -> dt.date | None:
        """Return the day of the race."""
        return self.coached.race_on if self.coached is not None else None


def sessions_of_plan(viewer: Person, plan_id: uuid.UUID, *, changes: bool = False, answers: bool = False) -> PlanSeen:
    """Return a plan whose sessions somebody sees. Raise NotFound, and Forbidden for who may not do this."""
    seen = seen_by_member(viewer, *member_plan(viewer, plan_id))
    if changes and not seen.changes:
        raise Forbidden(_("You can only view this plan. Its owner decides who changes it."))
    if answers and not seen.answers:
        raise Forbidden(_("Only the athlete can say how a session was."))
    return seen


def seen_by_member(viewer: Person, plan: TrainingPlan, member: PlanMember) -> PlanSeen:
    """Return a plan, which somebody was found to belong to or to keep, with what they see of its sessions."""
    coached, athlete, lets = _coached(viewer.id, plan.id).one_or_none() or (None, None, False)
    owns = member.belongs and member.role == OWNER
    return PlanSeen(viewer.id, plan, member, coached, athlete, owns or (member.keeps and bool(lets)))


@built_once
def _coached(viewer_id: uuid.UUID, plan_id: uuid.UUID) -> Any:
    return (
        select(CoachedPlan, Athlete, coach_may(viewer_id, Athlete.id, "activities"))
        .outerjoin(Athlete, Athlete.id == CoachedPlan.athlete_id)
        .where(CoachedPlan.plan_id == plan_id)
    )


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session, with what was done of it where the viewer sees that; `plan` is its name beside those of other plans."""

    id: uuid.UUID
    plan_id: uuid.UUID
    day: dt.date
    kind: str
    distance_m: int | None
    duration_s: int | None
    effort: int | None
    text: str
    state: str
    excuse: str
    activity_id: uuid.UUID | None
    done_at: datetime | None
    done_distance_m: int | None
    done_duration_s: int | None
    felt_effort: int | None
    feeling: str
    line: str
    answered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    activity_distance_m: int | None
    activity_duration_s: int | None
    sees_done: bool
    plan: str

    @property
    def is_planned(self) -> bool:
        """Return whether it is still planned, neither skipped nor excused."""
        return self.state == PLANNED

    @property
    def is_done(self) -> bool:
        """Return whether something was done for it."""
        return self.sees_done and (self.activity_id is not None or self.done_at is not None)

    @property
    def distance(self) -> int | None:
        """Return the metres that were done."""
        return self.activity_distance_m if self.activity_id else self.done_distance_m

    @property
    def duration(self) -> int | None:
        """Return the seconds that it took."""
        return self.activity_duration_s if self.activity_id else self.done_duration_s

    @property
    def percent(self) -> int | None:
        """Return how many percent of what was planned was done."""
        if not self.is_done:
            return None
        return percent_done((self.distance_m, self.duration_s), (self.distance, self.duration))

    @property
    def is_missed(self) -> bool:
        """Return whether its day is over and nothing was done or said."""
        return self.sees_done and self.state == PLANNED and not self.is_done and self.day < dates.today()

    @property
    def light(self) -> str:
        """Return green, amber or red for how done compares with planned, "unmeasured", "excused", or "open"."""
        if self.state == EXCUSED or (self.state == SKIPPED and not self.sees_done):
            return GREY
        if self.is_done:
            percent = self.percent
            return light_of(percent) if percent is not None else GREEN if self.standing == "done" else UNMEASURED
        return RED if self.is_missed or self.state == SKIPPED else OPEN

    @property
    def standing(self) -> str:
        """Return the name of the word for it: missed, skipped, excused, unmeasured, done, less, more, open."""
        if self.state == EXCUSED:
            return self.excuse
        if self.is_done:
            percent = self.percent
            if percent is None:  # an activity that says nothing of what was planned, such as one by the timer
                return UNMEASURED if self.activity_id and (self.distance_m or self.duration_s) else "done"
            return "done" if 80 <= percent <= 120 else "less" if percent < 80 else "more"
        return "missed" if self.is_missed else self.state

    @property
    def asks(self) -> bool:
        """Return whether it was done and nobody said how it was."""
        return self.is_done and self.answered_at is None


COLUMNS = [getattr(PlanSession, name) for name in SessionRow.__slots__[:21]]
WHOLE = [Activity.distance_m.label("activity_distance_m"), Activity.duration_s.label("activity_duration_s")]


def numbers_for(viewer_id: Any) -> list[Any]:
    """Return what a viewer is told of an activity: beside a line that is cut, the numbers of the visible part."""
    return [told(name, viewer_id).label(f"activity_{name}") for name in ("distance_m", "duration_s")]


@built_once
def _sessions(viewer_id: uuid.UUID, plan_id: uuid.UUID, first: dt.date, last: dt.date, most: int) -> Any:
    return (
        select(*COLUMNS, *numbers_for(viewer_id))
        .outerjoin(Activity, Activity.id == PlanSession.activity_id)
        .where(PlanSession.plan_id == plan_id, PlanSession.day.between(first, last))
        .order_by(PlanSession.day, PlanSession.id)
        .limit(most)
    )


def sessions_between(seen: PlanSeen, first: dt.date = dt.date.min, last: dt.date = dt.date.max) -> list[SessionRow]:
    """Return the sessions of a plan in the days from `first` to `last`, as the viewer sees them."""
    return [
        session_row(row, sees_done=seen.sees_done)
        for row in _sessions(seen.viewer_id, seen.plan.id, first, last, MOST_SHOWN)
    ]


def session_row(row: Any, *, sees_done: bool, plan: str = "") -> SessionRow:
    """Return a row of `COLUMNS` and numbers as a viewer sees it."""
    seen = (*row, sees_done, plan)
    if sees_done:
        return SessionRow(*seen)
    values = dict(zip(SessionRow.__slots__, seen, strict=True))
    values |= dict.fromkeys(("activity_id", "done_at", "done_distance_m", "done_duration_s", "felt_effort"))
    values |= dict.fromkeys(("answered_at", "activity_distance_m", "activity_duration_s"))
    values |= {"feeling": "", "line": ""}
    if values["state"] == EXCUSED:  # it is not planned any more; why is the athlete's
        values |= {"state": SKIPPED, "excuse": ""}
    return SessionRow(**values)


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a plan from its first day on, with its sessions, and so many weeks before the race."""

    first: dt.date
    to_race: int | None
    sessions: Sequence[SessionRow]

    @property
    def last(self) -> dt.date:
        """Return its last day."""
        return self.first + timedelta(days=6)

    @property
    def is_now(self) -> bool:
        """Return whether today is in it."""
        return self.first <= dates.today() <= self.last

    @property
    def planned_m(self) -> int:
        """Return the metres that are planned."""
        return sum(one.distance_m or 0 for one in self.sessions)

    @property
    def planned_s(self) -> int:
        """Return the seconds that are planned without a distance."""
        return sum(one.duration_s or 0 for one in self.sessions if not one.distance_m)

    @property
    def done_m(self) -> int:
        """Return the metres that were done."""
        return sum(one.distance or 0 for one in self.sessions if one.is_done)

    @property
    def done_s(self) -> int:
        """Return the seconds that were done without a distance."""
        return sum(one.duration or 0 for one in self.sessions if one.is_done and not one.distance)


def weeks_of(seen: PlanSeen) -> list[Week]:
    """Return the weeks of a plan that have sessions, by the weeks of the viewer's calendar."""
    weeks: dict[dt.date, list[SessionRow]] = {}
    for one in sessions_between(seen):
        weeks.setdefault(week_of(one.day), []).append(one)
    race = week_of(seen.race_on) if seen.race_on is not None else None
    return [Week(first, (race - first).days // 7 if race else None, rows) for first, rows in weeks.items()]


def session_of(seen: PlanSeen, session_id: uuid.UUID, *, lock: bool = False) -> PlanSession:
    """Return a session of a plan. Raise NotFound."""
    query = select(PlanSession).where(PlanSession.id == session_id, PlanSession.plan_id == seen.plan.id)
    if lock:
        query = query.with_for_update()
    return scalar_or_404(query.execution_options(populate_existing=True))


def row_of(seen: PlanSeen, session_id: uuid.UUID) -> SessionRow:
    """Return a session of a plan as the viewer sees it. Raise NotFound."""
    row = _session(seen.viewer_id, seen.plan.id, session_id).one_or_none()
    if row is None:
        raise NotFound
    return session_row(row, sees_done=seen.sees_done)


@built_once
def _session(viewer_id: uuid.UUID, plan_id: uuid.UUID, session_id: uuid.UUID) -> Any:
    query = select(*COLUMNS, *numbers_for(viewer_id))
    query = query.outerjoin(Activity, Activity.id == PlanSession.activity_id)
    return query.where(PlanSession.id == session_id, PlanSession.plan_id == plan_id)


def own_sessions(person_id: Any) -> Any:
    """Return the conditions that a `PlanSession` is of an open plan which a person owns; the statement has all three."""
    return and_(owned_sessions(), PlanMember.person_id == person_id)


def owned_sessions() -> Any:
    """Return the conditions that a `PlanSession` is of an open plan, and a `PlanMember` its owner."""
    return and_(
        PlanMember.plan_id == PlanSession.plan_id,
        PlanMember.role == OWNER,
        PlanMember.status == JOINED,
        TrainingPlan.id == PlanSession.plan_id,
        TrainingPlan.status.in_(OPEN_STATUSES),
    )


@built_once
def _own_days(person_id: uuid.UUID, first: dt.date, last: dt.date, most: int) -> Any:
    columns: list[Any] = [*COLUMNS, *WHOLE, TrainingPlan.name]
    return (
        select(*columns)
        .outerjoin(Activity, Activity.id == PlanSession.activity_id)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .where(own_sessions(person_id), PlanSession.day.between(first, last))
        .order_by(PlanSession.day, PlanSession.id)
        .limit(most)
    )


def own_days(person: Person, first: dt.date, last: dt.date) -> list[SessionRow]:
    """Return the sessions of a person's own open plans from one day to another: a hundred at most."""
    rows = _own_days(person.id, first, last, 100)
    return [session_row(row[:-1], sees_done=True, plan=row[-1]) for row in rows]
