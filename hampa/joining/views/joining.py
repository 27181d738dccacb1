"""Joining a run, answering an offer, being late, leaving."""

import uuid
from collections.abc import Iterable

from flask import Response, request

from hampa.cards.queries import listing as cards
from hampa.joining import actions as joining
from hampa.joining.forms import JoinForm, LateForm, OfferForm
from hampa.joining.queries.pages import waiting_companions
from hampa.joining.views.blueprint import blueprint
from hampa.joining.views.intents import LABELS, LEFT_IT, PASSED, note_joined, pressed_join
from hampa.joining.views.joined import place_in_line
from hampa.joining.views.page import back_to, run_page
from hampa.platform.locale.i18n import LazyText, gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.offline import kept_offline
from hampa.platform.web.permissions import asks_first, presses, signed_in
from hampa.platform.web.session import me
from hampa.questions.forms import AnswersForm
from hampa.runs.admission import Admission
from hampa.runs.models.participation import GOING, INTERESTED, REQUESTED, WAITLISTED
from hampa.runs.models.run import Run
from hampa.runs.queries import organisers, people, runs

LATE = {"0": _l("On time after all")} | {
    str(minutes): LazyText(ngettext, "%(num)d min late", "%(num)d min late", minutes) for minutes in (5, 10, 20)
}
"""The words of being late, by the minutes in the form, where they wait for the network."""


@blueprint.post("/runs/<uuid:run_id>/join")
@signed_in
@presses(pressed_join)
@asks_first("name", "gender")
@kept_offline(_l("I'm in"), field="status", labels={INTERESTED: _l("Interested")})
def join(run_id: uuid.UUID) -> Response:
    """Join the run or its waitlist, ask to join, or be interested."""
    form, asked = JoinForm(), None
    if "answers" in request.form:
        asked = AnswersForm.of(runs.run_for(me(), run_id).questions)
    if form.validate() and (asked is None or asked.validate()):
        before = people.status_of(me(), run_id)
        details = form.details() | ({"answers": asked.answers()} if asked else {})
        with attempt(form) as result:
            status = joining.join_run(me(), run_id, form.status.data or GOING, details).status
        if result.succeeded and status != before:
            note_joined(run_id)
    if request.form.get("step") and (form.errors or (asked is not None and asked.errors)):
        return _join_page(runs.run_for(me(), run_id), form, asked)
    return outcome(run_id, form)


@blueprint.post("/runs/<uuid:run_id>/answers")
@signed_in
def answer(run_id: uuid.UUID) -> Response:
    """Answer the questions of the organiser, as somebody who takes part already."""
    run = runs.run_for(me(), run_id)
    asked = AnswersForm.of(run.questions)
    if asked.validate():
        with attempt(done=_("Thank you, the organiser reads it.")):
            joining.answer_questions(me(), run_id, asked.answers())
        return back_to(run_id)
    return _taking_part_page(run, asked)


@blueprint.post("/runs/<uuid:run_id>/offer")
@signed_in
@asks_first("name")
def offer(run_id: uuid.UUID) -> Response:
    """Take the offered place, or pass it on."""
    offer_form, form = OfferForm(), JoinForm(formdata=None)
    if not offer_form.validate():
        return invalid_answer(run_id, offer_form.answer.errors)
    take = offer_form.answer.data == "take"
    # A refused answer is committed too: the offer may have gone to the next.
    with attempt(form, keep=True) as result:
        joining.answer_offer(me(), run_id, take)
    if result.succeeded:
        note_joined(run_id, "" if take else PASSED)
    return outcome(run_id, form)


@blueprint.post("/runs/<uuid:run_id>/late")
@signed_in
@asks_first("name")
@kept_offline(_l("I'm late"), field="minutes", labels=LATE)
def late(run_id: uuid.UUID) -> Response:
    """Tell the organisers that the viewer is late."""
    late_form, form = LateForm(), JoinForm(formdata=None)
    if not late_form.validate():
        return invalid_answer(run_id, late_form.minutes.errors)
    with attempt(form):
        joining.report_late(me(), run_id, int(late_form.minutes.data))
    return outcome(run_id, form)


@blueprint.get("/runs/<uuid:run_id>/offer")
@signed_in
def offer_page(run_id: uuid.UUID) -> Response:
    """Redirect a person who had to sign in first to the run."""
    return back_to(runs.run_for(me(), run_id).id)


