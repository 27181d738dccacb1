"""The kind of entries of timelines that coaching has: what was done with an athlete and with the sessions of plans."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import Athlete, CoachingEvent
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.events import FELT, told
from hampa.people.models import Person
from hampa.people.queries import hidden_from, stand_in
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once, is_one_of
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register
from hampa.training.models.plans import JOINED, OWNER, PRIVATE, PlanMember, TrainingPlan

DONE = "coaching_done"
KEPT = ("athlete_added", "status", "archived", "unarchived", "invited")
"""Kinds of events of a record that are of its coaches alone."""


def _is_athlete(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a `CoachingEvent` is about the viewer: their record, or a plan that they own."""
    record, owner = aliased(Athlete), aliased(PlanMember)
    owns = owner.plan_id == CoachingEvent.plan_id, owner.person_id == viewer.id
    return or_(
        exists().where(record.id == CoachingEvent.athlete_id, record.person_id == viewer.id),
        exists().where(*owns, owner.role == OWNER, owner.status == JOINED),
    )


def _belongs(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that the viewer belongs to the plan of a `CoachingEvent`, and may see it."""
    member, plan = aliased(PlanMember), aliased(TrainingPlan)
    mine = member.plan_id == CoachingEvent.plan_id, member.person_id == viewer.id, member.status == JOINED
    return exists().where(*mine, plan.id == member.plan_id, plan.visibility != PRIVATE)


def _is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that the event is about the viewer, or that they coach the athlete, or belong to the plan.

    What was done and felt is for coaches whom the athlete lets see it, at the moment at which this is asked.
    """
    event = CoachingEvent
    is_felt = event.what.in_(constants(*FELT))
    return exists().where(
        event.id == TimelineEntry.subject_id,
        or_(
            and_(event.what.not_in(constants(*KEPT)), _is_athlete(viewer)),
            and_(~is_felt, or_(coach_may(viewer.id, event.athlete_id), _belongs(viewer))),
            and_(is_felt, coach_may(viewer.id, event.athlete_id, "activities")),
        ),
    )


def _events(viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    return {row.id: _values(viewer, row) for row in _told(viewer.id, list(ids))}


@built_once
def _told(viewer_id: uuid.UUID, ids: list[uuid.UUID]) -> Any:
    event, doer = CoachingEvent, aliased(Person)
    is_seen = or_(doer.id == viewer_id, and_(doer.state == "active", doer.id.not_in(hidden_from(viewer_id))))
    sees_done = or_(_is_athlete(stand_in(viewer_id)), coach_may(viewer_id, event.athlete_id, "activities"))
    coaches = coach_may(viewer_id, event.athlete_id)
    return (
        select(
            event.id,
            event.what,
            event.why,
            event.before,
            event.after,
            event.plan_id,
            TrainingPlan.name.label("plan"),
            case((coaches, event.athlete_id)).label("athlete_id"),
            case((coaches, Athlete.name), else_="").label("athlete"),
            doer.id.label("by_id"),
            doer.name.label("by"),
            sees_done.label("sees_done"),
        )
        .select_from(event)
        .outerjoin(doer, and_(doer.id == event.person_id, is_seen))
        .outerjoin(Athlete, Athlete.id == event.athlete_id)
        .outerjoin(TrainingPlan, TrainingPlan.id == event.plan_id)
        .where(is_one_of(event.id, ids))
    )


def _values(viewer: Person, row: Any) -> dict[str, Any]:
    shown = told(row.what, row.why, row.before, row.after, sees_why=row.sees_done or row.by_id == viewer.id)
    kept = {name: getattr(row, name) for name in ("plan_id", "plan", "athlete_id", "athlete", "by_id")}
    return {**dict(zip(("what", "why", "before", "after"), shown, strict=True)), **kept, "by": row.by or ""}


register(EntryKind(DONE, "coaching", lazy_pgettext("timeline", "Coaching"), _is_shown, _events))
