"""The timeline of a plan."""

import uuid

from flask import Response, request

from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.timeline.forms import chosen_kind
from hampa.timeline.queries import timeline
from hampa.training.queries import plans as queries
from hampa.training.views.blueprint import blueprint


@blueprint.get("/plans/<uuid:plan_id>/timeline")
@signed_in
def plan_timeline(plan_id: uuid.UUID) -> Response:
    """Show what happened on a plan to its members, the latest first."""
    plan, _member = queries.member_plan(me(), plan_id)
    kind = chosen_kind(request.args.get("kind"))
    page = timeline(me(), plan_id=plan.id, kind=kind, after=request.args.get("after"))
    return pages.render("training/plan_timeline.html", plan=plan, page=page, kind=kind)
