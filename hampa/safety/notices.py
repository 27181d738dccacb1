"""Notifications about watches and about looks at emergency contacts."""

from hampa.notifications.models import NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS
from hampa.safety.queries import CONTACT

register(
    # `what` is nudge, ask or told. The SMS are sent by `safety.actions`.
    NotificationKind(
        "home_safe", feature="safety", endpoint="safety.index", fields=("what", "expected_at", "zone"), words=(CONTACT,)
    ),
    NotificationKind(
        "contact_seen",
        feature="safety",
        endpoint="safety.contact",
        fields=SNAPSHOT_FIELDS,
        words=(RUN,),
        names_actor=True,
    ),
)
