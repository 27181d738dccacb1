"""Joining and leaving."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from flask import Response, request

from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import joining
from hampa.runs.forms.joining import JoinForm, LateForm, OfferForm
from hampa.runs.models.participation import GOING
from hampa.runs.queries import organisers, people, runs
from hampa.runs.views.blueprint import blueprint
from hampa.runs.views.page import back_to, run_page


@blueprint.post("/runs/<uuid:run_id>/join")
@signed_in
def join(run_id: uuid.UUID) -> Response:
    """Go, wait for a place, or be interested."""
    form = JoinForm()
    if not form.validate():
        return run_page(run_id, form, status=422)
    return done(run_id, lambda: joining.join_run(me(), run_id, form.status.data or GOING, form.brought()), form)


@blueprint.post("/runs/<uuid:run_id>/offer")
@signed_in
def offer(run_id: uuid.UUID) -> Response:
    """Take the place that is offered, or pass it on."""
    answer = OfferForm()
    if not answer.validate():
        return not_understood(run_id, answer.answer.errors)
    # What the look under the lock found is kept when it is too late: the offer may have gone to the next.
    return done(run_id, lambda: joining.answer_offer(me(), run_id, answer.answer.data == "take"), keep=True)


@blueprint.post("/runs/<uuid:run_id>/late")
@signed_in
def late(run_id: uuid.UUID) -> Response:
    """Tell the organisers that one is late."""
    form = LateForm()
    if not form.validate():
        return not_understood(run_id, form.minutes.errors)
    return done(run_id, lambda: joining.say_late(me(), run_id, int(form.minutes.data)))


@blueprint.get("/runs/<uuid:run_id>/offer")
@signed_in
def offer_page(run_id: uuid.UUID) -> Response:
    """Where somebody lands who had to sign in first: the run, with its button."""
    return back_to(runs.run_for(me(), run_id).id)


@blueprint.get("/runs/<uuid:run_id>/join")
@signed_in
def join_page(run_id: uuid.UUID) -> Response:
    """Where somebody lands who had to sign in first: the run, with its button."""
    return back_to(runs.run_for(me(), run_id).id)


@blueprint.route("/runs/<uuid:run_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(run_id: uuid.UUID) -> Response:
    """Ask whether to leave, and say who gets the place; then do."""
    if request.method == "GET":
        run = runs.run_for(me(), run_id)
        standing = people.standing_of(me(), run)
        if "leave" not in standing.ways:
            return back_to(run_id)
        alone = organisers.organises_alone(me(), run)
        return pages.render("runs/leave.html", run=run, standing=standing, alone=alone)
    return done(run_id, lambda: joining.leave_run(me(), run_id))


def done(run_id: uuid.UUID, do: Callable[[], object], form: JoinForm | None = None, *, keep: bool = False) -> Response:
    """Do it, then show the run as it stands: with the refusal on it (422), or anew. To `keep` is to commit what an
    action found out before it refused.
    """
    try:
        do()
        db.session.commit()
    except Refused as refusal:
        db.session.commit() if keep else db.session.rollback()
        form = form or JoinForm(formdata=None)
        form.refuse(refusal)
        return run_page(run_id, form, status=422)
    return run_page(run_id) if pages.wants_fragment() else back_to(run_id)


def not_understood(run_id: uuid.UUID, errors: Iterable[str]) -> Response:
    """The run's page, with what is wrong with an answer that was a button."""
    form = JoinForm(formdata=None)
    form.form_errors.extend(errors)
    return run_page(run_id, form, status=422)
