"""Publishing a run or a series, within the limits."""

import uuid

from hampa.cards.queries.interests import companion_for
from hampa.joining.actions import join_run
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.plans.actions import RunPlan, publish_run, refuse_crew, refuse_past_closing, refuse_women_only
from hampa.platform.config import settings
from hampa.platform.errors import Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import Rule
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import run_snapshot
from hampa.series.actions.series import create_series


def publish(organiser: Person, plan: RunPlan, rule: Rule | None = None) -> Run:
    """Publish a run, or with `rule` a series, of which the first run is returned. Raise Refused."""
    refuse_flood(organiser)
    refuse_women_only(organiser, plan.company)
    refuse_crew(organiser, plan)
    refuse_past_closing(plan)
    return create_series(organiser, plan, rule) if rule else publish_run(organiser, plan)


def invite_companion(organiser: Person, run: Run, companion_id: uuid.UUID) -> None:
    """Take part in a run for two, and invite a companion to it by a notification. Raise NotFound for anybody else."""
    companion_for(organiser, companion_id)
    join_run(organiser, run.id, announced=False)
    notify(
        [companion_id],
        "run_for_two",
        actor_id=organiser.id,
        subject_id=run.id,
        data=run_snapshot(run),
        event=f"{run.id}:two",
        expires_at=run.ends_at,
    )


def refuse_flood(organiser: Person) -> None:
    """Count a run or series of the organiser. Raise Refused past as many a day as one person may publish."""
    limit(
        organiser,
        "runs.create",
        settings().runs_per_person_day,
        per="day",
        error=lambda _seconds: Refused(_("That is enough runs for one day. Publish the next one tomorrow.")),
    )
