"""Notifications about subscriptions: paid, given, ending, ended; to operators about money to give back."""

from functools import partial

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

about = partial(NotificationKind, feature="subscriptions", endpoint="subscriptions.overview", icon="card")

register(
    # `ends_at` is empty without an end; `amount` is in the smallest unit of `currency`.
    about(
        "subscription_paid",
        endpoint="subscriptions.payment",
        url_argument="payment_id",
        fields=("amount", "currency", "ends_at"),
        defaults=("push", "mail"),
        label=_l("My subscription: paid, given, refunded"),
        tone="mine",
    ),
    about("subscription_given", fields=("ends_at",), setting="subscription_paid", tone="mine"),
    about(
        "payment_refunded",
        endpoint="subscriptions.payment",
        url_argument="payment_id",
        fields=("amount", "currency"),
        setting="subscription_paid",
    ),
    about(
        "subscription_ends",
        fields=("days", "ends_at"),
        defaults=("push", "mail"),
        label=_l("My subscription ends soon, or has ended"),
        tone="dawn",
    ),
    about("subscription_late", fields=("until",), setting="subscription_ends", tone="dawn"),
    about("subscription_ended", setting="subscription_ends"),
    about(
        "payment_to_refund",
        endpoint="subscriptions.operate_payments",
        always=("app", "mail"),
        setting="account_security",
        icon="alert",
        tone="stop",
    ),
)
