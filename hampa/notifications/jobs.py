"""Deletion of old notifications, and of words that an earlier release stored in them."""

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


@job("notifications.blank_words", lease=timedelta(hours=1))
def blank_words() -> None:
    """Empty the words that an earlier release stored, a batch and a transaction at a time."""
    while actions.blank_words():
        db.session.commit()
    db.session.commit()
