"""The scopes of boards: everybody who chose so, a crew, a plan.

Activities that only their person sees count nowhere. The boards of everybody count what everybody sees, those of a crew
what its members let their crews see, and those of a plan what its members log on it.
"""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import member_of
from hampa.leaderboards.models.registry import CREW, EVERYONE, PLAN, Scope
from hampa.leaderboards.models.standings import Standing
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import constants, db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.training.models import activities as circles
from hampa.training.models.activities import Activity
from hampa.training.models.plans import JOINED, PlanMember, TrainingPlan
from hampa.training.queries.plans import member_plan

SATURDAY, MONDAY = 6, 1


def everyone(_viewer: Person | None = None, _scope_id: uuid.UUID | None = None) -> Scope:
    """Return the scope of everybody; its weeks, months and clock are those of the site."""
    return Scope(EVERYONE, None, "", settings().timezone, _first_day(), is_solar())


def find_everyone(_scope_id: uuid.UUID | None) -> Scope:
    """Return the scope of everybody."""
    return everyone()


def open_crew(viewer: Person, crew_id: uuid.UUID | None) -> Scope:
    """Return the scope of a crew to an active member. Raise NotFound and Forbidden."""
    crew = member_of(viewer, _needed(crew_id)).crew
    return _of_crew(crew.id, crew.name, crew.timezone, crew.first_day)


def find_crew(crew_id: uuid.UUID | None) -> Scope | None:
    """Return the scope of a crew."""
    row = _crew(crew_id).one_or_none() if crew_id is not None else None
    return _of_crew(*row) if row is not None else None


@built_once
def _crew(crew_id: uuid.UUID) -> Any:
    return select(Crew.id, Crew.name, Crew.timezone, Crew.first_day).where(Crew.id == crew_id)


def open_plan(viewer: Person, plan_id: uuid.UUID | None) -> Scope:
    """Return the scope of a plan to one of its members. Raise NotFound and Forbidden."""
    plan, _member = member_plan(viewer, _needed(plan_id))
    return _of_plan(plan.id, plan.name)


def find_plan(plan_id: uuid.UUID | None) -> Scope | None:
    """Return the scope of a plan."""
    row = _plan(plan_id).one_or_none() if plan_id is not None else None
    return _of_plan(*row) if row is not None else None


@built_once
def _plan(plan_id: uuid.UUID) -> Any:
    return select(TrainingPlan.id, TrainingPlan.name).where(TrainingPlan.id == plan_id)


def seen_by_everyone(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that everybody sees an `Activity`."""
    return Activity.visibility.in_(constants(circles.EVERYONE))


def seen_by_crews(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that members of crews of its person see an `Activity`."""
    return Activity.visibility.in_(constants(circles.CREW, circles.EVERYONE))


def seen_on_plan(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that an `Activity` is logged on a plan, and not to be seen by its person alone."""
    return and_(Activity.plan_id == scope.id, Activity.visibility.not_in(constants(circles.ME)))


def on_everyone(_scope: Scope) -> Select[tuple[uuid.UUID]]:
    """Return the people who stand on the boards of everybody."""
    chosen = Standing.crew_id.is_(None), Standing.plan_id.is_(None)
    return _active().where(*chosen)


def on_crew(scope: Scope) -> Select[tuple[uuid.UUID]]:
    """Return the active members who stand on the boards of a crew."""
    belongs = select(CrewMembership.person_id).where(
        CrewMembership.crew_id == scope.id, CrewMembership.status.in_(constants(ACTIVE))
    )
    return _active().where(Standing.crew_id == scope.id, Standing.person_id.in_(belongs))


def on_plan(scope: Scope) -> Select[tuple[uuid.UUID]]:
    """Return the members who stand on the boards of a plan."""
    belongs = select(PlanMember.person_id).where(
        PlanMember.plan_id == scope.id, PlanMember.status.in_(constants(JOINED))
    )
    return _active().where(Standing.plan_id == scope.id, Standing.person_id.in_(belongs))


def crews_of(people: Collection[uuid.UUID]) -> Iterable[uuid.UUID | None]:
    """Return the crews to which any of these people belongs, or belonged."""
    return db.session.scalars(select(CrewMembership.crew_id).where(CrewMembership.person_id.in_(people)).distinct())


def plans_of(people: Collection[uuid.UUID]) -> Iterable[uuid.UUID | None]:
    """Return the plans to which any of these people belongs."""
    return db.session.scalars(select(PlanMember.plan_id).where(PlanMember.person_id.in_(people)).distinct())


def all_crews() -> Iterable[uuid.UUID | None]:
    """Return all crews on whose boards anybody stands."""
    return db.session.scalars(select(Standing.crew_id).where(Standing.crew_id.is_not(None)).distinct())


def all_plans() -> Iterable[uuid.UUID | None]:
    """Return all plans on whose boards anybody stands."""
    return db.session.scalars(select(Standing.plan_id).where(Standing.plan_id.is_not(None)).distinct())


def _active() -> Any:
    return (
        select(Standing.person_id)
        .join(Person, Person.id == Standing.person_id)
        .where(Person.state.in_(constants("active")))
    )


def _of_crew(crew_id: uuid.UUID, name: str, timezone: str, first_day: int) -> Scope:
    return Scope(CREW, crew_id, name, timezone, first_day, is_solar(), crew_id=crew_id)


def _of_plan(plan_id: uuid.UUID, name: str) -> Scope:
    return Scope(PLAN, plan_id, name, settings().timezone, _first_day(), is_solar(), all_kinds=True)


def is_solar() -> bool:
    """Return whether months are those of the Solar Hijri calendar: that of the language of the site."""
    return settings().default_locale == "fa"


def _first_day() -> int:
    return SATURDAY if settings().default_locale == "fa" else MONDAY


def _needed(scope_id: uuid.UUID | None) -> uuid.UUID:
    if scope_id is None:
        raise NotFound
    return scope_id
