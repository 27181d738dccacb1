"""Notifications that remind of a run."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    # `kind` is evening or soon.
    NotificationKind(
        "run_reminder",
        feature="reminders",
        endpoint="runs.show",
        url_argument="run_id",
        words=(RUN,),
        channels=APP_AND_SMS,
        fields=(*SNAPSHOT_FIELDS, "kind"),
    )
)
