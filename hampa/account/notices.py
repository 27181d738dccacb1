"""Notifications about copies of a person's data and changes of phone number."""

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    NotificationKind(
        "export_ready",
        feature="account",
        endpoint="account.export",
        channels=CHANNELS,
        defaults=("push", "sms"),
        label=_l("The copy of your data is ready"),
        icon="download",
    ),
    # `phone` is the new number (E.164).
    NotificationKind(
        "phone_changed",
        feature="account",
        endpoint="auth.sessions",
        fields=("phone",),
        always=("app", "mail"),
        passes_quiet="always",
        setting="account_security",
        icon="mobile",
    ),
)
