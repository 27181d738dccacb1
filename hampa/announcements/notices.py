"""Notifications that bring an organiser's message."""

from __future__ import annotations

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.actions.snapshots import SNAPSHOT_FIELDS

register(
    # `text` is what the organiser wrote; `name` is empty for those who may not know who that was.
    NotificationKind(
        "organiser_message",
        feature="announcements",
        endpoint="runs.show",
        url_argument="run_id",
        fields=(*SNAPSHOT_FIELDS, "name", "text"),
        names_actor=True,
        channels=APP_AND_SMS,
    )
)
