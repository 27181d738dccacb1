"""What gateways of payments call: signed, and only a hint to ask them."""

from flask import Response, make_response, request

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.payments.base import Unsigned
from hampa.platform.payments.gateways import payment_gateway
from hampa.platform.web.csrf import checks_itself
from hampa.platform.web.permissions import machines
from hampa.subscriptions.actions import buying, operating
from hampa.subscriptions.queries import payments
from hampa.subscriptions.views.blueprint import blueprint


@blueprint.post("/gateways/payments/<gateway>")
@machines
@checks_itself
def call(gateway: str) -> Response:
    """Have the worker ask about the payment that a signed call of the gateway names; the call itself proves nothing."""
    used = payment_gateway()
    read = getattr(used, "event_of", None)
    if used.name != gateway or read is None:
        raise NotFound
    try:
        event = read(request.get_data(), request.headers)
    except Unsigned:
        return make_response("This call is not the gateway's.\n", 403, {"Content-Type": "text/plain; charset=utf-8"})
    if event.given_back and (payment_id := payments.payment_referred_to(gateway, event.reference)):
        operating.note_refund_elsewhere(payment_id)
    elif event.gateway_id and (payment_id := payments.payment_at(gateway, event.gateway_id)):
        buying.check_soon(payment_id)
    db.session.commit()
    return make_response("", 204)
