"""The page of an entry with its comments, liking it, and commenting on it."""

import uuid

from flask import Blueprint, Response, request, url_for

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.reactions import actions
from hampa.reactions.forms import EntryCommentForm
from hampa.timeline.queries import comments_on, entry_for

blueprint = Blueprint("reactions", __name__)


@blueprint.get("/timeline/<uuid:entry_id>")
@signed_in
def entry(entry_id: uuid.UUID) -> Response:
    """Show an entry with its comments."""
    return _page(entry_id, EntryCommentForm(formdata=None))


def _page(entry_id: uuid.UUID, form: EntryCommentForm) -> Response:
    shown = entry_for(me(), entry_id)
    return pages.render(
        "reactions/entry.html",
        status=form.http_status,
        entry=shown,
        page=comments_on(me(), shown.id, request.args.get("after")),
        form=form,
        is_own=shown.person.id == me().id,
    )


@blueprint.post("/timeline/<uuid:entry_id>/like")
@signed_in
def like(entry_id: uuid.UUID) -> Response:
    """Like an entry, or take that back."""
    with attempt():
        if request.form.get("like") == "0":
            actions.unlike(me(), entry_id)
        else:
            actions.like(me(), entry_id)
    return pages.redirect(pages.referring_path(url_for("reactions.entry", entry_id=entry_id)))


@blueprint.post("/timeline/<uuid:entry_id>/comments")
@signed_in
@asks_first("name")
def comment(entry_id: uuid.UUID) -> Response:
    """Comment on an entry."""
    form = EntryCommentForm()
    if form.validate():
        with attempt(form):
            form.once(me(), lambda: actions.add_comment(me(), entry_id, form.text.data).id)
    if form.errors:
        return _page(entry_id, form)
    return pages.redirect(url_for("reactions.entry", entry_id=entry_id))


@blueprint.post("/timeline/<uuid:entry_id>/comments/<uuid:entry_comment_id>/delete")
@signed_in
def remove_comment(entry_id: uuid.UUID, entry_comment_id: uuid.UUID) -> Response:
    """Remove a comment of one's own, or one on an entry of one's own."""
    with attempt(done=_("Removed.")):
        actions.remove_comment(me(), entry_id, entry_comment_id)
    return pages.redirect(url_for("reactions.entry", entry_id=entry_id))
