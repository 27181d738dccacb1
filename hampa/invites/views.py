"""The page that asks companions along to a run, and the page that is asked on."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from markupsafe import Markup

from hampa.invites import actions, queries
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.parts import part
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.admission import Admission, closed_reason
from hampa.runs.models.participation import TAKING_PART
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import run_for

blueprint = Blueprint("invites", __name__)


def invite_link(run: Run, may_invite: bool, *, just_joined: bool = False) -> Markup | None:
    """Return the way from the page of a run to asking companions along.

    Who has just joined has the link to share beside it, and is asked about companions only if there are any.
    """
    if not may_invite or closed_reason(run) or (just_joined and not queries.has_companions(me())):
        return None
    return part("invites/on_run.html", run=run, just_joined=just_joined)


def invitation(run: Run, admission: Admission, organises: bool) -> Markup | None:
    """Return who asks the viewer along to a run that they have no part in yet."""
    viewer = me()
    if viewer is None or organises or admission.participation_status in TAKING_PART or admission.final:
        return None
    asker = queries.shown_asker(viewer, run)
    return part("invites/asked.html", run_id=run.id, title=run.title, asker=asker) if asker else None


def invites_waiting(person: Person, now: Any) -> AnswerKind:
    """Return the runs to which the person was asked along."""
    asked = queries.may_have_invites(person)
    return AnswerKind("along", "invites/waiting.html", queries.invites_for(person, now), asked)


slots.contribute(blueprint, ANSWERS, invites_waiting)
slots.fill_by(blueprint, "run.share", invite_link)
slots.fill_by(blueprint, "run.invitation", invitation)


@blueprint.get("/runs/<uuid:run_id>/invite")
@signed_in
def companions(run_id: uuid.UUID) -> Response:
    """List the person's companions, to be asked along."""
    run = queries.run_to_invite_to(me(), run_id)
    if closed_reason(run):
        flash(closed_reason(run), "stop")
        return pages.redirect(url_for("runs.show", run_id=run_id))
    people = queries.invitable_people(me(), run, request.args.get("after"))
    short_link = canonical(url_for("runs.short", code=run.short_code))
    return pages.render("invites/companions.html", "rows", run=run, people=people, short_link=short_link)


@blueprint.post("/runs/<uuid:run_id>/invite")
@signed_in
@asks_first("name")
def invite(run_id: uuid.UUID) -> Response:
    """Ask a companion along."""
    try:
        companion_id = uuid.UUID(request.form.get("person_id", ""))
    except ValueError:
        raise NotFound from None
    with attempt(done=_("Asked. Whoever says yes appears in the list.")):
        actions.invite(me(), run_id, companion_id)
    return pages.redirect(url_for("invites.companions", run_id=run_id))


@blueprint.route("/runs/<uuid:run_id>/asked", methods=["GET", "POST"])
@signed_in
def answer(run_id: uuid.UUID) -> Response:
    """Say who asks the person along to a run; a POST says no, or takes it back. The yes is on the page of the run."""
    run = run_for(me(), run_id)
    if request.method == "POST":
        if request.form.get("answer") == "undo":
            actions.take_back_no(me(), run_id)
            db.session.commit()
            return pages.redirect(pages.safe_next(request.form.get("next"), url_for("runs.show", run_id=run_id)))
        actions.decline(me(), run_id)
        db.session.commit()
        fields = {"answer": "undo", "next": request.form.get("next", "")}
        undo = {"label": _("Undo"), "action": url_for("invites.answer", run_id=run_id), "fields": fields}
        return confirm_answer(_("All right. Nobody is told."), "/", **undo)
    asker = queries.asker_of(me(), run)
    if asker is None or closed_reason(run) or queries.takes_part(run, me().id):
        return pages.redirect(url_for("runs.show", run_id=run_id))
    return pages.render("invites/answer.html", run=run, asker=asker)
