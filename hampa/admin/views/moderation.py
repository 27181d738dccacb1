"""Reports, and the decisions about them."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.admin.forms import DECIDED_WORDS, VerdictForm
from hampa.admin.views.blueprint import blueprint
from hampa.moderation import actions, queries
from hampa.moderation.forms import REASON_WORDS
from hampa.moderation.models import DECIDED, OPEN
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

KIND_WORDS = {
    "person": _l("A person"),
    "card": _l("A card"),
    "run": _l("A run"),
    "comment": _l("A comment"),
    "photo": _l("A photo"),
    "message": _l("A message"),
    "crew": _l("A crew"),
    "crew_notice": _l("A notice in a crew"),
    "entry_comment": _l("A comment in a timeline"),
    "crew_picture": _l("The picture of a crew"),
}
WORDS: dict[str, Any] = {"kinds": KIND_WORDS, "reason_words": REASON_WORDS, "decided_words": DECIDED_WORDS}


@blueprint.get("/admin/moderation")
@operator_only
def moderation() -> Response:
    """List the reports that wait, or those that were decided."""
    state = DECIDED if request.args.get("state") == DECIDED else OPEN
    reports = queries.reports(me(), state, request.args.get("after"))
    return pages.render("admin/moderation.html", "rows", reports=reports, state=state, **WORDS)


@blueprint.get("/admin/moderation/<uuid:report_id>")
@operator_only
def show_report(report_id: uuid.UUID) -> Response:
    """Show a report with what was reported and the history of the person."""
    return _report_page(report_id, VerdictForm(formdata=None))


@blueprint.post("/admin/moderation/<uuid:report_id>")
@operator_only
def decide(report_id: uuid.UUID) -> Response:
    """Decide about a report, log the decision and notify the reporter."""
    form = VerdictForm()
    if form.validate():
        with attempt(form, done=_("Decided, and written into the log.")):
            address = request.remote_addr or ""
            form.once(me(), lambda: actions.decide(me(), report_id, form.verdict(), address=address).id)
    if form.errors:
        return _report_page(report_id, form)
    return pages.redirect(url_for("admin.show_report", report_id=report_id))


def _report_page(report_id: uuid.UUID, form: VerdictForm) -> Response:
    report = queries.report(me(), report_id)
    return pages.render(
        "admin/report.html",
        "form",
        status=form.http_status,
        report=report,
        form=form,
        log=queries.decisions_about(report.about_id),
        others=queries.reports_about(report.about_id, report.id),
        **WORDS,
    )
