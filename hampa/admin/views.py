"""Pages of operators."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.admin.forms import DECIDED_WORDS, VerdictForm
from hampa.moderation import actions, queries
from hampa.moderation.forms import REASON_WORDS
from hampa.moderation.models import DECIDED, OPEN
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

blueprint = Blueprint("admin", __name__)

KIND_WORDS = {
    "person": _l("A person"),
    "card": _l("A card"),
    "run": _l("A run"),
    "comment": _l("A comment"),
    "photo": _l("A photo"),
}


@blueprint.get("/admin/moderation")
@operator_only
def moderation() -> Response:
    """What was reported: what waits, or what was decided."""
    state = DECIDED if request.args.get("state") == DECIDED else OPEN
    found = queries.reports(me(), state, request.args.get("after"))
    return pages.render("admin/moderation.html", "rows", reports=found, state=state, kinds=KIND_WORDS, **_words())


@blueprint.get("/admin/moderation/<uuid:report_id>")
@operator_only
def show_report(report_id: uuid.UUID) -> Response:
    """A report with what was seen, and all that is known about the person."""
    return _report_page(report_id, VerdictForm(formdata=None))


@blueprint.post("/admin/moderation/<uuid:report_id>")
@operator_only
def decide(report_id: uuid.UUID) -> Response:
    """Decide, log it, and tell who reported."""
    form = VerdictForm()
    if form.validate():
        with attempt(form, done=_("Decided, and written into the log.")):
            actions.decide(me(), report_id, form.verdict(), address=request.remote_addr or "")
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
        kinds=KIND_WORDS,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"reason_words": REASON_WORDS, "decided_words": DECIDED_WORDS}
