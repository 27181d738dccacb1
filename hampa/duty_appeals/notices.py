"""The notification that asks somebody to take a short shift."""

from hampa.duty_appeals.queries import APPEAL
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    NotificationKind(
        "duty_appeal",
        feature="duty_appeals",
        endpoint="duty_appeals.appealed",
        url_argument="appeal_id",
        words=(APPEAL,),
        topic="crews",
        icon="calendar",
        tone="dawn",
        label=_l("Shifts that need people, where I want to be asked"),
    )
)
