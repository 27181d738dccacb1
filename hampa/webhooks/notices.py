"""The notification about a webhook that was switched off."""

from hampa.notifications.models import WITHOUT_SMS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    NotificationKind(
        "webhook_off",
        feature="webhooks",
        endpoint="webhooks.index",
        channels=WITHOUT_SMS,
        defaults=("push", "mail"),
        label=_l("A webhook of mine is switched off"),
        icon="link",
    )
)
