"""Deletion of old notifications and of words that an earlier release stored in them; answers to SMS that came in."""

from datetime import datetime, timedelta

from hampa.notifications.actions import cleaning, notifying, stops
from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.platform.sms.inbound import register_inbound

register_inbound(lambda number, text, _gateway: stops.answer_sms(number, text))


@job("notifications.tell_pages")
def tell_pages(event: str, created_at: datetime) -> None:
    """Tell the open pages of the many people whom an event notified, a batch and a transaction at a time."""
    last = notifying.tell_pages(event, created_at)
    while last is not None:
        db.session.commit()
        last = notifying.tell_pages(event, created_at, last)


@job("notifications.forget_old", every=timedelta(days=1))
def delete_old_notifications() -> None:
    """Delete old notifications, a batch and a transaction at a time."""
    while cleaning.delete_old_notifications():
        db.session.commit()
    db.session.commit()


@job("notifications.blank_words", lease=timedelta(hours=1))
def blank_words() -> None:
    """Empty the words that an earlier release stored, a batch and a transaction at a time."""
    while cleaning.blank_words():
        db.session.commit()
    db.session.commit()
