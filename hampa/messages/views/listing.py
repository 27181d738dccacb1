"""The list of conversations, and the box of first messages that wait."""

import uuid

from flask import Response, flash, request, url_for

from hampa.messages.actions import changing
from hampa.messages.queries import listing
from hampa.messages.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.csrf import SAFE_METHODS
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


def unread_conversations() -> int:
    """Return the number on the place of messages in the navigation, as it was read with the session.

    It is counted again in a request that may have changed it.
    """
    person = me()
    if person is None:
        return 0
    person.know_counts()
    if person.counts is None or request.method not in SAFE_METHODS:
        person.counts = {**(person.counts or {}), "messages": listing.unread_count(person)}
    return person.counts["messages"]


@blueprint.get("/messages")
@signed_in
def index() -> Response:
    """List the conversations, the one with the last message first."""
    inbox = listing.inbox_of(me(), request.args.get("after"))
    return pages.render("messages/index.html", "rows", conversations=inbox.page, waiting=inbox.waiting)


@blueprint.get("/messages/requests")
@signed_in
def requests() -> Response:
    """List the first messages of people whom the person does not know, which wait to be accepted."""
    page = listing.requests_of(me(), request.args.get("after"))
    return pages.render("messages/requests.html", "rows", conversations=page)


@blueprint.post("/messages/<uuid:conversation_id>/request")
@signed_in
def answer(conversation_id: uuid.UUID) -> Response:
    """Accept or decline a first message; who wrote it is not told."""
    decision = request.form.get("decision", "")
    if decision not in changing.DECISIONS:
        raise NotFound
    changing.answer_request(me(), conversation_id, decision)
    db.session.commit()
    if decision == "accept":
        return pages.redirect(url_for("messages.show", conversation_id=conversation_id, _anchor="end"))
    flash(_("Declined. We don't tell them."))
    return pages.redirect(url_for("messages.requests"))
