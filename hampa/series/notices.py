"""Notifications about several runs of a series."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import FIRST_RUN, SNAPSHOT_FIELDS

register(
    # `runs` is how many runs changed or were `cancelled`; `run` is the id of the first of them.
    NotificationKind(
        "series_changed",
        feature="series",
        endpoint="series.show",
        url_argument="series_id",
        channels=APP_AND_SMS,
        icon="calendar",
        fields=(*SNAPSHOT_FIELDS, "run", "changes", "runs", "cancelled"),
        words=(FIRST_RUN,),
    )
)
