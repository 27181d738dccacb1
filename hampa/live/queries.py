"""What open pages ask for when they hear of an event."""

from datetime import timedelta

from hampa.notifications.queries.listing import Notice, notifications_of
from hampa.people.models import Person
from hampa.people.queries import hidden_ids
from hampa.platform import clock

__all__ = ["hidden_ids", "latest_notices"]

MOST_TOASTS = 3
LATEST = timedelta(seconds=30)


def latest_notices(person: Person) -> list[Notice]:
    """Return the person's few newest unread notifications of the last half minute, the oldest first."""
    since = clock.now() - LATEST
    latest = [notice for notice in notifications_of(person).items if notice.unread and notice.created_at > since]
    return latest[:MOST_TOASTS][::-1]
