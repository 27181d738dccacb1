"""Notifications to operators: a gateway that rests, a budget that is used."""

from hampa.notifications.models import NotificationKind, register

register(
    NotificationKind(
        "gateway_rests",
        feature="admin",
        endpoint="admin.queues",
        fields=("gateway",),
        always=("app", "mail"),
        passes_quiet="always",
        setting="account_security",
        icon="alert",
        tone="stop",
    ),
    # `amount` is a decimal number in words, of the currency with these three letters.
    NotificationKind(
        "budget_used",
        feature="admin",
        endpoint="admin.queues",
        fields=("amount", "currency"),
        always=("app", "mail"),
        setting="account_security",
        icon="alert",
        tone="dawn",
    ),
)
