"""Everybody in a run: the lists, and for organisers requests, statuses, a spreadsheet and a list on paper."""

import uuid
from itertools import islice
from typing import Any

from flask import Blueprint, Response, flash, make_response, request, url_for

from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale import dates, phone
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.texts.cleaning import alphabetical
from hampa.platform.texts.spreadsheet import to_csv
from hampa.platform.web import pages, slots
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.csrf import is_led_here
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.questions.forms import answered
from hampa.roster.actions import participants as actions
from hampa.roster.actions.looks import record_phone_looks
from hampa.roster.forms import STATUS_WORDS, ParticipantForm, RequestsForm
from hampa.roster.queries import participants as listed, roster as queries
from hampa.runs.admission import closed_reason
from hampa.runs.models.participation import CAME, GOING, INTERESTED, OFFERED, WAITLISTED
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

LISTS = {"going": GOING, "waiting": WAITLISTED, "interested": INTERESTED}
MAX_PRINTED = 1_000

blueprint = Blueprint("roster", __name__)


def requests_waiting(person: Person, now: Any) -> AnswerKind:
    """Return the requests to join the person's runs."""
    asked = queries.may_have_requests(person, now)
    return AnswerKind("request", "roster/request.html", queries.requests_for(person, now), asked)


slots.contribute(blueprint, ANSWERS, requests_waiting)


@blueprint.get("/runs/<uuid:run_id>/participants")
@signed_in
def participants(run_id: uuid.UUID) -> Response:
    """List the people who go, wait or are interested, in the order of joining."""
    run = runs.run_for(me(), run_id)
    which = request.args.get("list", "going")
    which = which if which in LISTS else "going"
    is_organiser = organises(me(), run)
    page = listed.participants(me(), run, LISTS[which], request.args.get("after"), for_organiser=is_organiser)
    return pages.render(
        "roster/participants.html",
        "rows",
        run=run,
        which=which,
        people=tuple(page.items),
        after=page.next,
        viewer_id=me().id if any(one.id == me().id for one in page.items) else None,
        is_organiser=is_organiser,
        join_sms=is_organiser and queries.wants_join_sms(me(), run),
        closed=closed_reason(run),
    )


@blueprint.route("/runs/<uuid:run_id>/requests", methods=["GET", "POST"])
@signed_in
def requests(run_id: uuid.UUID) -> Response:
    """List the requests to join, and answer one or all of them."""
    run = runs.organised_run(me(), run_id)
    form = RequestsForm()
    if form.validate_on_submit():
        with attempt(form):
            count = actions.answer_requests(me(), run_id, form.chosen(), form.answer.data == "yes")
        if not form.errors:
            return _confirm_requests(run, form, count)
        if pages.wants_fragment() and "next" in request.form:
            return confirm_answer(" ".join(form.refusals), url_for("roster.requests", run_id=run_id))
    asking = listed.participants(me(), run, "REQUESTED", request.args.get("after"), for_organiser=True)
    return pages.render("roster/requests.html", "rows", status=form.http_status, run=run, form=form, asking=asking)


def _confirm_requests(run: Run, form: RequestsForm, count: int) -> Response:
    """Say how many requests were answered; of a single one, the way back is the page that sets their status."""
    yes, path = form.answer.data == "yes", url_for("roster.requests", run_id=run.id)
    if form.person.data and count:
        participation, name = queries.named_participation(me(), run, form.person.data)
        words = _("%(name)s is in.", name=name) if yes else _("We'll tell %(name)s: not this time.", name=name)
        if participation.status == WAITLISTED:
            words = _("%(name)s is on the waitlist.", name=name)
        href = url_for("roster.participant", run_id=run.id, participation_id=participation.id)
        return confirm_answer(words, path, label=_("Change this"), href=href)
    if not count:
        return confirm_answer(_("That was answered already."), path)
    words = (
        ngettext("%(num)d person is in.", "%(num)d people are in.", count)
        if yes
        else ngettext("We'll tell %(num)d person: not this time.", "We'll tell %(num)d people: not this time.", count)
    )
    return confirm_answer(words, path)


