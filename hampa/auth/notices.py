"""Notifications about the security of an account."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register

register(
    # `what` is new_device (with `browser` and `system`), wrong_codes or warned; there is no SMS of the last.
    NotificationKind(
        "account_security",
        feature="auth",
        endpoint="auth.sessions",
        fields=("what",),
        optional=("browser", "system"),
        channels=APP_AND_SMS,
        icon="lock",
    )
)
