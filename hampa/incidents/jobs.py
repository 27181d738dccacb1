"""Background work for reports: the steps of alerts, and the review of the week."""

import logging
import uuid
from datetime import timedelta

from hampa.incidents import actions
from hampa.incidents.queries import alerts
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Stopping, job

log = logging.getLogger(__name__)


@jobs.register_poller
def advance_due_alerts(name: str, stopping: Stopping) -> int:
    """Take each step that is due in a transaction of its own, and return how many were taken.

    As with watches (`safety.jobs`) there are no jobs for them, so that nobody waits for a lease when a worker dies.
    """
    taken = 0
    failed: list[uuid.UUID] = []
    while name == jobs.URGENT and not stopping():
        alert = alerts.next_due_alert(failed)
        if alert is None:
            db.session.rollback()
            break
        alert_id = alert.id
        try:
            actions.advance_alert(alert)
            db.session.commit()
            taken += 1
        except Exception:
            log.exception("the step of alert %s failed", alert_id)
            db.session.rollback()
            failed.append(alert_id)
    return taken


@job("incidents.review_week", every=timedelta(minutes=30))
def review_week() -> None:
    """Tell who coordinates, in the morning of the first day of their week, that there is something to review."""
    actions.review_week(clock.now())
    db.session.commit()
