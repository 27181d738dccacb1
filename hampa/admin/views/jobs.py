"""Failed jobs, and RQ's dashboard."""

import uuid
from collections.abc import Callable
from datetime import datetime

from flask import Response, current_app, make_response, request, url_for

from hampa.admin.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.jobs import dashboard
from hampa.platform.jobs.operating import drop_job, latest_jobs, retry_job
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import headers, pages, paging
from hampa.platform.web.attempts import pressed
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

JOBS_ON_A_PAGE = 30


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
    return _pressed(retry_job, job_id, _("It will run again."))


@blueprint.post("/admin/jobs/<uuid:job_id>/drop")
@operator_only
def drop_failed_job(job_id: uuid.UUID) -> Response:
    """Delete a failed job."""
    return _pressed(drop_job, job_id, _("Dropped."))


def _pressed(change: Callable[[uuid.UUID, Person], None], job_id: uuid.UUID, done: str) -> Response:
    return pressed(
        lambda: change(job_id, me()),
        done=done,
        refused=_("This job has not failed, or not any more."),
        leads_to=url_for("admin.failed_jobs"),
    )


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