@blueprint.get("/runs/<uuid:run_id>/join")
@signed_in
def join_page(run_id: uuid.UUID) -> Response:
    """Ask what joining the run needs: a missing name, the pace group; redirect to the run when nothing is asked."""
    run = runs.run_for(me(), run_id)
    status = INTERESTED if request.args.get("status") == INTERESTED else GOING
    return _join_page(run, JoinForm(formdata=None, data={"status": status}))


def _join_page(run: Run, form: JoinForm, asked: AnswersForm | None = None) -> Response:
    admission = people.admission_for(me(), run)
    interested = form.status.data == INTERESTED
    action = "interest" if interested else admission.actions[0] if admission.may_join else None
    groups = [] if interested else people.open_pace_groups(me(), run.id)
    if asked is None and run.questions and not interested:
        asked = AnswersForm.of(run.questions)
    if action not in admission.actions or not (groups or asked or me().is_new or form.errors):
        return back_to(run.id)
    return pages.render(
        "joining/join.html",
        status=422 if asked is not None and asked.errors else form.http_status,
        run=run,
        form=form,
        asked=asked,
        groups=groups,
        label=LABELS[action],
        asks_guests=bool(run.guests_allowed) and not interested,
        admission=admission,
        one_tap=bool(groups) and asked is None and not me().is_new,
    )


@blueprint.get("/runs/<uuid:run_id>/taking-part")
@signed_in
def taking_part(run_id: uuid.UUID) -> Response:
    """Show what a person who takes part can change: group, guests and the rest; leaving comes last."""
    return _taking_part_page(runs.run_for(me(), run_id))


def _taking_part_page(run: Run, asked: AnswersForm | None = None) -> Response:
    admission = people.admission_for(me(), run)
    if not admission.wants_to_go or admission.participation is None:
        return back_to(run.id)
    if asked is None and run.questions:
        asked = AnswersForm.of(run.questions, admission.participation.answers)
    return pages.render(
        "joining/taking_part.html",
        status=asked.http_status if asked else 200,
        run=run,
        admission=admission,
        participation=admission.participation,
        asked=asked,
        paces=people.pace_groups(me(), run.id),
        form=JoinForm.of(admission.participation),
        own_cards=cards.titles_of_cards(me().id),
        waiting_companions=waiting_companions(me(), run) if admission.waits else [],
        place=place_in_line(admission) if admission.waits else "",
    )


@blueprint.route("/runs/<uuid:run_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(run_id: uuid.UUID) -> Response:
    """Ask whether to leave and show what happens to the place; then leave."""
    if request.method == "GET":
        run = runs.run_for(me(), run_id)
        admission = people.admission_for(me(), run)
        if "leave" not in admission.actions:
            return back_to(run_id)
        return pages.render(
            "joining/leave.html",
            run=run,
            actions=admission.actions,
            alone=organisers.is_sole_organiser(me(), run),
            consequence=_consequence_of_leaving(run, admission),
        )
    form = JoinForm(formdata=None)
    with attempt(form) as result:
        joining.leave_run(me(), run_id)
    if result.succeeded:
        note_joined(run_id, LEFT_IT)
    return outcome(run_id, form)


def _consequence_of_leaving(run: Run, admission: Admission) -> str:
    if admission.has_place and run.waiting:
        return _(
            "Your place goes to the first in line at once, and they are told. If you come back, you join the end of the"
            " queue."
        )
    consequences = {
        GOING: _("Your place is free for somebody else then. No hard feelings if you say so in time."),
        REQUESTED: _("The organiser has not answered yet. You can ask again later."),
        WAITLISTED: _("You lose your place in the queue. If you come back, you join its end."),
    }
    return consequences.get(admission.participation_status or "", "")


def outcome(run_id: uuid.UUID, form: JoinForm) -> Response:
    """Show the run after an attempt, with its errors if any."""
    if form.errors:
        return run_page(run_id, form, status=form.http_status)
    return run_page(run_id) if pages.wants_fragment() else back_to(run_id)


def invalid_answer(run_id: uuid.UUID, errors: Iterable[str]) -> Response:
    """Render the run's page with the errors of a form that is only a button."""
    form = JoinForm(formdata=None)
    form.form_errors.extend(errors)
    return run_page(run_id, form, status=422)
