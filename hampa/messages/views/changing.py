"""What one may do with one message, and with a conversation: change, delete, remove, mute; that one reads and types."""

import uuid
from contextlib import suppress

from flask import Response, flash, request, url_for

from hampa.messages.actions import changing, crews
from hampa.messages.forms import ChangeForm, RemovalForm
from hampa.messages.queries import conversations, thread
from hampa.messages.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.live import typing
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/messages/<uuid:conversation_id>/<uuid:message_id>", methods=["GET", "POST"])
@signed_in
def change(conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Show a message of one's own, whose text can be changed for some minutes, with the way to delete it."""
    own = thread.own_message(me(), conversation_id, message_id)
    form = ChangeForm(text=own.message.text)
    if form.validate_on_submit():
        with attempt(form, done=_("Changed.")):
            changing.change_message(me(), conversation_id, message_id, form.text.data)
        if not form.errors:
            return _back(conversation_id)
        own = thread.own_message(me(), conversation_id, message_id)
    return pages.render("messages/change.html", "form", status=form.http_status, own=own, form=form)


@blueprint.post("/messages/<uuid:conversation_id>/<uuid:message_id>/delete")
@signed_in
def delete(conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Delete a message of one's own for everybody."""
    changing.delete_message(me(), conversation_id, message_id)
    db.session.commit()
    flash(_("Deleted for everybody."))
    with suppress(NotFound):  # who has left the run reads its conversation no more
        conversations.conversation_for(me(), conversation_id)
        return _back(conversation_id)
    return pages.redirect(url_for("messages.index"))


@blueprint.route("/messages/<uuid:conversation_id>/<uuid:message_id>/remove", methods=["GET", "POST"])
@signed_in
def remove(conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Ask whether to remove a message of another member of a crew, then remove it."""
    conversation = conversations.conversation_for(me(), conversation_id)
    if conversation.crew is None:
        raise NotFound
    if conversation.crew.why_not_remove:
        raise Forbidden(conversation.crew.why_not_remove)
    message = thread.message_in(me(), conversation, message_id)
    if message.is_mine:
        return pages.redirect(url_for("messages.change", conversation_id=conversation_id, message_id=message_id))
    form = RemovalForm()
    if form.validate_on_submit() and not message.is_deleted:
        with attempt(form, done=_("Removed. The crew's log has it.")):
            crews.remove_message(me(), conversation_id, message_id, form.reason.data or "")
    if request.method == "POST" and not form.errors:
        return _back(conversation_id)
    return pages.render("messages/remove.html", status=form.http_status, talk=conversation, message=message, form=form)


@blueprint.post("/messages/<uuid:conversation_id>/mute")
@signed_in
def mute(conversation_id: uuid.UUID) -> Response:
    """Notify the person of no more messages here, or of them again."""
    muted = request.form.get("muted") == "yes"
    changing.set_muted(me(), conversation_id, muted=muted)
    db.session.commit()
    flash(_("Muted: this conversation doesn't notify you.") if muted else _("We'll tell you about new messages again."))
    page = url_for("messages.show", conversation_id=conversation_id, _anchor="end")
    return pages.redirect(pages.referring_path(page))


@blueprint.post("/messages/<uuid:conversation_id>/read")
@signed_in
def read(conversation_id: uuid.UUID) -> Response:
    """Note that the person has read a conversation that they have open."""
    conversation = conversations.conversation_for(me(), conversation_id)
    if conversation.unread:
        changing.mark_read(me(), conversation)
        db.session.commit()
    return _noted(conversation_id)


@blueprint.post("/messages/<uuid:conversation_id>/typing")
@signed_in
def types(conversation_id: uuid.UUID) -> Response:
    """Tell the other one, who has the conversation open, that the person types, where both share that."""
    conversation = conversations.conversation_for(me(), conversation_id)
    if conversation.shares_reading and conversation.is_writable:
        typing(conversation_id, me().id)
    return _noted(conversation_id)


def _noted(conversation_id: uuid.UUID) -> Response:
    """Answer a script, which has nothing to show, or a browser."""
    return Response(status=204) if pages.wants_fragment() else _back(conversation_id)


def _back(conversation_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("messages.show", conversation_id=conversation_id, _anchor="end"))
