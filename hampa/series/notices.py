"""Notifications about several runs of a series."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import SNAPSHOT_FIELDS

register(
    # `runs` is how many runs changed or were `cancelled`; the snapshot is of the first of them.
    NotificationKind(
        "series_changed",
        feature="series",
        endpoint="series.show",
        url_argument="series_id",
        channels=APP_AND_SMS,
        icon="calendar",
        fields=(*SNAPSHOT_FIELDS, "changes", "runs", "cancelled", "reason"),
    )
)
