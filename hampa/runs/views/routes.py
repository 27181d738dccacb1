"""The route of a run as a file."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from hampa.people.models.person import Person
from hampa.platform.web import uploads
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs import drawing
from hampa.runs.models.run import Run
from hampa.runs.queries import routes, runs
from hampa.runs.queries.organisers import organises
from hampa.runs.views.blueprint import blueprint


def route_part(viewer: Person | None, run: Run, organises: bool) -> dict[str, Any]:
    """What a run's page says and draws of its route."""
    route = routes.route_seen_by(viewer, run, organises)
    drawn = route.drawn if route else None
    return {
        "route": route,
        "outline": drawing.outline(drawn["line"]) if drawn else None,
        "profile": drawing.profile(drawn["profile"]) if drawn else None,
    }


@blueprint.get("/runs/<uuid:run_id>/route.gpx")
@signed_in
def route_file(run_id: uuid.UUID) -> Response:
    """The whole route, for those who go."""
    run = runs.run_for(me(), run_id)
    name = routes.gpx_for(me(), run, organises(me(), run))
    return uploads.send(name, "application/gpx+xml", download_name=f"hampa-{run.short_code}.gpx")
