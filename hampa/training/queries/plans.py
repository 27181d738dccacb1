"""Plans: which a person sees, who belongs to one, what was done on it, and what waits for an answer."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, null, or_, select
from sqlalchemy.orm import aliased

from hampa.cards.queries.interests import companion_ids
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.people.models import Person
from hampa.people.queries import (
    PersonSummary,
    hidden_from,
    hidden_ids,
    is_none_of,
    names_people,
    stand_in,
    summary_columns,
)
from hampa.platform.answers import answer_columns
from hampa.platform.db import columns_of, db, loaded, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.one_by_one import JoinOneByOne, OneByOne
from hampa.platform.statements import built_once, planned_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.training.models.activities import Activity
from hampa.training.models.plans import (
    INVITED,
    JOINED,
    MEMBERS,
    OPEN_STATUSES,
    OWNER,
    PRIVATE,
    PUBLIC,
    VIEWER,
    Milestone,
    PlanMember,
    TrainingPlan,
)
from hampa.training.queries.overview import Totals
from hampa.training.queries.rows import ActivityRow
from hampa.training.queries.visibility import counts_for, is_shown_to, told, told_columns

A_PAGE = 20
LATEST_SHOWN = 5
MOST_OFFERED = 100
INVITATIONS = "plan_invitation"


def member_sees() -> ColumnElement[bool]:
    """Return the condition that the person of a `PlanMember` sees the plan."""
    return or_(PlanMember.role == OWNER, TrainingPlan.visibility != PRIVATE)


def sees_as_member(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person belongs to a `TrainingPlan`, or is invited to it, and sees it."""
    return exists().where(PlanMember.plan_id == TrainingPlan.id, PlanMember.person_id == person_id, member_sees())


Keeper = Callable[[Any, Any], ColumnElement[str | None]]
_keepers: list[Keeper] = []


def also_kept_by(role_of: Keeper) -> Keeper:
    """Let people keep a plan for its owner in a role that a higher feature gives them, such as their coach.

    The function takes the ids of a viewer and a plan, as they stand in a statement, and returns the role, NULL for others.
    """
    _keepers.append(role_of)
    return role_of


