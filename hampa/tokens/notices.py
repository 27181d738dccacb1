"""The notification about a token that was made."""

from hampa.notifications.models import CHANNELS, NotificationKind, register

register(
    NotificationKind(
        "token_made",
        feature="tokens",
        endpoint="tokens.index",
        channels=CHANNELS,
        always=("app", "sms", "mail"),
        passes_quiet="always",
        setting="account_security",
        icon="lock",
    )
)
