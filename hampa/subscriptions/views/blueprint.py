"""The blueprint of all pages of subscriptions, which are there where they are sold."""

from flask import Blueprint

from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext
from hampa.platform.web import slots
from hampa.platform.web.operator_places import PLACES, OperatorPlace, Waiting
from hampa.subscriptions.forms import CHANGE_WORDS, GATEWAY_WORDS, PAYMENT_WORDS, STATE_WORDS, months_in_words
from hampa.subscriptions.models import ALLOWANCES, TO_REFUND
from hampa.subscriptions.queries import payments
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


_TO_REFUND = Waiting(
    _l("Payments to refund"),
    lambda _operator_id: payments.to_refund(),
    *("subscriptions.operate_payments", "card"),
    {"state": TO_REFUND},
)


def operator_places() -> list[OperatorPlace] | None:
    """Return the pages for operators, None while nothing is sold."""
    if not is_on():
        return None
    return [
        OperatorPlace("money", 10, _l("Subscribers"), "subscriptions.operate", "people"),
        OperatorPlace("money", 20, _l("Payments"), "subscriptions.operate_payments", "card", (_TO_REFUND,)),
        OperatorPlace("money", 30, lazy_pgettext("subscription", "Plans"), "subscriptions.operate_plans", "settings"),
    ]


slots.contribute(blueprint, PLACES, operator_places)


@blueprint.before_request
def only_where_sold() -> None:
    """Raise NotFound while the operator sells no subscriptions."""
    if not is_on():
        raise NotFound
