"""Adding a route to a run and removing it. The caller checks that the person may change the run."""

import uuid
from decimal import Decimal
from typing import IO

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo.course import Course
from hampa.platform.jobs import enqueue
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.routes.queries import route_of
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

SHORTEST_KM, LONGEST_KM = Decimal("0.5"), Decimal(500)


def add_route(run: Run, source: IO[bytes]) -> RunRoute:
    """Have the worker read a GPX file; the route before stays until then. Raise `storage.StorageFull`."""
    route = route_of(run.id) or RunRoute(run_id=run.id)
    if route.upload:
        storage.delete_after_commit(route.upload)
    route.upload, route.reason = storage.save_upload(source), None
    db.session.add(route)
    db.session.flush()
    enqueue("runs.read_route", route_id=route.id, upload=route.upload)
    return route


def set_route_cut(run: Run, cut: bool) -> None:
    """Hide the surroundings of start and end from those who do not go, or show them."""
    route = route_of(run.id)
    if route is not None and route.cut != cut:
        route.cut = cut
        invalidate_listing()


def remove_route(run: Run) -> None:
    """Delete the route of a run, if it has one."""
    route = route_of(run.id)
    if route is not None:
        delete_route(route)
        invalidate_listing()


def delete_route(route: RunRoute) -> None:
    """Delete a route and its files."""
    for name in filter(None, (route.upload, route.gpx)):
        storage.delete_after_commit(name)
    db.session.delete(route)


def finish_route(route_id: uuid.UUID, upload: str, result: Course | str, gpx: str) -> None:
    """Store the course of an upload or why it has none; drop it if the upload was replaced. Raise NotFound."""
    route = db.session.get(RunRoute, route_id)
    run = runs.locked_run(route.run_id) if route else None
    route = db.session.get(RunRoute, route_id, populate_existing=True)
    if run is None or route is None or route.upload != upload:
        storage.delete_after_commit(gpx)
        return
    route.upload = None
    if isinstance(result, str):
        route.reason = result
    else:
        if route.gpx:
            storage.delete_after_commit(route.gpx)
        fill_distance(run, route.distance_m, result.distance_m)
        route.gpx, route.distance_m = gpx, result.distance_m
        route.climb_m, route.descent_m = result.climb_m, result.descent_m
        route.whole, route.hidden = result.whole, result.hidden
        _notify_participants(run, upload)
    storage.delete_after_commit(upload)
    invalidate_listing()


def fill_distance(run: Run, before: int | None, metres: int) -> None:
    """Set the run's distance if it is empty or came from the route before, which had `before` metres."""
    is_from_route = before is not None and run.distance_km == _km(before)
    if (run.distance_km is None or is_from_route) and SHORTEST_KM <= _km(metres) <= LONGEST_KM:
        run.distance_km = _km(metres)


def _km(metres: int) -> Decimal:
    return round(Decimal(metres) / 1000, 1)


def _notify_participants(run: Run, upload: str) -> None:
    if (run.taken or run.waiting or run.interested) and run.cancelled_at is None and run.starts_at > clock.now():
        beside = upload.rpartition("/")[2]
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=["route"], beside=beside)
