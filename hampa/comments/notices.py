"""Notifications about comments."""

from hampa.comments.queries import COMMENT
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    # `comment` is the id of the comment.
    NotificationKind(
        "run_comment",
        feature="comments",
        endpoint="runs.show",
        url_argument="run_id",
        names_actor=True,
        fields=(*SNAPSHOT_FIELDS, "comment"),
        words=(RUN, COMMENT),
        anchor="comments",
        mute_as="run",
        topic="organising",
        label=_l("Comments and questions"),
    )
)
