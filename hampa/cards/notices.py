"""Notifications about interests in cards."""

from functools import partial

from hampa.cards.queries.interests import INTEREST
from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

interest_kind = partial(
    NotificationKind,
    feature="cards",
    endpoint="cards.show_interest",
    url_argument="interest_id",
    names_actor=True,
    topic="people",
)

register(
    interest_kind("interest_received", words=(INTEREST,), label=_l("Somebody wants to run with you")),
    interest_kind(
        "interest_accepted",
        fields=("interest",),
        channels=CHANNELS,
        defaults=("push", "sms"),
        label=_l("Somebody says yes to you"),
    ),
    # The card is deleted, and nothing of it is told.
    NotificationKind(
        "interest_ended",
        feature="cards",
        endpoint="cards.index",
        names_actor=True,
        read_on_page=False,
        setting="interest_accepted",
    ),
)
