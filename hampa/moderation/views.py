"""Pages of reports."""

import uuid

from flask import Blueprint, Response, url_for

from hampa.moderation import actions, queries
from hampa.moderation.forms import REASON_WORDS, AppealForm, ReportForm
from hampa.people.models import Person
from hampa.people.queries import are_hidden, by_id, by_phone, sees
from hampa.platform.errors import Conflict, NotFound
from hampa.platform.security import signed_links
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.slots import contribute, fill

blueprint = Blueprint("moderation", __name__)
APPEAL = "b"
"""The purpose of links to appeals."""
fill(blueprint, "block.beside", "moderation/beside_block.html")


@blueprint.route("/report/<kind>/<uuid:subject_id>", methods=["GET", "POST"])
@signed_in
def report(kind: str, subject_id: uuid.UUID) -> Response:
    """Report a person, a card, a run, a comment or a photo to the operators."""
    seen = queries.snapshot_for(me(), kind, subject_id)
    form = ReportForm()
    if form.validate_on_submit():
        with attempt(form):
            fields = (form.reason.data, form.words.data)
            report_id = form.once(me(), lambda: actions.report(me(), kind, subject_id, *fields).id)
        if not form.errors:
            return pages.redirect(url_for("moderation.show", report_id=report_id))
    waiting = queries.open_report(me(), kind, subject_id)
    if waiting is not None:
        return pages.redirect(url_for("moderation.show", report_id=waiting.id))
    return pages.render(
        "moderation/report.html",
        "form",
        status=form.http_status,
        form=form,
        seen=seen,
        above=seen.path if _is_seen(seen.about_id) else None,
        kind=kind,
        subject_id=subject_id,
    )


def _is_seen(person_id: uuid.UUID) -> bool:
    return sees(me(), person_id) and not are_hidden(me().id, person_id)


@blueprint.get("/me/reports/<uuid:report_id>")
@signed_in
def show(report_id: uuid.UUID) -> Response:
    """Show a report that the person sent, and whether an operator has decided about it."""
    report = queries.report_of(me(), report_id)
    about = report.about_id
    may_block = about is not None and _is_seen(about)
    return pages.render("moderation/show.html", report=report, reason=REASON_WORDS[report.reason], may_block=may_block)


@blueprint.route("/login/appeal/<appeal_token>", methods=["GET", "POST"])
@public
def appeal(appeal_token: str) -> Response:
    """Say to a suspended or banned person what became of their account, and take their one appeal.

    The token is given to who has just proved the number by a code, or with the answer by SMS to it, and shows nothing of
    the account but its state.
    """
    person = _shut_out_by(appeal_token)
    form = AppealForm()
    if form.validate_on_submit():
        with attempt(form, Conflict):
            actions.write_appeal(person, form.words.data)
        if not form.errors:
            return pages.redirect(url_for("moderation.appeal", appeal_token=appeal_token))
    decision = queries.decision_against(person)
    latest = queries.latest_appeal(person)
    # What was answered stays to be read, also when the account is open again.
    shown = latest if latest and (decision is None or latest.decision_id == decision.id) else None
    return pages.render(
        "moderation/appeal.html",
        "form",
        status=form.http_status,
        form=form,
        token=appeal_token,
        until=person.suspended_until,
        is_shut_out=person.state in ("suspended", "banned"),
        may_appeal=decision is not None and shown is None,
        appeal=shown,
    )


def _shut_out_by(token: str) -> Person:
    """Return the person of a token. Raise NotFound for one that is not good, or of a number that was changed."""
    link = signed_links.parse_token(token)
    person = by_id(link.subject_id) if link is not None and link.purpose == APPEAL and link.is_public else None
    if link is None or person is None or person.state == "erased" or not link.is_valid_for(person.phone):
        raise NotFound
    return person


def appeal_address(phone: str) -> str | None:
    """Return where the owner of a number, which they have just proved, may appeal."""
    person = by_phone(phone)
    if person is None:
        return None
    return url_for("moderation.appeal", appeal_token=signed_links.make_token(APPEAL, person.id, phone, is_public=True))


contribute(blueprint, "auth.shut_out", appeal_address)
