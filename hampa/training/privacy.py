"""Export and erasure of a person's training."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.actions.plans import hand_over
from hampa.training.models.activities import Activity
from hampa.training.models.choices import TrainingChoices
from hampa.training.models.gear import Gear
from hampa.training.models.goals import Goal
from hampa.training.models.plans import OWNER, Milestone, PlanMember, TrainingPlan
from hampa.training.models.timers import Timer

privacy_registry.holds(Activity.person_id, noun="activities", fate="delete")
privacy_registry.holds(TrainingChoices.person_id, noun="training_choices", fate="delete")
privacy_registry.holds(Timer.person_id, noun="activity_timers", fate="delete")
privacy_registry.holds(Gear.person_id, noun="training_gear", fate="delete")
privacy_registry.holds(Goal.person_id, noun="training_goals", fate="delete")
privacy_registry.holds(PlanMember.person_id, noun="training_plans", fate="delete")
privacy_registry.holds(PlanMember.invited_by_id, noun="training_plan_invitations", fate="empty")


@privacy_registry.exports("activities", _l("What you logged of your training"))
def export_activities(person: Person) -> Iterable[dict[str, Any]]:
    """Return the activities; `duration_s` is without breaks, `day` the date on the clock of `timezone`."""
    columns = (
        "id kind started_at ended_at timezone day duration_s distance_m climb_m effort feeling note visibility"
        " map_visibility heart_visibility run_id plan_id gear_id"
        " created_at updated_at"
    )
    return privacy_registry.rows_of(person, Activity.person_id, columns)


@privacy_registry.exports("training_choices", _l("Who sees your activities, the map and your pulse"))
def export_choices(person: Person) -> Iterable[dict[str, Any]]:
    """Return what the person chose for new activities, if they did."""
    columns = "id visibility map_visibility heart_visibility created_at updated_at"
    return privacy_registry.rows_of(person, TrainingChoices.person_id, columns)


@privacy_registry.exports("activity_timers", _l("Your timer, while it runs"))
def export_timers(person: Person) -> Iterable[dict[str, Any]]:
    """Return the timer, if one runs."""
    columns = "id kind timezone started_at paused_at paused_s pauses asked_at created_at"
    return privacy_registry.rows_of(person, Timer.person_id, columns)


@privacy_registry.exports("training_gear", _l("Your shoes and other gear"))
def export_gear(person: Person) -> Iterable[dict[str, Any]]:
    """Return the gear; its kilometres are those of the activities that name it, and `before_m`."""
    columns = "id name kind since before_m limit_m default_kinds warned_at retired_at created_at updated_at"
    return privacy_registry.rows_of(person, Gear.person_id, columns)


@privacy_registry.exports("training_goals", _l("Goals of your training"))
def export_goals(person: Person) -> Iterable[dict[str, Any]]:
    """Return the goals; `target` is in metres, seconds, metres of climb, or activities."""
    columns = "id metric period target kind starts_on ends_on plan_id created_at"
    return privacy_registry.rows_of(person, Goal.person_id, columns)


@privacy_registry.exports("training_plans", _l("Plans to which you belong, or are invited"))
def export_plans(person: Person) -> Iterable[dict[str, Any]]:
    """Return the plans with your role in each."""
    query = (
        select(
            TrainingPlan.id,
            TrainingPlan.name,
            TrainingPlan.description,
            TrainingPlan.visibility,
            TrainingPlan.status,
            TrainingPlan.deadline,
            PlanMember.role,
            PlanMember.status.label("membership"),
            PlanMember.created_at,
        )
        .join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
        .where(PlanMember.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, PlanMember)


@privacy_registry.exports("training_milestones", _l("Milestones of plans of yours"))
def export_milestones(person: Person) -> Iterable[dict[str, Any]]:
    """Return the milestones of the plans that the person made."""
    columns = privacy_registry.columns(Milestone, "id plan_id name due_on done_at created_at")
    query = select(*columns).join(PlanMember, PlanMember.plan_id == Milestone.plan_id)
    made = query.where(PlanMember.person_id == person.id, PlanMember.role == OWNER)
    return privacy_registry.rows_in_order(made, Milestone)


@privacy_registry.exports("training_plan_invitations", _l("People you invited to plans"))
def export_invitations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the plans and roles, without whom it was about."""
    return privacy_registry.rows_of(person, PlanMember.invited_by_id, "plan_id role status created_at")


@privacy_registry.erases
def hand_plans_over(person: Person) -> None:
    """Give plans of the person to their members, and delete those without any."""
    made = select(PlanMember.plan_id).where(PlanMember.person_id == person.id, PlanMember.role == OWNER)
    for plan_id in db.session.scalars(made.order_by(PlanMember.plan_id)).all():
        hand_over(plan_id)
