"""What gateways of SMS call: receipts, and SMS from people. They sign, or know a secret, and get no page."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, make_response, request

from hampa.outbox.actions import operating
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.sms.callbacks import Call, find_provider, read_inbound, read_receipt
from hampa.platform.web.csrf import checks_itself
from hampa.platform.web.permissions import machines

blueprint = Blueprint("outbox", __name__)

MOST_AT_ONCE = 100
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Twilio takes the body for the answer to the sender: an empty one."""


@blueprint.post("/gateways/<gateway>/receipts", defaults={"secret": ""})
@blueprint.post("/gateways/<gateway>/<secret>/receipts")
@machines
@checks_itself
def receipts(gateway: str, secret: str) -> Response:
    """Record what a gateway says of the delivery of messages."""
    calls = list(_calls(secret))
    if not calls or not all(find_provider(gateway, call) for call in calls):
        return _refused()
    for call in calls:
        receipt = read_receipt(gateway, call)
        if receipt is not None and not operating.record_receipt(gateway, receipt):
            operating.keep_receipt(gateway, receipt)
    db.session.commit()
    return make_response("", 204)


@blueprint.post("/gateways/<gateway>/messages", defaults={"secret": ""})
@blueprint.post("/gateways/<gateway>/<secret>/messages")
@machines
@checks_itself
def messages(gateway: str, secret: str) -> Response:
    """Hand SMS that people sent to the site to the features; nobody is answered."""
    calls = list(_calls(secret))
    if not calls or not all(find_provider(gateway, call) for call in calls):
        return _refused()
    for call in calls:
        if (sms := read_inbound(gateway, call)) is not None:
            try:
                operating.receive_sms(gateway, sms)
                db.session.commit()
            except TooFast:
                db.session.rollback()
    return make_response(NO_REPLY, 200, {"Content-Type": "text/xml; charset=utf-8"})


def _calls(secret: str) -> Iterator[Call]:
    """Yield the call, or one for each thing that it brings by JSON."""
    query = request.query_string.decode("latin-1")
    url = settings().base_url + request.path + (f"?{query}" if query else "")
    body = _json()
    rows = body if isinstance(body, list) else [body] if isinstance(body, dict) else None
    for row in [None] if rows is None else rows[:MOST_AT_ONCE]:
        found = (
            list(request.form.items(multi=True)) if row is None else list(row.items()) if isinstance(row, dict) else []
        )
        fields = [(str(name), "" if value is None else str(value)) for name, value in found]
        yield Call(
            url=url,
            address=request.remote_addr or "",
            secret=secret,
            signature=request.headers.get("X-Twilio-Signature", ""),
            fields=fields,
            message=request.args.get("message", ""),
        )


def _json() -> Any:
    """Return what the call brings by JSON; None without it, or when it can't be read."""
    try:
        return request.get_json(silent=True) if request.is_json else None
    except RecursionError:  # brackets within brackets, thousands deep
        return None


def _refused() -> Response:
    return make_response("This call is not the gateway's.\n", 403, {"Content-Type": "text/plain; charset=utf-8"})
