"""The files that come with the form of a run."""

from __future__ import annotations

from typing import Any

from flask import request

from hampa.organising.forms.run import RunForm
from hampa.photos import actions
from hampa.photos.queries import unseen_cover
from hampa.platform.web.session import me
from hampa.routes import actions as routes
from hampa.routes.queries import route_of
from hampa.runs.models.run import Run

MEGABYTES = 17
"""Of a whole form: a cover, a route, and the answers."""


def files_part(form: RunForm, run: Run | None) -> dict[str, Any]:
    """What the form says of the files that a run has already."""
    route = route_of(run.id) if run else None
    if route is not None and request.method == "GET":
        form.route_cut.data = route.cut
    return {"route": route, "cover": unseen_cover(run) if run else None}


def enclose(run: Run, form: RunForm) -> None:
    """Let the run have the files that came with its form; in a series, this run alone."""
    if form.route.data:
        routes.give_route(run, form.route.data[0].stream)
    elif form.route_remove.data:
        routes.remove_route(run)
    routes.cut_route(run, form.route_cut.data)
    if form.cover.data:
        actions.give_cover(me(), run, form.cover.data[0].stream)
    elif form.cover_remove.data:
        actions.remove_covers(run)
