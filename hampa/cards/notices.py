"""Notifications about interests in cards."""

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register

register(
    # `name` is the actor's, `card` the title of the card, `line` the message of the interest.
    NotificationKind(
        "interest_received",
        feature="cards",
        endpoint="cards.show_interest",
        url_argument="interest_id",
        fields=("name", "card", "line"),
        names_actor=True,
    ),
    NotificationKind(
        "interest_accepted",
        feature="cards",
        endpoint="cards.show_interest",
        url_argument="interest_id",
        fields=("name", "interest"),
        names_actor=True,
        channels=APP_AND_SMS,
    ),
    NotificationKind(
        "interest_ended", feature="cards", endpoint="cards.index", fields=("name", "card"), names_actor=True
    ),
)
