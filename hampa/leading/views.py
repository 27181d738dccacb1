"""The page on which somebody says whether they lead a pace group."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, url_for

from hampa.leading import actions, queries
from hampa.leading.forms import LeadForm
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import closed_reason
from hampa.runs.queries.runs import run_for

blueprint = Blueprint("leading", __name__)


def groups_waiting(person: Person, now: Any) -> AnswerKind:
    """Return the pace groups that the person is asked to lead."""
    return AnswerKind("lead", "leading/answer.html", queries.asked_to_lead(person, now), queries.may_be_asked(person))


slots.contribute(blueprint, ANSWERS, groups_waiting)


@blueprint.route("/runs/<uuid:run_id>/lead", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def lead(run_id: uuid.UUID) -> Response:
    """Say what leading a pace group means, and answer; who leads none and is not asked is led to the run."""
    run = run_for(me(), run_id)
    groups = queries.groups_of(me(), run)
    if not groups or closed_reason(run):
        flash(_("There is nothing to answer here any more."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    form = LeadForm()
    if form.validate_on_submit():
        done = _("Good. Your name is under the group now.") if form.answer.data == "yes" else _("Thank you.")
        with attempt(form, done=done):
            answer(run_id, form)
        if not form.errors:
            return pages.redirect(url_for("runs.show", run_id=run_id) + "#paces")
        run = run_for(me(), run_id)
        groups = queries.groups_of(me(), run)
    return pages.render("leading/lead.html", status=form.http_status, run=run, form=form, groups=groups)


def answer(run_id: uuid.UUID, form: LeadForm) -> None:
    """Accept or decline to lead, as the form says."""
    if form.answer.data == "yes":
        actions.accept_leading(me(), run_id, form.group.data, with_series=form.series.data)
    else:
        actions.decline_leading(me(), run_id, form.group.data)
