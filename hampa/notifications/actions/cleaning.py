"""Deletion of old notifications, and of words that an earlier release stored."""

from datetime import timedelta

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from hampa.notifications.models import SMS_FOLDER, Notification, notification_kinds
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db

KEEP_READ, KEEP = timedelta(days=90), timedelta(days=365)


def blank_words(batch: int = 5_000) -> int:
    """Empty the words that an earlier release stored, and return in how many notifications and SMS that were sent.

    These are at most `batch` of each kind, and as many SMS: they have no `subject`, and no text in exports any more.
    """
    count = _empty_sent_sms(batch)
    for kind in notification_kinds():
        if blanks := kind.blanks:
            stored = or_(*(func.coalesce(Notification.data[key].astext, "") != "" for key in blanks))
            rows = select(Notification.id).where(Notification.type == kind.name, stored).limit(batch)
            statement = update(Notification).where(Notification.id.in_(rows))
            result = db.session.execute(
                statement.values(data=Notification.data.concat(literal(blanks, JSONB))).execution_options(
                    synchronize_session=False
                )
            )
            count += int(result.rowcount)  # type: ignore[attr-defined]
    return count


def _empty_sent_sms(batch: int) -> int:
    """Empty the data of SMS that an earlier release wrote; those that may still be sent are left alone."""
    stored = select(OutboxMessage.id).where(
        OutboxMessage.template.startswith(SMS_FOLDER, autoescape=True),
        OutboxMessage.status.in_(("sent", "expired")),
        ~OutboxMessage.data.has_key("subject"),
        OutboxMessage.data != literal({}, JSONB),
    )
    statement = update(OutboxMessage).where(OutboxMessage.id.in_(stored.limit(batch))).values(data={})
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def delete_old_notifications(batch: int = 5_000) -> int:
    """Delete at most `batch` notifications read 90 days ago or a year old, and return how many were deleted."""
    now = clock.now()
    is_old = or_(Notification.created_at < now - KEEP, Notification.read_at < now - KEEP_READ)
    old = select(Notification.id).where(is_old).limit(batch)
    result = db.session.execute(
        delete(Notification).where(Notification.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
