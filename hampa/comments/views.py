"""What people say under a run."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.comments import actions, queries
from hampa.comments.forms import CommentForm
from hampa.platform.db import db
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("comments", __name__)


def comments_on_run(run: Run, organises: bool) -> dict[str, Any]:
    """The latest comments, and the form, as the page of the run shows them to people who are signed in."""
    viewer = me()
    if viewer is None:
        return {"comments": None}
    latest = queries.comments_of(viewer, run, organises, size=queries.LATEST)
    return {"comments": latest, "comment_form": CommentForm(formdata=None)}


slots.fill(blueprint, "run.talk", "comments/on_run.html", comments_on_run)


@blueprint.get("/runs/<uuid:run_id>/comments")
@signed_in
def comments(run_id: uuid.UUID) -> Response:
    """All that was said, the newest last."""
    return comments_page(run_id, CommentForm(formdata=None), "said", request.args.get("after"))


@blueprint.post("/runs/<uuid:run_id>/comments")
@signed_in
def add_comment(run_id: uuid.UUID) -> Response:
    """Say something."""
    form = CommentForm()
    if form.validate():
        with attempt(form):
            actions.add_comment(me(), run_id, form.text.data, form.submission_of(me().id))
    if form.errors:
        return comments_page(run_id, form, "comments")
    return said(run_id)


@blueprint.post("/runs/<uuid:run_id>/comments/<uuid:comment_id>/delete")
@signed_in
def remove_comment(run_id: uuid.UUID, comment_id: uuid.UUID) -> Response:
    """Take a comment away: one's own, or under a run that one organises."""
    actions.remove_comment(me(), run_id, comment_id)
    db.session.commit()
    return said(run_id)


def said(run_id: uuid.UUID) -> Response:
    """The comments as they are now: in place, or on the run's page."""
    if pages.wants_fragment():
        return comments_page(run_id, CommentForm(formdata=None), "comments")
    return pages.redirect(url_for("runs.show", run_id=run_id, _anchor="comments"))


def comments_page(run_id: uuid.UUID, form: CommentForm, block: str, after: str | None = None) -> Response:
    """The page of the comments, or to htmx one of its blocks."""
    run = runs.run_for(me(), run_id)
    found = queries.comments_of(me(), run, organises(me(), run), after)
    return pages.render(
        "comments/index.html", block, status=form.http_status, run=run, comments=found, comment_form=form, after=after
    )
