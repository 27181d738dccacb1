"""Reading the file of a route in the worker, and cutting its line for those who do not go."""

import uuid
from collections import Counter
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from hampa.people.actions import ensure_hidden_zones
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.geo import gpx, hiding, route_files
from hampa.platform.geo.course import compute_course, visible_course
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.tracks import Track, clean_track
from hampa.platform.geo.waypoints import Waypoint
from hampa.platform.jobs import job, renew_lease
from hampa.platform.media import storage
from hampa.platform.media.pictures import register_uploads
from hampa.routes import actions, queries
from hampa.routes.models import RunRoute
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import Run

CUTTING_BATCH = 50
SKETCH_BATCH = 50
MOST_SKETCHES = 2_000
"""How many small lines are drawn before the job leaves the rest to its next turn."""

register_uploads(RunRoute)


@job("runs.read_route")
def read_route(route_id: uuid.UUID, upload: str) -> None:
    """Read the file of a route, write our own GPX file of it, and store the route or the reason why there is none."""
    route = db.session.get(RunRoute, route_id)
    if route is None or route.upload != upload:
        return
    name = f"runs/{route.run_id}/{uuid.uuid4()}.gpx"
    db.session.commit()  # no connection is held while the file is read
    result = parse_upload(upload, name)
    with suppress(NotFound):
        actions.finish_route(route_id, upload, result, name)
    db.session.commit()


def parse_upload(upload: str, name: str) -> actions.ReadRoute | str:
    """Return the route of an upload and write our own GPX file under `name`, or return why that fails."""
    try:
        track = clean_track(route_files.read(storage.open_file(upload).stream))
        course = compute_course(track.lines, track.waypoints)
    except UnreadableRoute as error:
        return error.reason
    except FileNotFoundError:
        return "failed"
    waypoints = [Waypoint(one["north"], one["east"], one["kind"], one["name"]) for one in course.waypoints]
    storage.put(name, "".join(gpx.write(track.lines, "Hampa", waypoints)).encode())
    left_out = track.left_out + Counter(pieces=course.undrawn, waypoints=course.unplaced)
    return actions.ReadRoute(course, dict(left_out))


@job("runs.cut_route")
def cut_route(route_id: uuid.UUID, gpx: str) -> None:
    """Compute what others see of a route from its file without the hidden zones of who added it."""
    query = select(RunRoute.added_by_id, Run.organiser_id).join(Run, Run.id == RunRoute.run_id)
    waiting = query.where(RunRoute.id == route_id, RunRoute.gpx == gpx, RunRoute.hidden_distance_m.is_(None))
    row = db.session.execute(waiting).first()
    db.session.commit()  # no connection is held while the file is read
    if row is None:
        return
    track = _track_of(gpx)
    if track is None:
        return
    zones = ensure_hidden_zones(row.added_by_id or row.organiser_id, hiding.ends(track.lines))
    db.session.commit()
    visible = visible_course(hiding.without_zones(track.lines, zones), hiding.waypoints_outside(track.waypoints, zones))
    with suppress(NotFound):
        actions.finish_cutting(route_id, gpx, visible)
    db.session.commit()


@job("runs.cut_routes", every=timedelta(hours=1), lease=timedelta(minutes=10))
def cut_routes() -> None:
    """Cut the routes that should be cut and are not, because an earlier release had cut them in another way."""
    last = uuid.UUID(int=0)
    waiting = (
        select(RunRoute.id, RunRoute.gpx)
        .where(RunRoute.cut, RunRoute.gpx.is_not(None), RunRoute.hidden_distance_m.is_(None))
        .order_by(RunRoute.id)
        .limit(CUTTING_BATCH)
    )
    while rows := db.session.execute(waiting.where(RunRoute.id > last)).all():
        for route_id, name in rows:
            cut_route(route_id, name or "")
            renew_lease()
            db.session.commit()
        last = rows[-1].id


@job("runs.draw_sketches", every=timedelta(hours=6), lease=timedelta(minutes=10))
def draw_sketches() -> None:
    """Draw the small lines of routes that an earlier release has read without drawing one."""
    for _batch in range(MOST_SKETCHES // SKETCH_BATCH):
        route_ids = queries.routes_without_sketch(SKETCH_BATCH)
        for route_id in route_ids:
            with suppress(NotFound):
                actions.draw_missing_sketch(route_id)
        if route_ids:
            invalidate_listing()
        renew_lease()
        db.session.commit()
        if len(route_ids) < SKETCH_BATCH:
            break


def _track_of(name: str) -> Track | None:
    """Return the lines and waypoints of one of our own GPX files; None if a restored backup lacks it."""
    try:
        return clean_track(gpx.read(storage.open_file(name).stream))
    except (FileNotFoundError, UnreadableRoute):
        return None