def is_known_to(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person may know of a `TrainingPlan`: they belong to it, keep it, or everybody sees it."""
    kept = (role_of(person_id, TrainingPlan.id).is_not(None) for role_of in _keepers)
    return or_(sees_as_member(person_id), TrainingPlan.visibility == PUBLIC, *kept)


def plan_for(viewer: Person, plan_id: uuid.UUID) -> tuple[TrainingPlan, PlanMember | None]:
    """Return a plan that a viewer sees, and how they belong to it or keep it. Raise NotFound."""
    row = _plan(viewer.id, plan_id, hidden_ids(viewer)).one_or_none()
    if row is None or not (row.is_member or row.is_open or row.keeps_as):
        raise NotFound
    width = len(columns_of(TrainingPlan))
    plan, member = loaded(TrainingPlan, row[:width]), None
    if row.is_member:
        member = loaded(PlanMember, row[width:-3])
    elif row.keeps_as:
        member = PlanMember(plan_id=plan_id, person_id=viewer.id, role=row.keeps_as)
    if member is not None:
        member.keeps_as = row.keeps_as
    return plan, member


@built_once
def _plan(viewer_id: uuid.UUID, plan_id: uuid.UUID, hidden: list[uuid.UUID]) -> Any:
    mine = and_(PlanMember.plan_id == TrainingPlan.id, PlanMember.person_id == viewer_id)
    owner = aliased(PlanMember)
    person = aliased(Person)
    owner_is_seen = (
        exists()
        .where(owner.plan_id == TrainingPlan.id, owner.role == OWNER, person.id == owner.person_id)
        .where(person.state == "active", is_none_of(owner.person_id, hidden))
        .correlate(TrainingPlan)
    )
    kept = func.coalesce(*(role_of(viewer_id, TrainingPlan.id) for role_of in _keepers), null())
    query = select(
        *columns_of(TrainingPlan),
        *columns_of(PlanMember),
        and_(PlanMember.id.is_not(None), member_sees()).label("is_member"),
        and_(TrainingPlan.visibility == PUBLIC, owner_is_seen).label("is_open"),
        kept.label("keeps_as"),
    )
    return query.outerjoin(PlanMember, mine).where(TrainingPlan.id == plan_id)


def member_plan(person: Person, plan_id: uuid.UUID, *, owns: bool = False) -> tuple[TrainingPlan, PlanMember]:
    """Return a plan to which a person belongs, or which they own. Raise NotFound, and Forbidden for who sees it alone."""
    plan, member = plan_for(person, plan_id)
    if member is None or not (member.belongs or member.keeps) or (owns and not member.owns):
        raise Forbidden(
            _("Only the person who made this plan can do that.")
            if owns
            else _("Only members of this plan can do that.")
        )
    return plan, member


def locked_plan(plan_id: uuid.UUID) -> TrainingPlan:
    """Return a plan as it is now, locked. Raise NotFound."""
    query = select(TrainingPlan).where(TrainingPlan.id == plan_id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True))


def membership_in(plan_id: uuid.UUID, person_id: uuid.UUID) -> PlanMember | None:
    """Return how a person belongs to a plan, or is invited to it, locked."""
    query = select(PlanMember).where(PlanMember.plan_id == plan_id, PlanMember.person_id == person_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a plan with what they did on it."""

    person: PersonSummary
    role: str
    status: str
    count: int
    duration_s: int
    distance_m: int

    @property
    def is_invited(self) -> bool:
        """Return whether the person has not answered yet."""
        return self.status == INVITED


def members_of(viewer: Person, plan_id: uuid.UUID, *, owns: bool) -> list[MemberRow]:
    """Return the members of a plan whom a viewer sees, the owner first; a hundred at most.

    Who is asked to join is told to who decides on the plan alone: nobody stands in it before they agreed.
    """
    rows = _members(viewer.id, plan_id, owns=owns)
    return [MemberRow(row[0], row[1], row[2], *map(int, row[3:])) for row in rows]


@planned_once
def _members(viewer_id: uuid.UUID, plan_id: uuid.UUID, *, owns: bool) -> Any:
    sums = (
        select(
            Activity.person_id,
            func.count().label("count"),
            func.sum(told("duration_s", viewer_id)).label("duration_s"),
            func.coalesce(func.sum(told("distance_m", viewer_id)), 0).label("distance_m"),
        )
        .where(Activity.plan_id == plan_id, counts_for(viewer_id))
        .group_by(Activity.person_id)
        .subquery("sums")
    )
    columns = (func.coalesce(sums.c[name], 0) for name in ("count", "duration_s", "distance_m"))
    query = (
        select(summary_columns(), PlanMember.role, PlanMember.status, *columns)
        .select_from(PlanMember)
        .join(Person, Person.id == PlanMember.person_id)
        .outerjoin(sums, sums.c.person_id == PlanMember.person_id)
        .where(PlanMember.plan_id == plan_id, Person.state == "active", Person.id.not_in(hidden_from(viewer_id)))
        .order_by(case((PlanMember.role == OWNER, 0), else_=1), PlanMember.created_at, PlanMember.id)
    )
    return query if owns else query.where(PlanMember.status == JOINED)


def owner_of(viewer: Person, plan_id: uuid.UUID) -> PersonSummary | None:
    """Return who made a plan; None if a block hides them."""
    return _owner(viewer.id, plan_id).scalars().first()


@built_once
def _owner(viewer_id: uuid.UUID, plan_id: uuid.UUID) -> Any:
    return (
        select(summary_columns())
        .join(PlanMember, PlanMember.person_id == Person.id)
        .where(PlanMember.plan_id == plan_id, PlanMember.role == OWNER, Person.id.not_in(hidden_from(viewer_id)))
    )


def totals_of_plan(viewer: Person, plan_id: uuid.UUID) -> Totals:
    """Return the sums of what was done on a plan, of others what the viewer may be told."""
    return Totals(*map(int, _totals(viewer.id, plan_id).one()))


@planned_once
def _totals(viewer_id: uuid.UUID, plan_id: uuid.UUID) -> Any:
    sums = func.count(), *(func.sum(told(name, viewer_id)) for name in ("duration_s", "distance_m", "climb_m"))
    counted = Activity.plan_id == plan_id, counts_for(viewer_id)
    return select(*(func.coalesce(one, 0) for one in sums)).where(*counted)


@dataclass(frozen=True, slots=True)
class PlanActivity:
    """An activity on a plan, with whose it is."""

    person: PersonSummary
    activity: ActivityRow


def activities_on(viewer: Person, plan_id: uuid.UUID, size: int = LATEST_SHOWN) -> list[PlanActivity]:
    """Return the latest activities on a plan that the viewer sees."""
    return [PlanActivity(row[0], ActivityRow(*row[1:])) for row in _latest(viewer.id, plan_id, size)]


@planned_once
def _latest(viewer_id: uuid.UUID, plan_id: uuid.UUID, size: int) -> Any:
    viewer = stand_in(viewer_id)
    return (
        select(summary_columns(), *told_columns(viewer))
        .select_from(JoinOneByOne(Activity, Person, Activity.person_id))
        .where(Activity.plan_id == plan_id, OneByOne(is_shown_to(viewer)))
        .order_by(Activity.started_at.desc(), Activity.id.desc())
        .limit(size)
    )


def milestones_of(plan_id: uuid.UUID) -> Sequence[Milestone]:
    """Return the milestones of a plan by their days, those without one last."""
    return _milestones(plan_id).scalars().all()


@built_once
def _milestones(plan_id: uuid.UUID) -> Any:
    query = select(Milestone).where(Milestone.plan_id == plan_id)
    return query.order_by(Milestone.due_on.nulls_last(), Milestone.id)


def milestone_of(plan_id: uuid.UUID, milestone_id: uuid.UUID) -> Milestone:
    """Return a milestone of a plan. Raise NotFound."""
    return scalar_or_404(select(Milestone).where(Milestone.id == milestone_id, Milestone.plan_id == plan_id))


def plans_to_log_on(person: Person) -> list[tuple[uuid.UUID, str]]:
    """Return the ids and names of the plans on which a person logs activities."""
    return [(row.id, row.name) for row in _to_log_on(person.id)]


@built_once
def _to_log_on(person_id: uuid.UUID) -> Any:
    return (
        select(TrainingPlan.id, TrainingPlan.name)
        .join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
        .where(PlanMember.person_id == person_id, PlanMember.status == JOINED, PlanMember.role != VIEWER)
        .where(TrainingPlan.status.in_(OPEN_STATUSES), member_sees())
        .order_by(TrainingPlan.created_at.desc(), TrainingPlan.id)
        .limit(MOST_OFFERED)
    )


def seen_name_of_plan(viewer: Person, plan_id: uuid.UUID | None) -> str | None:
    """Return the name of a plan that a viewer sees; None for others."""
    if plan_id is None:
        return None
    row = _plan(viewer.id, plan_id, hidden_ids(viewer)).one_or_none()
    return row.name if row is not None and (row.is_member or row.is_open or row.keeps_as) else None


def logs_on(person: Person, plan_id: uuid.UUID) -> bool:
    """Return whether a person logs activities on a plan that goes on."""
    query = _joined_plans(person, [plan_id]).where(_may_log())
    return db.session.scalar(query) is not None


def plans_to_take_over(person: Person, plan_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some plans on which what a copy brings may stand: their own, and those on which they log."""
    return set(db.session.scalars(_joined_plans(person, plan_ids).where(or_(PlanMember.role == OWNER, _may_log()))))


def _joined_plans(person: Person, plan_ids: Collection[uuid.UUID]) -> Select[uuid.UUID]:
    query = select(PlanMember.plan_id).join(PlanMember.plan).where(PlanMember.plan_id.in_(plan_ids))
    return query.where(PlanMember.person_id == person.id, PlanMember.status == JOINED)


def _may_log() -> ColumnElement[bool]:
    return and_(PlanMember.role != VIEWER, TrainingPlan.status.in_(OPEN_STATUSES), member_sees())


def people_to_invite(person: Person, plan_id: uuid.UUID, only: uuid.UUID | None = None) -> list[PersonSummary]:
    """Return companions and people of one's crews who are not in a plan, by name: a hundred at most."""
    return list(_to_invite(person.id, plan_id, only, is_one=only is not None).scalars())


@built_once
def _to_invite(person_id: uuid.UUID, plan_id: uuid.UUID, only: uuid.UUID | None, *, is_one: bool) -> Any:
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    in_crews = select(theirs.person_id).join(mine, mine.crew_id == theirs.crew_id)
    in_crews = in_crews.where(mine.person_id == person_id, mine.status == ACTIVE, theirs.status == ACTIVE)
    there = select(PlanMember.person_id).where(PlanMember.plan_id == plan_id)
    query = (
        select(summary_columns())
        .where(or_(Person.id.in_(companion_ids(person_id)), Person.id.in_(in_crews)), Person.id.not_in(there))
        .where(Person.state == "active", Person.id != person_id, Person.id.not_in(hidden_from(person_id)))
        .order_by(by_alphabet(Person.name), Person.id)
        .limit(MOST_OFFERED)
    )
    return query.where(Person.id == only) if is_one else query


@names_people
def is_named_by_plans(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` and the viewer are in one plan, or that the person made a public one.

    Who is only invited to a plan is told who made it, and named to nobody else.
    """
    if viewer is None:
        return false()
    mine, theirs = aliased(PlanMember), aliased(PlanMember)
    together = exists().where(
        *(mine.person_id == viewer.id, theirs.plan_id == mine.plan_id, theirs.person_id == Person.id),
        *(TrainingPlan.id == mine.plan_id, or_(mine.role == OWNER, TrainingPlan.visibility != PRIVATE)),
        or_(and_(mine.status == JOINED, or_(theirs.status == JOINED, mine.role == OWNER)), theirs.role == OWNER),
    )
    made = aliased(PlanMember)
    public = exists().where(
        *(made.person_id == Person.id, made.role == OWNER),
        *(TrainingPlan.id == made.plan_id, TrainingPlan.visibility == PUBLIC),
    )
    return or_(together, public)


def may_be_invited(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever a person is invited to a plan."""
    return exists().where(PlanMember.person_id == person.id, PlanMember.status == INVITED)


def invitations_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the plans to which a person is invited."""
    asker = aliased(Person)
    columns = answer_columns(PlanMember.plan_id, PlanMember.created_at, title=TrainingPlan.name, asker=asker)
    return (
        select(*columns)
        .select_from(PlanMember)
        .join(TrainingPlan, TrainingPlan.id == PlanMember.plan_id)
        .join(asker, asker.id == PlanMember.invited_by_id)
        .where(PlanMember.person_id == person.id, PlanMember.status == INVITED)
        .where(TrainingPlan.visibility.in_((MEMBERS, PUBLIC)), PlanMember.created_at <= now)
        .where(asker.state == "active", asker.id.not_in(hidden_from(person.id)))
    )
