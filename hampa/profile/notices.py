"""Notifications about the mail address of an account."""

from hampa.notifications.models import NotificationKind, register

register(
    # `what` is "added", "changed" or "removed".
    NotificationKind(
        "email_changed",
        feature="profile",
        endpoint="profile.email",
        fields=("what",),
        # The address before is mailed by `profile.actions`; the new one has just been used.
        channels=("app", "push"),
        always=("app",),
        passes_quiet="always",
        setting="account_security",
        icon="mail",
    )
)
