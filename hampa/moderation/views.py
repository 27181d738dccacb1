"""Pages of reports."""

import uuid

from flask import Blueprint, Response, url_for

from hampa.moderation import actions, queries
from hampa.moderation.forms import REASON_WORDS, ReportForm
from hampa.people.queries import are_hidden, sees
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.slots import fill

blueprint = Blueprint("moderation", __name__)
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
        kind=kind,
        subject_id=subject_id,
    )


@blueprint.get("/me/reports/<uuid:report_id>")
@signed_in
def show(report_id: uuid.UUID) -> Response:
    """Show a report that the person sent, and whether an operator has decided about it."""
    report = queries.report_of(me(), report_id)
    about = report.about_id
    may_block = about is not None and sees(me(), about) and not are_hidden(me().id, about)
    return pages.render("moderation/show.html", report=report, reason=REASON_WORDS[report.reason], may_block=may_block)
