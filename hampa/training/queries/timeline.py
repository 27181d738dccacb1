"""Kinds of entries of timelines: activities, plans, and their milestones."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once, is_one_of, planned_once
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register
from hampa.training.models.activities import Activity
from hampa.training.models.plans import JOINED, OWNER, PRIVATE, PUBLIC, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.rows import ActivityRow
from hampa.training.queries.visibility import is_shown_to, told_columns

ACTIVITY, PLAN_CREATED, PLAN_JOINED, MILESTONE = "activity_logged", "plan_created", "plan_joined", "milestone_reached"


def _activity_is_shown(viewer: Person) -> ColumnElement[bool]:
    return exists().where(
        Activity.id == TimelineEntry.subject_id, Activity.person_id == TimelineEntry.person_id, is_shown_to(viewer)
    )


def _belongs(viewer: Person, plan: Any) -> ColumnElement[bool]:
    """Return the condition that a viewer belongs to the plan of an entry, and may see it."""
    mine = aliased(PlanMember)
    seen = or_(mine.role == OWNER, plan.visibility != PRIVATE)
    return exists().where(mine.plan_id == plan.id, mine.person_id == viewer.id, mine.status == JOINED, seen)


def _plan_is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a viewer sees who made the plan: its owner still, and members, or all of a public one."""
    plan, owner = aliased(TrainingPlan), aliased(PlanMember)
    theirs = owner.plan_id == plan.id, owner.person_id == TimelineEntry.person_id, owner.role == OWNER
    owns = exists().where(*theirs).correlate_except(owner)
    return exists().where(
        plan.id == TimelineEntry.subject_id, owns, or_(plan.visibility == PUBLIC, _belongs(viewer, plan))
    )


def _membership_is_shown(viewer: Person) -> ColumnElement[bool]:
    plan, theirs = aliased(TrainingPlan), aliased(PlanMember)
    joined = theirs.plan_id == plan.id, theirs.person_id == TimelineEntry.person_id, theirs.status == JOINED
    belongs = exists().where(*joined).correlate_except(theirs)
    return exists().where(plan.id == TimelineEntry.subject_id, belongs, _belongs(viewer, plan))


def _milestone_is_shown(viewer: Person) -> ColumnElement[bool]:
    plan = aliased(TrainingPlan)
    reached = Milestone.id == TimelineEntry.subject_id, Milestone.done_at.is_not(None)
    return exists().where(*reached, plan.id == Milestone.plan_id, _belongs(viewer, plan))


def _activities(viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    rows = [ActivityRow(*row) for row in _told(viewer.id, list(ids))]
    return {
        row.id: {
            "kind": row.kind,
            "activity_id": row.id,
            "duration_s": row.duration_s,
            "distance_m": row.distance_m,
            "started_at": row.started_at,
        }
        for row in rows
    }


@planned_once
def _told(viewer_id: uuid.UUID, ids: list[uuid.UUID]) -> Any:
    return select(*told_columns(stand_in(viewer_id))).select_from(Activity).where(is_one_of(Activity.id, ids))


def _plans(_viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    return {row.id: {"plan_id": row.id, "name": row.name} for row in _names(list(ids))}


@built_once
def _names(ids: list[uuid.UUID]) -> Any:
    return select(TrainingPlan.id, TrainingPlan.name).where(is_one_of(TrainingPlan.id, ids))


def _milestones(_viewer: Person, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    rows = _reached(list(ids))
    return {row.id: {"plan_id": row.plan_id, "name": row.name, "plan": row.plan} for row in rows}


@built_once
def _reached(ids: list[uuid.UUID]) -> Any:
    query = select(Milestone.id, Milestone.name, Milestone.plan_id, TrainingPlan.name.label("plan"))
    return query.join(TrainingPlan, TrainingPlan.id == Milestone.plan_id).where(is_one_of(Milestone.id, ids))


register(
    EntryKind(ACTIVITY, "training", lazy_pgettext("timeline", "Activities"), _activity_is_shown, _activities),
    EntryKind(PLAN_CREATED, "training", lazy_pgettext("timeline", "New plans"), _plan_is_shown, _plans),
    EntryKind(PLAN_JOINED, "training", lazy_pgettext("timeline", "Who joined plans"), _membership_is_shown, _plans),
    EntryKind(MILESTONE, "training", lazy_pgettext("timeline", "Milestones"), _milestone_is_shown, _milestones),
)
