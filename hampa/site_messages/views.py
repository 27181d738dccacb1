"""Pages on which operators write to people of the site."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.platform.errors import Conflict
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me
from hampa.site_messages import actions, queries
from hampa.site_messages.actions import STATES
from hampa.site_messages.forms import CHANNEL_WORDS, LOCALE_WORDS, SiteMessageForm

blueprint = Blueprint("site_messages", __name__)
slots.fill(blueprint, "admin.places", "site_messages/place.html")


@blueprint.route("/admin/broadcasts", methods=["GET", "POST"])
@operator_only
def index() -> Response:
    """List the messages to people of the site, and draft one."""
    form = SiteMessageForm()
    if form.validate_on_submit():
        with attempt(form):
            made = form.once(me(), lambda: actions.draft(me(), form.message()).id)
        if not form.errors:
            return pages.redirect(url_for("site_messages.show", site_message_id=made))
    return pages.render(
        "site_messages/index.html",
        status=form.http_status,
        form=form,
        page=queries.messages(request.args.get("after")),
        states=STATES,
    )


@blueprint.get("/admin/broadcasts/<uuid:site_message_id>")
@operator_only
def show(site_message_id: uuid.UUID) -> Response:
    """Show a draft with its recipients and its cost, or how far a message is."""
    message = queries.message_by_id(site_message_id)
    return pages.render(
        "site_messages/show.html",
        message=message,
        bill=queries.bill_of(message) if message.is_draft else None,
        crew=queries.crew_name(message),
        state=STATES[message.state],
        channels=CHANNEL_WORDS,
        locales=LOCALE_WORDS,
    )


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/send")
@operator_only
def send(site_message_id: uuid.UUID) -> Response:
    """Have a draft sent, at once or at its time."""
    return _change(site_message_id, actions.approve, _("It is on its way."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/pause")
@operator_only
def pause(site_message_id: uuid.UUID) -> Response:
    """Tell nobody else until it goes on."""
    return _change(site_message_id, actions.pause, _("Paused. Nobody else gets it until you let it go on."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/resume")
@operator_only
def resume(site_message_id: uuid.UUID) -> Response:
    """Let a paused message go on."""
    return _change(site_message_id, actions.resume, _("It goes on."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/stop")
@operator_only
def stop(site_message_id: uuid.UUID) -> Response:
    """Keep a message from all who were not told yet."""
    return _change(site_message_id, actions.stop, _("Stopped. Nobody else gets it."))


def _change(message_id: uuid.UUID, change: Callable[..., Any], done: str) -> Response:
    with attempt(None, Conflict, done=done):
        change(me(), message_id)
    return pages.redirect(url_for("site_messages.show", site_message_id=message_id))
