"""Pages on which operators write to people of the site."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt, pressed
from hampa.platform.web.operator_places import PLACES, OperatorPlace, Waiting
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me
from hampa.site_messages import actions, queries
from hampa.site_messages.actions import STATES
from hampa.site_messages.forms import CHANNEL_WORDS, LOCALE_WORDS, SiteMessageFilters, SiteMessageForm
from hampa.site_messages.models import DRAFT, PAUSED, SCHEDULED, SENDING

blueprint = Blueprint("site_messages", __name__)


_WAITING_WORDS = {
    DRAFT: _l("Drafts of broadcasts"),  # nobody has approved them
    SCHEDULED: _l("Scheduled broadcasts"),
    SENDING: _l("Broadcasts that go out"),
    PAUSED: _l("Paused broadcasts"),
}
_WAITING = tuple(
    Waiting(label, partial(queries.in_state, state), "site_messages.index", "send", {"state": state})
    for state, label in _WAITING_WORDS.items()
)


def operator_places() -> list[OperatorPlace]:
    """Return the page of messages to people, for operators."""
    return [OperatorPlace("sending", 10, _l("Broadcasts"), "site_messages.index", "send", _WAITING)]


slots.contribute(blueprint, PLACES, operator_places)


@blueprint.route("/admin/broadcasts", methods=["GET", "POST"])
@operator_only
def index() -> Response:
    """List the messages to people of the site, and draft one."""
    form, filters = SiteMessageForm(), SiteMessageFilters()
    state = filters.chosen().get("state", "")
    if form.validate_on_submit():
        with attempt(form):
            made = form.once(me(), lambda: actions.draft(me(), form.message()).id)
        if not form.errors:
            return pages.redirect(url_for("site_messages.show", site_message_id=made))
    return pages.render(
        "site_messages/index.html",
        status=form.http_status,
        form=form,
        filters=filters,
        state=state,
        page=queries.messages(state, request.args.get("after")),
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
    return _pressed(site_message_id, actions.approve, _("It is on its way."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/pause")
@operator_only
def pause(site_message_id: uuid.UUID) -> Response:
    """Tell nobody else until it goes on."""
    return _pressed(site_message_id, actions.pause, _("Paused. Nobody else gets it until you let it go on."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/resume")
@operator_only
def resume(site_message_id: uuid.UUID) -> Response:
    """Let a paused message go on."""
    return _pressed(site_message_id, actions.resume, _("It goes on."))


@blueprint.post("/admin/broadcasts/<uuid:site_message_id>/stop")
@operator_only
def stop(site_message_id: uuid.UUID) -> Response:
    """Keep a message from all who were not told yet."""
    return _pressed(site_message_id, actions.stop, _("Stopped. Nobody else gets it."))


def _pressed(message_id: uuid.UUID, change: Callable[..., Any], done: str) -> Response:
    address = url_for("site_messages.show", site_message_id=message_id)
    return pressed(lambda: change(me(), message_id), done=done, leads_to=address)
