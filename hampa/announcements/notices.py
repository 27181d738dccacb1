"""Notifications about messages of organisers."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import SNAPSHOT_FIELDS

register(
    # `name` is empty for readers from whom the organiser is hidden.
    NotificationKind(
        "organiser_message",
        feature="announcements",
        endpoint="runs.show",
        url_argument="run_id",
        names_actor=True,
        channels=APP_AND_SMS,
        fields=(*SNAPSHOT_FIELDS, "name", "text"),
    )
)
