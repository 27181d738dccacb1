"""The timeline of a crew."""

import uuid

from flask import Response, request

from hampa.crews.queries import crews as queries
from hampa.crews.views.blueprint import blueprint
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.timeline.forms import chosen_kind
from hampa.timeline.queries import timeline


@blueprint.get("/crews/<uuid:crew_id>/timeline")
@signed_in
def crew_timeline(crew_id: uuid.UUID) -> Response:
    """Show what happened in a crew to its members, the latest first."""
    crew = queries.member_of(me(), crew_id).crew
    kind = chosen_kind(request.args.get("kind"))
    page = timeline(me(), crew_id=crew.id, kind=kind, after=request.args.get("after"))
    return pages.render("crews/crew_timeline.html", crew=crew, page=page, kind=kind)
