"""The messages of the outbox: looked at, sent again, cancelled."""

import uuid
from collections.abc import Callable

from flask import Response, flash, request, url_for

from hampa.admin.forms import EVENT_WORDS, KIND_WORDS, STATE_WORDS, OutboxFilters, purpose_words
from hampa.admin.views.blueprint import blueprint
from hampa.outbox import queries
from hampa.outbox.actions import operating
from hampa.outbox.models import OPEN, OutboxMessage, mask_recipient
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages
from hampa.platform.web.attempts import pressed
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

MESSAGES_ON_A_PAGE = 30
SENT_AGAIN_AT_ONCE = 500


@blueprint.get("/admin/outbox")
@operator_only
def messages() -> Response:
    """List messages, the newest first, as the filters say."""
    form = OutboxFilters()
    filters = form.filters()
    return pages.render(
        "admin/outbox.html",
        "rows",
        form=form,
        filters=filters,
        messages=queries.messages_page(filters, request.args.get("after"), MESSAGES_ON_A_PAGE),
        again=filters.state in ("failed", "undelivered"),
        states=STATE_WORDS,
        kinds=KIND_WORDS,
        purpose_words=purpose_words,
        mask=mask_recipient,
    )


@blueprint.post("/admin/outbox/again")
@operator_only
def send_failed_again() -> Response:
    """Send all failed messages that the filters show again."""
    form = OutboxFilters()
    count = operating.retry_failed(me(), form.filters(), SENT_AGAIN_AT_ONCE)
    db.session.commit()
    flash(
        ngettext("%(num)d message will be sent again.", "%(num)d messages will be sent again.", count)
        if count
        else _("None of them can be sent again: codes and what has expired are not.")
    )
    return pages.redirect(url_for("admin.messages", **form.chosen()))


@blueprint.get("/admin/outbox/<uuid:outbox_id>")
@operator_only
def show_message(outbox_id: uuid.UUID) -> Response:
    """Show a message with its history, and never its secret."""
    message = queries.get_message(outbox_id)
    return pages.render(
        "admin/message.html",
        message=message,
        events=queries.events_of(outbox_id),
        can_retry=operating.can_retry(message),
        can_cancel=message.status == "pending",
        is_open=message.status in OPEN,
        states=STATE_WORDS,
        kinds=KIND_WORDS,
        purpose_words=purpose_words,
        words=EVENT_WORDS,
    )


@blueprint.post("/admin/outbox/<uuid:outbox_id>/again")
@operator_only
def send_again(outbox_id: uuid.UUID) -> Response:
    """Send a message again, from its first try."""
    return _pressed(outbox_id, operating.retry_message, _("It will be sent again."))


@blueprint.post("/admin/outbox/<uuid:outbox_id>/cancel")
@operator_only
def cancel(outbox_id: uuid.UUID) -> Response:
    """Cancel a message that waits."""
    return _pressed(outbox_id, operating.cancel_message, _("Cancelled."))


def _pressed(outbox_id: uuid.UUID, change: Callable[[Person, OutboxMessage], None], done: str) -> Response:
    return pressed(
        lambda: change(me(), queries.get_message(outbox_id)),
        done=done,
        refused=_("It has changed in the meantime, or it's too late for that."),
        leads_to=url_for("admin.show_message", outbox_id=outbox_id),
    )
