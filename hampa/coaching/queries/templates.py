"""Templates of a coach, whom they can be given to, and what became of giving one."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, func, or_, select

from hampa.coaching.models.athletes import Athlete
from hampa.coaching.models.sessions import PLANNED, CoachedPlan, PlanSession
from hampa.coaching.models.templates import WAITING, GivingResult, PlanTemplate, TemplateGiving, placed, weeks_of
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.sessions import PlanSeen, sessions_between
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform.db import db, scalar_or_404
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, decode
from hampa.training.models.plans import OPEN_STATUSES, TrainingPlan

A_PAGE = 30
MOST_OFFERED = 500
MOST_SAME = 20
"""Plans on the same days that are named before a template is given."""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template as a row of its coach's list."""

    id: uuid.UUID
    name: str
    created_at: datetime
    updated_at: datetime
    version: int
    sessions: int
    milestones: int


@built_once
def _templates(coach_id: uuid.UUID, before: datetime | None, last_id: uuid.UUID | None, most: int, *, on: bool) -> Any:
    row = PlanTemplate
    query = select(
        *(row.id, row.name, row.created_at, row.updated_at, row.version),
        func.jsonb_array_length(row.sessions),
        func.jsonb_array_length(row.milestones),
    ).where(row.coach_id == coach_id)
    if on:
        query = query.where(or_(row.created_at < before, and_(row.created_at == before, row.id < last_id)))
    return query.order_by(row.created_at.desc(), row.id.desc()).limit(most)


def templates_of(coach: Person, after: str | None = None, size: int = A_PAGE) -> Page[TemplateRow]:
    """Return a page of the templates of a coach, the latest first."""
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _templates(coach.id, before, last_id, size + 1, on=before is not None)
    return Page.of([TemplateRow(*row) for row in rows], size, lambda row: (row.created_at, row.id))


