"""Notifications about interests in cards."""

from functools import partial

from hampa.cards.queries.interests import INTEREST
from hampa.notifications.models import APP_AND_SMS, NotificationKind, register

interest_kind = partial(
    NotificationKind, feature="cards", endpoint="cards.show_interest", url_argument="interest_id", names_actor=True
)

register(
    interest_kind("interest_received", words=(INTEREST,)),
    interest_kind("interest_accepted", fields=("interest",), channels=APP_AND_SMS),
    # The card is deleted, and nothing of it is told.
    NotificationKind("interest_ended", feature="cards", endpoint="cards.index", names_actor=True, read_on_page=False),
)
