"""Notifications about messages to people with duties."""

from hampa.broadcasts.queries import MESSAGE
from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `starts_at` is that of a shift, None for others. Readers from whom the writer is hidden get it without an actor.
    NotificationKind(
        "duty_message",
        feature="broadcasts",
        bulk=True,
        endpoint="duties.mine",
        names_actor=True,
        channels=CHANNELS,
        # By SMS only if the writer chose that for the message.
        defaults=("push", "sms"),
        passes_quiet="soon",
        topic="crews",
        label=_l("Messages to all who have duties"),
        fields=("starts_at",),
        words=(MESSAGE,),
        goes_unsigned=True,
        says_how_to_stop=False,
        read_on_page=False,
    )
)
