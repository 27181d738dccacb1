"""The route on the page of a run, and as a file."""

import uuid
from typing import Any

from flask import Blueprint, Response
from markupsafe import Markup

from hampa.platform.geo import drawing
from hampa.platform.web import slots, uploads
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import shared_part
from hampa.routes import queries
from hampa.routes.forms import ROUTE_REASONS, WAYPOINT_KINDS, course_words, left_out_words
from hampa.runs.admission import Admission
from hampa.runs.models.participation import CAME
from hampa.runs.models.run import ALL_RUN_PAGES, Run, page_version
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("routes", __name__)


def route_on_run(run: Run, admission: Admission, organises: bool) -> Markup:
    """Return the route for the page of a run: as organisers see it, people who go or went, others, or visitors."""
    went = admission.participation is not None and admission.participation.status in CAME
    shape = {"organises": organises, "may_download": organises or went}
    return shared_part(
        "routes/on_run.html",
        (page_version(run.id), ALL_RUN_PAGES),
        (run.id, *shape.values()),
        lambda: {"run": run, "organises": organises} | route_values(run, **shape),
    )


def route_values(run: Run, *, organises: bool, may_download: bool) -> dict[str, Any]:
    """Return the route of a run and its drawings; the route is None where there is none for such viewers."""
    route = queries.visible_route(run.id, organises=organises, may_download=may_download)
    if route is None:
        return {"route": None}
    drawn = route.drawn
    outline = drawing.outline(drawn["line"]) if drawn else None
    sees_ends = not route.cut or route.may_download
    words = []
    if drawn and outline and route.distance_m:
        words = course_words(outline, drawn["profile"], route.distance_m, route.climb_m, whole=sees_ends)
    return {
        "route": route,
        "left_out": left_out_words(route.left_out or {}),
        "outline": outline,
        "sees_ends": sees_ends,
        "words": words,
        "arrows": drawing.arrows(outline) if outline else [],
        "waypoints": drawn.get("waypoints", []) if drawn else [],
        "profile": drawing.profile(drawn["profile"]) if drawn else None,
    }


slots.share(blueprint, route_reasons=ROUTE_REASONS, waypoint_kinds=WAYPOINT_KINDS)
slots.fill_by(blueprint, "run.route", route_on_run)


@blueprint.get("/runs/<uuid:run_id>/route.gpx")
@signed_in
def route_file(run_id: uuid.UUID) -> Response:
    """Send the whole route to those who go."""
    run = runs.run_for(me(), run_id)
    name = queries.gpx_for(me(), run, organises(me(), run))
    return uploads.send(name, "application/gpx+xml", download_name=f"hampa-{run.short_code}.gpx")
