"""The question to a newcomer, and what admins read."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.crews.models import ADMIN, Crew, CrewMembership
from hampa.crews.queries.crews import member_of
from hampa.newcomers import actions, queries
from hampa.newcomers.forms import FEELING_WORDS, AnswerForm
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("newcomers", __name__)


def for_admins(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return nothing more for the way to the answers, None for who is no admin."""
    return {} if membership is not None and membership.is_active and membership.role == ADMIN else None


slots.fill(blueprint, "crew.tasks", "newcomers/on_crew.html", for_admins)


@blueprint.route("/crews/<uuid:crew_id>/how-has-it-been", methods=["GET", "POST"])
@signed_in
def ask(crew_id: uuid.UUID) -> Response:
    """Ask a newcomer how it has been, or show what they said, to be changed."""
    crew = member_of(me(), crew_id).crew
    question = queries.own_question(me(), crew_id)
    form = AnswerForm(obj=question)
    if form.validate_on_submit():
        with attempt(form, done=_("Thank you for saying it.")):
            actions.answer(me(), crew_id, form.feeling.data, form.text.data or "", form.readers.data)
        if not form.errors:
            return pages.redirect(url_for("crews.show", crew_id=crew_id))
    return pages.render("newcomers/ask.html", status=form.http_status, form=form, crew=crew, question=question)


@blueprint.post("/crews/<uuid:crew_id>/how-has-it-been/delete")
@signed_in
def delete(crew_id: uuid.UUID) -> Response:
    """Delete what one said."""
    with attempt(done=_("Deleted.")):
        actions.delete_answer(me(), crew_id)
    return pages.redirect(url_for("crews.index"))


@blueprint.get("/crews/<uuid:crew_id>/newcomers")
@signed_in
def answers(crew_id: uuid.UUID) -> Response:
    """Show the admins what newcomers said to them."""
    crew, page = queries.answers_for(me(), crew_id, request.args.get("after"))
    return pages.render("newcomers/answers.html", crew=crew, page=page, words=FEELING_WORDS)