@blueprint.post("/runs/<uuid:run_id>/join-sms")
@signed_in
def set_join_sms(run_id: uuid.UUID) -> Response:
    """Turn one's own SMS of people who join the run on or off."""
    actions.set_join_sms(me(), run_id, request.form.get("by_sms") == "yes")
    db.session.commit()
    return pages.redirect(url_for("roster.participants", run_id=run_id))


@blueprint.route("/runs/<uuid:run_id>/participants/<uuid:participation_id>", methods=["GET", "POST"])
@signed_in
def participant(run_id: uuid.UUID, participation_id: uuid.UUID) -> Response:
    """Set the status of a participant and notify them."""
    run = runs.organised_run(me(), run_id)
    participation, name = queries.named_participation(me(), run, participation_id)
    reason = closed_reason(run)
    if request.method == "GET" and reason:
        flash(reason, "stop")
        return pages.redirect(url_for("roster.participants", run_id=run_id))
    form = ParticipantForm(status=participation.status, seen=participation.status)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved. We'll tell %(name)s.", name=name)):
            fields = {"note": form.note.data, "beyond": form.beyond.data, "seen": form.seen.data}
            actions.set_participant_status(me(), run_id, participation_id, form.status.data, **fields)
        if not form.errors:
            return pages.redirect(url_for("roster.participants", run_id=run_id))
    context = {"run": run, "participation_id": participation_id, "name": name, "form": form}
    return pages.render("roster/participant.html", "form", status=form.http_status, **context)


@blueprint.get("/runs/<uuid:run_id>/participants.csv")
@signed_in
def spreadsheet(run_id: uuid.UUID) -> Response:
    """Send everybody in the run as a spreadsheet."""
    run = runs.organised_run(me(), run_id)
    if is_led_here():
        return pages.redirect(url_for("roster.participants", run_id=run_id))
    if record_phone_looks(me(), run):
        db.session.commit()
        run = runs.organised_run(me(), run_id)
    head = [
        _("Number"),
        _("Name"),
        _("Taking part"),
        _("Guests"),
        _("Pace group"),
        _("Phone"),
        _("Card"),
        _("Their line"),
        _("Your note"),
        _("Since"),
        *(question.text for question in run.questions),
    ]
    rows = (_row(number, entry, run) for number, entry in enumerate(queries.roster_of(me(), run), 1))
    answer = make_response(to_csv([head, *rows]))
    answer.mimetype = "text/csv"
    name = f"hampa-{run.starts_local:%Y-%m-%d}-{run.short_code}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/runs/<uuid:run_id>/print")
@signed_in
def paper(run_id: uuid.UUID) -> Response:
    """Show the list for the meeting point: people who come, with a box to tick, and below them those who wait."""
    run = runs.organised_run(me(), run_id)
    coming = list(islice(queries.roster_of(me(), run, CAME), MAX_PRINTED + 1))
    waiting = list(islice(queries.roster_of(me(), run, (OFFERED, WAITLISTED)), MAX_PRINTED + 1))
    return pages.render(
        "roster/print.html",
        run=run,
        come=sorted(coming[:MAX_PRINTED], key=lambda entry: alphabetical(entry.name)),
        wait=waiting[:MAX_PRINTED],
        more=len(coming) > MAX_PRINTED or len(waiting) > MAX_PRINTED,
    )


def _row(number: int, entry: Any, run: Run) -> list[object]:
    number_shown = phone.format_phone(entry.phone, settings().phone_region) if entry.phone else ""
    return [
        number,
        entry.name,
        str(STATUS_WORDS[entry.status]),
        entry.guests,
        entry.pace_group,
        # A plus sign begins a formula; the other way of dialling abroad does not.
        number_shown.replace("+", "00"),
        entry.card,
        entry.note,
        entry.organiser_note,
        f"{dates.to_local(entry.joined_at, run.timezone):%Y-%m-%d %H:%M}",
        *(dict(answered([question], entry.answers)).get(question.text, "") for question in run.questions),
    ]
