"""Comments on the page of a run and on a page of their own."""

import uuid
from datetime import datetime

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from hampa.comments import actions, queries
from hampa.comments.forms import CommentForm
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.offline import kept_offline
from hampa.platform.web.parts import part
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("comments", __name__)


def comments_on_run(run: Run, organises: bool) -> Markup:
    """Return the latest comments and the form for the page of the run; visitors get neither."""
    viewer = me()
    comments = queries.latest_comments(viewer, run, organises) if viewer else None
    return part("comments/on_run.html", run=run, comments=comments, closes_at=closing_of(run))


def blank_form() -> CommentForm:
    """Return the form of a new comment for a part that many viewers share, which has its token from the template."""
    return CommentForm(formdata=None, meta={"csrf": False})


def closing_of(run: Run) -> tuple[datetime | None, bool]:
    """Return when comments close, None before the end of the run, and whether they are closed."""
    now = clock.now()
    closes_at = queries.closes_at(run)
    return (closes_at if run.ends_at <= now else None), closes_at <= now


slots.share(blueprint, blank_comment_form=blank_form)
slots.fill_by(blueprint, "run.talk", comments_on_run)


@blueprint.get("/runs/<uuid:run_id>/comments")
@signed_in
def comments(run_id: uuid.UUID) -> Response:
    """Show all comments under a run, the newest last."""
    return comments_page(run_id, block="said")


@blueprint.post("/runs/<uuid:run_id>/comments")
@signed_in
@asks_first("name")
@kept_offline(_l("Comment"))
def add_comment(run_id: uuid.UUID) -> Response:
    """Add a comment."""
    form = CommentForm()
    if form.validate():
        with attempt(form):
            form.once(me(), lambda: actions.add_comment(me(), run_id, form.text.data).id)
    return comments_page(run_id, form) if form.errors else updated_comments(run_id)


@blueprint.post("/runs/<uuid:run_id>/comments/<uuid:comment_id>/delete")
@signed_in
def remove_comment(run_id: uuid.UUID, comment_id: uuid.UUID) -> Response:
    """Remove a comment of one's own, or any comment under a run that one organises."""
    actions.remove_comment(me(), run_id, comment_id)
    db.session.commit()
    return updated_comments(run_id) if runs.is_seen(me(), run_id) else pages.redirect("/")


def updated_comments(run_id: uuid.UUID) -> Response:
    """Answer htmx with the comments as they are now, and a browser with the page of the run."""
    if pages.wants_fragment():
        return comments_page(run_id)
    return pages.redirect(url_for("runs.show", run_id=run_id, _anchor="comments"))


def comments_page(run_id: uuid.UUID, form: CommentForm | None = None, block: str = "comments") -> Response:
    """Render the comments of a run, or for htmx one block of the page."""
    run = runs.run_for(me(), run_id)
    form = form or CommentForm(formdata=None)
    page = queries.comments_of(me(), run, organises(me(), run), request.args.get("after"))
    return pages.render(
        "comments/index.html",
        block,
        status=form.http_status,
        run=run,
        comments=page,
        comment_form=form,
        closes_at=closing_of(run),
    )
