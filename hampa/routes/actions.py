"""Adding a route to a run and removing it. The caller checks that the person may change the run."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from sqlalchemy import update

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo.course import Course
from hampa.platform.geo.drawing import sketch
from hampa.platform.jobs import enqueue
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.routes.queries import route_of
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

SHORTEST_KM, LONGEST_KM = Decimal("0.5"), Decimal(500)
COPIED_FIELDS = (
    "added_by_id",
    "distance_m",
    "climb_m",
    "descent_m",
    "whole",
    "hidden",
    "hidden_distance_m",
    "hidden_climb_m",
    "hidden_descent_m",
)


@dataclass(frozen=True)
class ReadRoute:
    """What the worker has read of a file: the course of the whole line, and how much was left out, by `LEFT_OUT`."""

    course: Course
    left_out: dict[str, int]


def add_route(person: Person, run: Run, source: IO[bytes]) -> RunRoute:
    """Have the worker read the file of a route; the route before stays until then. Raise `storage.StorageFull`."""
    route = route_of(run.id) or RunRoute(run_id=run.id)
    if route.upload:
        storage.delete_after_commit(route.upload)
    route.upload, route.reason, route.added_by_id = storage.save_upload(source), None, person.id
    db.session.add(route)
    db.session.flush()
    enqueue("runs.read_route", route_id=route.id, upload=route.upload)
    return route


def copy_route(source_id: uuid.UUID, run: Run) -> None:
    """Copy the finished route of another run to a new run that has none; what is cut out of it stays the same."""
    source = route_of(source_id)
    # A restored backup may lack files.
    if source is None or not source.gpx or not storage.exists(source.gpx) or route_of(run.id) is not None:
        return
    gpx = f"runs/{run.id}/{uuid.uuid4()}.gpx"
    storage.copy(source.gpx, gpx)
    route = RunRoute(run_id=run.id, cut=source.cut, gpx=gpx)
    for name in COPIED_FIELDS:
        setattr(route, name, getattr(source, name))
    db.session.add(route)
    db.session.flush()
    fill_distance(run, route)
    draw_sketch(run, route)
    _enqueue_cutting(route)


def set_route_cut(run: Run, cut: bool) -> None:
    """Hide the surroundings of start and end from those who do not go, or show them."""
    route = route_of(run.id)
    if route is not None and route.cut != cut:
        route.cut = cut
        fill_distance(run, route, route.distance_m, route.hidden_distance_m)
        draw_sketch(run, route)
        _enqueue_cutting(route)
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
    db.session.execute(update(Run).where(Run.id == route.run_id).values(route_sketch=None))
    db.session.delete(route)


def finish_route(route_id: uuid.UUID, upload: str, result: ReadRoute | str, gpx: str) -> None:
    """Store what was read of an upload or why it has no route; drop it if the upload was replaced. Raise NotFound."""
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
        before = (route.distance_m, route.hidden_distance_m)
        route.gpx, route.distance_m = gpx, result.course.distance_m
        route.climb_m, route.descent_m = result.course.climb_m, result.course.descent_m
        route.whole, route.left_out = result.course.drawing, result.left_out
        route.hidden = route.hidden_distance_m = route.hidden_climb_m = route.hidden_descent_m = None
        fill_distance(run, route, *before)
        draw_sketch(run, route)
        _enqueue_cutting(route)
        _notify_participants(run, upload)
    storage.delete_after_commit(upload)
    invalidate_listing()


def finish_cutting(route_id: uuid.UUID, gpx: str, visible: Course) -> None:
    """Store what others see of a route, unless its file was replaced. Raise NotFound."""
    route = db.session.get(RunRoute, route_id)
    run = runs.locked_run(route.run_id) if route else None
    route = db.session.get(RunRoute, route_id, populate_existing=True)
    if run is None or route is None or route.gpx != gpx:
        return
    route.hidden, route.hidden_distance_m = visible.drawing, visible.distance_m
    route.hidden_climb_m, route.hidden_descent_m = visible.climb_m, visible.descent_m
    fill_distance(run, route, route.distance_m)
    draw_sketch(run, route)
    invalidate_listing()


def fill_distance(run: Run, route: RunRoute, *before: int | None) -> None:
    """Set the run's distance to that of the route which everybody may see, if it is empty or came from a route.

    It came from a route if it is one of the lengths `before`, in metres. Until the worker has cut the line it is empty.
    """
    if run.distance_km is None or run.distance_km in {_km(metres) for metres in before if metres is not None}:
        metres = route.shown_distance_m
        is_long_enough = metres is not None and SHORTEST_KM <= _km(metres) <= LONGEST_KM
        run.distance_km = _km(metres) if metres is not None and is_long_enough else None


def draw_sketch(run: Run, route: RunRoute) -> None:
    """Set the run's small line to that of the route which everybody may see; none until the worker has cut it."""
    drawing = route.hidden if route.cut else route.whole
    run.route_sketch = sketch(drawing["line"]) if drawing else None


def draw_missing_sketch(route_id: uuid.UUID) -> None:
    """Draw the small line of a route under its run's lock, unless it has one by now. Raise NotFound."""
    route = db.session.get(RunRoute, route_id)
    run = runs.locked_run(route.run_id) if route else None
    route = db.session.get(RunRoute, route_id, populate_existing=True)
    if run is not None and route is not None and run.route_sketch is None:
        draw_sketch(run, route)


def _enqueue_cutting(route: RunRoute) -> None:
    """Have the worker cut a route that others see without its ends. A file is cut once, whatever is chosen later."""
    if route.cut and route.gpx and route.hidden_distance_m is None:
        enqueue("runs.cut_route", route_id=route.id, gpx=route.gpx)


def _km(metres: int) -> Decimal:
    return round(Decimal(metres) / 1000, 1)


def _notify_participants(run: Run, upload: str) -> None:
    if (run.taken or run.waiting or run.interested) and run.cancelled_at is None and run.starts_at > clock.now():
        beside = upload.rpartition("/")[2]
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=["route"], beside=beside)