def template_of(coach: Person, template_id: uuid.UUID, *, lock: bool = False) -> PlanTemplate:
    """Return a template of a coach; those of others are not known to them. Raise NotFound."""
    query = select(PlanTemplate).where(PlanTemplate.id == template_id, PlanTemplate.coach_id == coach.id)
    if lock:
        query = query.with_for_update()
    return scalar_or_404(query.execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class TemplateWeek:
    """A week of a template: so many weeks before the race, with its sessions, the first day first."""

    to_race: int
    sessions: Sequence[Any]

    @property
    def planned_m(self) -> int:
        """Return the metres that are planned."""
        return sum(one["distance_m"] or 0 for one in self.sessions)

    @property
    def planned_s(self) -> int:
        """Return the seconds that are planned without a distance."""
        return sum(one["duration_s"] or 0 for one in self.sessions if not one["distance_m"])


def weeks_of_template(template: PlanTemplate) -> list[TemplateWeek]:
    """Return the weeks of a template that have sessions, the first one first."""
    weeks: dict[int, list[Any]] = {}
    for one in sorted(template.sessions, key=lambda one: (-one["before"], one["id"])):
        weeks.setdefault(one["before"] // 7, []).append(one)
    return [TemplateWeek(number, rows) for number, rows in weeks.items()]


def athletes_to_plan_for(coach: Person, only: Collection[uuid.UUID] | None = None) -> list[tuple[uuid.UUID, str]]:
    """Return the athletes whose plans a coach may change, by name, without those in the archive: 500 at most."""
    query = select(Athlete.id, Athlete.name).where(
        coach_may(coach.id, Athlete.id, "plans", changes=True), Athlete.archived_at.is_(None)
    )
    if only is not None:
        query = query.where(Athlete.id.in_(only))
    rows = db.session.execute(query.order_by(by_alphabet(Athlete.name), Athlete.id).limit(MOST_OFFERED))
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class SameDays:
    """That there are sessions of a plan on some of the days on which a template would be placed; `athlete` may be ""."""

    athlete: str
    plan: str
    days: int


@dataclass(frozen=True, slots=True)
class Placement:
    """What to know before a template is given: sessions whose days are over, the first day of others, and other plans.

    `token` stands for all of this: a form that has it was sent by somebody who has read it.
    """

    left_out: int
    kept: int
    first_on: dt.date | None
    same_days: Sequence[SameDays]
    token: str

    @property
    def asks(self) -> bool:
        """Return whether there is something to know."""
        return bool(self.left_out or self.same_days)


def placement_of(
    coach: Person,
    athletes: Collection[uuid.UUID],
    sessions: Sequence[Any],
    last_on: dt.date,
    plan_id: uuid.UUID | None = None,
) -> Placement:
    """Return what to know before scaled sessions are given to athletes until a day, or put into a plan of the person."""
    today = dates.today()
    days = [day for day, _one in placed(sessions, last_on)]
    kept = {day for day in days if day >= today}
    theirs = coach_may(coach.id, Athlete.id, "plans", changes=True)
    query = (
        select(func.coalesce(Athlete.name, ""), TrainingPlan.name, func.count(PlanSession.day.distinct()))
        .select_from(PlanSession)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .outerjoin(CoachedPlan, CoachedPlan.plan_id == PlanSession.plan_id)
        .outerjoin(Athlete, Athlete.id == CoachedPlan.athlete_id)
        .where(or_(and_(Athlete.id.in_(athletes), theirs), PlanSession.plan_id == plan_id))
        .where(TrainingPlan.status.in_(OPEN_STATUSES), PlanSession.state == PLANNED, PlanSession.day.in_(kept))
        .group_by(Athlete.name, Athlete.id, TrainingPlan.name, TrainingPlan.id)
        .order_by(by_alphabet(Athlete.name), Athlete.id, TrainingPlan.id)
        .limit(MOST_SAME)
    )
    same = [SameDays(*row) for row in db.session.execute(query)] if kept else []
    left_out = sum(day < today for day in days)
    token = sha256(repr((sorted(map(str, athletes)), left_out, sorted(days), same)).encode()).hexdigest()[:16]
    return Placement(left_out, len(days) - left_out, min(kept, default=None), same, token)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of giving a template to one athlete; `plan_id` is there for who may still see the plan."""

    athlete_id: uuid.UUID
    name: str
    outcome: str
    plan_id: uuid.UUID | None
    left_out: int


@dataclass(frozen=True, slots=True)
class Giving:
    """A giving with its results, for those of the athletes whom the coach still knows; `gone` counts the others."""

    row: TemplateGiving
    results: Sequence[ResultRow]
    gone: int

    @property
    def waiting(self) -> int:
        """Return how many athletes the worker has not come to yet."""
        return sum(one.outcome == WAITING for one in self.results)

    @property
    def weeks(self) -> int:
        """Return how many weeks were given."""
        return weeks_of(self.row.sessions)

    @property
    def first_on(self) -> dt.date:
        """Return the day of the first session that was given: those whose days were over are not."""
        given_on = dates.to_local(self.row.created_at).date()
        days = [day for day, _one in placed(self.row.sessions, self.row.last_on)]
        return min((day for day in days if day >= given_on), default=self.row.last_on)


def giving_of(coach: Person, giving_id: uuid.UUID) -> Giving:
    """Return what became of giving a template. Raise NotFound."""
    row = scalar_or_404(
        select(TemplateGiving).where(TemplateGiving.id == giving_id, TemplateGiving.coach_id == coach.id)
    )
    result = GivingResult
    sees = coach_may(coach.id, Athlete.id)
    query = (
        select(Athlete.id, Athlete.name, result.outcome, result.plan_id, result.left_out)
        .join(Athlete, Athlete.id == result.athlete_id)
        .where(result.giving_id == giving_id, sees)
        .order_by(by_alphabet(Athlete.name), Athlete.id)
    )
    rows = [ResultRow(*one) for one in db.session.execute(query)]
    count = db.session.scalar(select(func.count()).where(result.giving_id == giving_id)) or 0
    return Giving(row, rows, count - len(rows))


def rows_of_plan(seen: PlanSeen) -> tuple[dt.date | None, list[tuple[dt.date, dict[str, Any]]]]:
    """Return the last day of a plan, which is its race if there is one, and what is planned on each day."""
    rows = sessions_between(seen)
    last = seen.race_on or max((one.day for one in rows), default=None)
    columns = ("kind", "distance_m", "duration_s", "effort", "text")
    return last, [(one.day, {name: getattr(one, name) for name in columns}) for one in rows]


def _givings(references: Sequence[Reference]) -> Any:
    query = select(TemplateGiving.id, TemplateGiving.name).where(
        TemplateGiving.id.in_({one.subject_id for one in references})
    )
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"plan": names[one.subject_id]} for one in references if one.subject_id in names}


GIVING = Words(_givings, gone={"plan": _l("A plan that is gone")})
