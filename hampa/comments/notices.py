"""Notifications about comments."""

from hampa.notifications.models import NotificationKind, register
from hampa.runs.queries.snapshots import SNAPSHOT_FIELDS

register(
    # `line` is the text of the comment.
    NotificationKind(
        "run_comment",
        feature="comments",
        endpoint="runs.show",
        url_argument="run_id",
        names_actor=True,
        fields=(*SNAPSHOT_FIELDS, "name", "line"),
    )
)
