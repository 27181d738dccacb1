"""What the console gateways delivered, for developers and for tests from outside."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from hampa.platform.delivery import console
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.web import pages
from hampa.platform.web.permissions import public

blueprint = Blueprint("dev_outbox", __name__)


@blueprint.get("/dev/outbox")
@public
def index() -> Response:
    """Newest first; `?to=` for one recipient, `?format=json` for programs."""
    to = recipient(request.args.get("to", ""))
    found = console.deliveries(to)
    if request.args.get("format") == "json":
        return jsonify(messages=[as_json(delivery) for delivery in found])
    return pages.render("dev/outbox.html", deliveries=found, to=to)


def recipient(given: str) -> str | None:
    """A number or an address as it is stored. A plain `+` in a URL arrives as a space, and may have been left out."""
    if "@" in given:
        return given.strip()
    digits = given.strip().lstrip("+")
    return f"+{digits}" if digits else None


def as_json(delivery: ConsoleDelivery) -> dict[str, str]:
    return {
        "id": str(delivery.id),
        "kind": delivery.kind,
        "purpose": delivery.purpose,
        "to": delivery.recipient,
        "text": delivery.text,
        "created_at": delivery.created_at.isoformat(),
    }
