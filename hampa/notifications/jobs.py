"""Deletion of old notifications."""

from datetime import timedelta

from hampa.notifications import actions
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("notifications.forget_old", every=timedelta(days=1))
def delete_old_notifications() -> None:
    """Delete old notifications, a batch and a transaction at a time."""
    while actions.delete_old_notifications():
        db.session.commit()
    db.session.commit()
