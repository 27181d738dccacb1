"""Giving a run a route, and taking it away again. Whoever calls may change the run."""

from __future__ import annotations

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
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

SHORTEST_KM, LONGEST_KM = Decimal("0.5"), Decimal(500)


def give_route(run: Run, source: IO[bytes]) -> RunRoute:
    """Have the worker read a GPX file; until it has, what the run had before stays. Raises `storage.Full`."""
    route = route_of(run.id) or RunRoute(run_id=run.id)
    if route.upload:
        storage.forget(route.upload)
    route.upload, route.reason = storage.keep_upload(source), None
    db.session.add(route)
    db.session.flush()
    enqueue("runs.read_route", route_id=route.id, upload=route.upload)
    return route


def cut_route(run: Run, cut: bool) -> None:
    """Hide the surroundings of start and end from those who do not go, or show them."""
    route = route_of(run.id)
    if route is not None and route.cut != cut:
        route.cut = cut
        invalidate_listing()


def remove_route(run: Run) -> None:
    """The run has no route any more."""
    route = route_of(run.id)
    if route is not None:
        for name in (route.upload, route.gpx):
            if name:
                storage.forget(name)
        db.session.delete(route)
        invalidate_listing()


def finish_route(route_id: uuid.UUID, upload: str, found: Course | str, gpx: str | None = None) -> None:
    """Write down what the worker read out of an upload, or the reason why it could not.

    Another upload, or none, may have taken its place since; then our file of this one goes.
    """
    waiting = _waiting(route_id, upload)
    if waiting is None:
        if gpx:
            storage.forget(gpx)
        return
    run, route = waiting
    route.upload = None
    if isinstance(found, str):
        route.reason = found
    else:
        if route.gpx:
            storage.forget(route.gpx)
        fill_distance(run, route.distance_m, found.distance_m)
        route.gpx, route.distance_m = gpx, found.distance_m
        route.climb_m, route.descent_m = found.climb_m, found.descent_m
        route.whole, route.hidden = found.whole, found.hidden
        _tell(run, upload)
    storage.forget(upload)
    invalidate_listing()


def _waiting(route_id: uuid.UUID, upload: str) -> tuple[Run, RunRoute] | None:
    """The route whose upload is still to be read, under the lock of its run."""
    route = db.session.get(RunRoute, route_id)
    run = runs.locked_run(route.run_id) if route else None
    route = db.session.get(RunRoute, route_id, populate_existing=True)
    return (run, route) if run and route and route.upload == upload else None


def fill_distance(run: Run, before: int | None, metres: int) -> None:
    """Say how long the run is where the organiser did not, or only the route before did."""
    said_by_route = before is not None and run.distance_km == _km(before)
    if (run.distance_km is None or said_by_route) and SHORTEST_KM <= _km(metres) <= LONGEST_KM:
        run.distance_km = _km(metres)


def _km(metres: int) -> Decimal:
    return round(Decimal(metres) / 1000, 1)


def _tell(run: Run, upload: str) -> None:
    """Those who are in a run that is still to come hear that it has a route, or another one."""
    if (run.taken or run.waiting or run.interested) and run.cancelled_at is None and run.starts_at > clock.now():
        beside = upload.rpartition("/")[2]
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=["route"], beside=beside)
