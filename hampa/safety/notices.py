"""Notifications about watches and about looks at emergency contacts."""

from hampa.notifications.models import NotificationKind, register
from hampa.runs.queries.snapshots import SNAPSHOT_FIELDS

register(
    # `what` is nudge, ask or told; `contact` is the contact's name. The SMS are sent by `safety.actions`.
    NotificationKind("home_safe", feature="safety", endpoint="safety.index", fields=("what", "expected_at", "contact")),
    NotificationKind(
        "contact_seen", feature="safety", endpoint="safety.contact", fields=(*SNAPSHOT_FIELDS, "name"), names_actor=True
    ),
)
