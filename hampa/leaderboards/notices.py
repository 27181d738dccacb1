"""Notifications about flags of activities."""

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `what` is flagged, upheld or lifted.
    NotificationKind(
        "activity_flagged",
        feature="leaderboards",
        endpoint="training.activity",
        url_argument="activity_id",
        fields=("what",),
        topic="account",
        label=_l("Whether activities of mine count on boards"),
        icon="info",
    ),
    NotificationKind(
        "flag_appealed",
        feature="leaderboards",
        endpoint="leaderboards.flags",
        fields=(),
        names_actor=True,
        topic="account",
        label=_l("What people say to flags of mine, or to operators"),
        icon="info",
    ),
)
