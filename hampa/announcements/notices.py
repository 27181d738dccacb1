"""Notifications about messages of organisers."""

from hampa.announcements.queries import MESSAGE
from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    # `message` is its id. Readers from whom the organiser is hidden get it without an actor.
    NotificationKind(
        "organiser_message",
        feature="announcements",
        endpoint="runs.show",
        url_argument="run_id",
        names_actor=True,
        channels=APP_AND_SMS,
        fields=(*SNAPSHOT_FIELDS, "message"),
        words=(RUN, MESSAGE),
        goes_unsigned=True,
        anchor="messages",
    )
)
