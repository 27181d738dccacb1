"""Taking over what a copy from another Hampa says: the same copy twice is once, because ids follow from those in it."""

import uuid
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.timeline.actions import record
from hampa.training.actions.activities import check_times, log_activity
from hampa.training.actions.plans import limit_new_plans
from hampa.training.models.activities import CIRCLES, Activity
from hampa.training.models.choices import TrainingChoices
from hampa.training.models.gear import MOST_GEAR, Gear
from hampa.training.models.goals import MOST_GOALS, Goal
from hampa.training.models.plans import JOINED, MOST_MILESTONES, OWNER, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.exported import ExportedActivity, ExportedPlans, id_here
from hampa.training.queries.plans import plans_to_take_over
from hampa.training.queries.previews import is_whole
from hampa.training.queries.timeline import PLAN_CREATED


def take_over_plans(person: Person, exported: ExportedPlans) -> int:
    """Make the plans, goals and gear of a copy that are not here, and return how many; the person is locked."""
    count = 0
    plan_ids = {one.id: id_here(person, one.id) for one in exported.plans}
    known = select(PlanMember.plan_id).where(PlanMember.person_id == person.id, PlanMember.plan_id.in_(plan_ids))
    made_before = select(TrainingPlan.id).where(TrainingPlan.id.in_(plan_ids.values()))
    there = {*db.session.scalars(known), *db.session.scalars(made_before)}
    new = [one for one in exported.plans if not {one.id, plan_ids[one.id]} & there and _counts_as_new(person)]
    for plan in new:
        values = plan.model_dump(include={"name", "description", "visibility", "status", "deadline"})
        db.session.add(TrainingPlan(id=plan_ids[plan.id], **values))
    db.session.flush()
    steps = dict.fromkeys((one.id for one in new), 0)
    for plan in new:
        db.session.add(PlanMember(plan_id=plan_ids[plan.id], person_id=person.id, role=OWNER, status=JOINED))
        record(PLAN_CREATED, person.id, plan_ids[plan.id], plan_id=plan_ids[plan.id])
    step_ids = [id_here(person, one.id) for one in exported.milestones if one.plan_id in steps]
    steps_there = set(db.session.scalars(select(Milestone.id).where(Milestone.id.in_(step_ids))))
    for step in exported.milestones:
        step_id = id_here(person, step.id)
        if steps.get(step.plan_id, MOST_MILESTONES) < MOST_MILESTONES and step_id not in steps_there:
            steps[step.plan_id] += 1
            values = step.model_dump(include={"name", "due_on", "done_at"})
            db.session.add(Milestone(id=step_id, plan_id=plan_ids[step.plan_id], **values))
    db.session.flush()
    count += len(new) + _take_over_goals(person, exported) + _take_over_gear(person, exported)
    if exported.choices is not None:
        row = {"id": ids.new_id(), "person_id": person.id, "created_at": clock.now(), "updated_at": clock.now()}
        chosen = insert(TrainingChoices).values(**row, **exported.choices.model_dump())
        db.session.execute(chosen.on_conflict_do_nothing(index_elements=["person_id"]))
    return count


def _counts_as_new(person: Person) -> bool:
    """Count a plan among those that the person makes today, unless these are as many as there may be."""
    try:
        limit_new_plans(person)
    except TooFast:
        return False
    return True


def _take_over_goals(person: Person, exported: ExportedPlans) -> int:
    wanted = [one.plan_id for one in exported.goals if one.plan_id is not None]
    plans = _own_plans(person, wanted)
    room = MOST_GOALS - (db.session.scalar(select(func.count()).where(Goal.person_id == person.id)) or 0)
    count = 0
    for one in exported.goals:
        goal_id = id_here(person, one.id)
        known = select(Goal.id).where(Goal.id.in_((one.id, goal_id)), Goal.person_id == person.id)
        is_of_gone_plan = one.plan_id is not None and one.plan_id not in plans
        if not is_whole(one) or is_of_gone_plan or count >= room or db.session.scalar(known) is not None:
            continue
        values = one.model_dump(exclude={"id", "plan_id"})
        plan_id = plans[one.plan_id] if one.plan_id is not None else None
        db.session.add(Goal(id=goal_id, person_id=person.id, plan_id=plan_id, **values))
        db.session.flush()
        count += 1
    return count


def _take_over_gear(person: Person, exported: ExportedPlans) -> int:
    """Make the gear of a copy; the kinds for which other gear is chosen by itself stay with that."""
    there = list(db.session.scalars(select(Gear).where(Gear.person_id == person.id)))
    known = {one.id for one in there}
    taken = {kind for one in there for kind in one.default_kinds}
    count = 0
    for one in exported.gear:
        gear_id = id_here(person, one.id)
        if {one.id, gear_id} & known or len(there) + count >= MOST_GEAR:
            continue
        values = one.model_dump(exclude={"id", "default_kinds"})
        kinds = [] if one.retired_at else sorted(set(one.default_kinds) - taken)
        taken |= set(kinds)
        db.session.add(Gear(id=gear_id, person_id=person.id, default_kinds=kinds, **values))
        count += 1
    db.session.flush()
    return count


def _own_gear(person: Person, exported_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id here of gear of a copy, if the person has it."""
    query = select(Gear.id).where(Gear.person_id == person.id, Gear.id.in_((exported_id, id_here(person, exported_id))))
    return db.session.scalar(query.limit(1))


def _own_plans(person: Person, exported_ids: list[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the ids here of those plans of a copy that the person logs on, by their ids in it."""
    here = {one: id_here(person, one) for one in exported_ids}
    found = plans_to_take_over(person, [*here, *here.values()])
    return {one: (one if one in found else here[one]) for one in exported_ids if {one, here[one]} & found}


def take_over_activity(person: Person, exported: ExportedActivity) -> tuple[Activity, bool]:
    """Return the activity of a copy, and whether it is new here. Raise Refused for impossible times."""
    same_times = (Activity.started_at == exported.started_at) & (Activity.ended_at == exported.ended_at)
    is_here = Activity.id.in_((exported.id, id_here(person, exported.id))) | (
        same_times & (Activity.kind == exported.kind) & (Activity.duration_s == exported.duration_s)
    )
    there = db.session.scalars(select(Activity).where(Activity.person_id == person.id, is_here).limit(1)).first()
    if there is not None:
        return there, False
    check_times(exported.started_at, exported.ended_at, exported.duration_s)
    plans = _own_plans(person, [exported.plan_id]) if exported.plan_id is not None else {}
    values = exported.model_dump(exclude={"id", "plan_id", "gear_id", *CIRCLES})
    activity = Activity(
        id=id_here(person, exported.id),
        person_id=person.id,
        day=exported.started_at.astimezone(ZoneInfo(exported.timezone)).date(),
        plan_id=plans.get(exported.plan_id) if exported.plan_id is not None else None,
        gear_id=_own_gear(person, exported.gear_id) if exported.gear_id is not None else None,
        **values,
        **{circle: getattr(exported, circle) for circle in CIRCLES},
    )
    db.session.add(activity)
    log_activity(activity)
    return activity, True
