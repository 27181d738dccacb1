"""Notifications about copies of a person's data and changes of phone number."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register

register(
    NotificationKind(
        "export_ready", feature="account", endpoint="account.export", channels=APP_AND_SMS, icon="download"
    ),
    # `phone` is the new number (E.164).
    NotificationKind("phone_changed", feature="account", endpoint="auth.sessions", fields=("phone",), icon="mobile"),
)
