"""Notifications about messages of operators."""

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.site_messages.queries import MESSAGE

register(
    NotificationKind(
        "site_message",
        feature="site_messages",
        bulk=True,
        endpoint="notifications.index",
        channels=CHANNELS,
        # By SMS only if the writer chose that for the message.
        defaults=("push", "sms"),
        topic="account",
        label=_l("Messages from the operators"),
        words=(MESSAGE,),
        read_on_page=False,
    )
)
