"""Pages for operators."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, request, url_for

from hampa.admin.forms import DECIDED_WORDS, VerdictForm
from hampa.moderation import actions, queries
from hampa.moderation.forms import REASON_WORDS
from hampa.moderation.models import DECIDED, OPEN
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.jobs import dashboard
from hampa.platform.jobs.operating import drop_job, latest_jobs, retry_job
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import headers, pages, paging
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

blueprint = Blueprint("admin", __name__)

JOBS_ON_A_PAGE = 30

KIND_WORDS = {
    "person": _l("A person"),
    "card": _l("A card"),
    "run": _l("A run"),
    "comment": _l("A comment"),
    "photo": _l("A photo"),
    "message": _l("A message"),
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


@blueprint.get("/admin/jobs")
@operator_only
def failed_jobs() -> Response:
    """List the jobs that failed, the last one first."""
    after = paging.decode(request.args.get("after"), datetime, uuid.UUID)
    rows = latest_jobs("failed", (after[0], after[1]) if after else None, JOBS_ON_A_PAGE + 1)
    page = paging.Page.of(rows, JOBS_ON_A_PAGE, lambda row: (row.updated_at, row.id))
    return pages.render("admin/jobs.html", "rows", jobs=page)


@blueprint.post("/admin/jobs/<uuid:job_id>/again")
@operator_only
def run_job_again(job_id: uuid.UUID) -> Response:
    """Run a failed job again, from its first try."""
    return _change_job(retry_job, job_id, _("It is run again."))


@blueprint.post("/admin/jobs/<uuid:job_id>/drop")
@operator_only
def drop_failed_job(job_id: uuid.UUID) -> Response:
    """Delete a failed job."""
    return _change_job(drop_job, job_id, _("Dropped."))


def _change_job(change: Callable[[uuid.UUID], None], job_id: uuid.UUID, done: str) -> Response:
    try:
        change(job_id)
        db.session.commit()
        flash(done)
    except Conflict:
        db.session.rollback()
        flash(_("This job has not failed, or not any more."))
    return pages.redirect(url_for("admin.failed_jobs"))


@blueprint.get("/admin/rq/")
@operator_only
def rq_dashboard_start() -> Response:
    """Redirect to the dashboard's first page."""
    return pages.redirect(url_for("admin.rq_dashboard", rq_path="0/view/queues"))


@blueprint.get("/admin/rq/<path:rq_path>")
@operator_only
def rq_dashboard(rq_path: str) -> Response:
    """Return a page of rq-dashboard, which shows what RQ does and changes nothing."""
    environ = request.environ | {"SCRIPT_NAME": f"{request.script_root}/admin/rq", "PATH_INFO": f"/{rq_path}"}
    answer = make_response(current_app.response_class.from_app(dashboard.application(), environ))
    return headers.let_inline_scripts(answer) if answer.mimetype == "text/html" else answer
