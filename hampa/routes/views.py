"""The route on the page of a run, and as a file."""

import uuid
from typing import Any

from flask import Blueprint, Response

from hampa.platform.geo import drawing
from hampa.platform.web import slots, uploads
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.routes import queries
from hampa.routes.forms import ROUTE_REASONS, WAYPOINT_KINDS, left_out_words
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("routes", __name__)


def route_on_run(run: Run, organises: bool, **_values: Any) -> dict[str, Any] | None:
    """Return the route and its drawings for the page of a run; None without one that the viewer may see."""
    route = queries.visible_route(me(), run, organises)
    if route is None:
        return None
    drawn = route.drawn
    outline = drawing.outline(drawn["line"]) if drawn else None
    return {
        "route": route,
        "left_out": left_out_words(route.left_out or {}),
        "outline": outline,
        "arrows": drawing.arrows(outline) if outline else [],
        "waypoints": drawn.get("waypoints", []) if drawn else [],
        "profile": drawing.profile(drawn["profile"]) if drawn else None,
    }


slots.share(blueprint, route_reasons=ROUTE_REASONS, waypoint_kinds=WAYPOINT_KINDS)
slots.fill(blueprint, "run.route", "routes/on_run.html", route_on_run)


@blueprint.get("/runs/<uuid:run_id>/route.gpx")
@signed_in
def route_file(run_id: uuid.UUID) -> Response:
    """Send the whole route to those who go."""
    run = runs.run_for(me(), run_id)
    name = queries.gpx_for(me(), run, organises(me(), run))
    return uploads.send(name, "application/gpx+xml", download_name=f"hampa-{run.short_code}.gpx")
