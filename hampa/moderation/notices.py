"""Notifications to people who reported something."""

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    NotificationKind(
        "report_decided",
        feature="moderation",
        endpoint="moderation.show",
        url_argument="report_id",
        defaults=(),
        label=_l("What became of a report of yours"),
    )
)
