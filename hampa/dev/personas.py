"""Sign in as somebody of the demo community, without a code."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hampa.auth.actions import sessions
from hampa.people.queries import people
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import phone as numbers
from hampa.platform.web import pages, session
from hampa.platform.web.permissions import public

blueprint = Blueprint("personas", __name__)


@blueprint.get("/dev/as/<phone>")
@public
def become(phone: str) -> Response:
    """Be this demo person in this browser; nobody else can be become. `next` says where to go."""
    try:
        number = numbers.parse(phone, settings().phone_region)
    except numbers.PhoneError:
        raise NotFound from None
    person = people.by_phone(number)
    if person is None or not person.is_demo:
        raise NotFound
    sessions.open_session(person, address=request.remote_addr or "", agent=request.user_agent.string, method="code")
    db.session.commit()
    session.enter(person)
    return pages.redirect(pages.safe_next(request.args.get("next"), "/"))
