"""Background work for reports: the steps of alerts, and the review of the week."""

from datetime import timedelta

from hampa.incidents import actions
from hampa.incidents.queries import alerts
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Stopping, job


@jobs.register_poller
def advance_due_alerts(name: str, stopping: Stopping) -> int:
    """Take each step that is due in a transaction of its own, and return how many were taken."""
    return jobs.take_due_steps(name, stopping, alerts.next_due_alert, actions.advance_alert)


@job("incidents.review_week", every=timedelta(minutes=30))
def review_week() -> None:
    """Tell who coordinates, in the morning of the first day of their week, that there is something to review."""
    actions.review_week(clock.now())
    db.session.commit()
