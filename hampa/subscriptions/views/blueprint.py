"""The blueprint of all pages of subscriptions, which are there where they are sold."""

from typing import Any

from flask import Blueprint

from hampa.platform.errors import NotFound
from hampa.platform.web import slots
from hampa.subscriptions.forms import CHANGE_WORDS, GATEWAY_WORDS, PAYMENT_WORDS, STATE_WORDS, months_in_words
from hampa.subscriptions.models import ALLOWANCES
from hampa.subscriptions.queries.allowances import is_on

blueprint = Blueprint("subscriptions", __name__)
slots.share(
    blueprint,
    allowance_words=ALLOWANCES,
    months_in_words=months_in_words,
    payment_words=PAYMENT_WORDS,
    sells_subscriptions=is_on,
    subscription_changes=CHANGE_WORDS,
    subscription_gateways=GATEWAY_WORDS,
    subscription_states=STATE_WORDS,
)


def where_sold(here: str) -> dict[str, Any] | None:
    """Return nothing more for the link of operators, None while nothing is sold."""
    return {} if is_on() else None


slots.fill(blueprint, "admin.places", "subscriptions/admin/places.html", where_sold)


@blueprint.before_request
def only_where_sold() -> None:
    """Raise NotFound while the operator sells no subscriptions."""
    if not is_on():
        raise NotFound
