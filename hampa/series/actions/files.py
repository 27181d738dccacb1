"""Copying the files of a run to another run."""

from __future__ import annotations

import uuid

from hampa.photos.models import COVER, RunPicture, file_of
from hampa.photos.queries import cover_of, has_cover
from hampa.platform import ids
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.routes.actions import fill_distance
from hampa.routes.models import RunRoute
from hampa.routes.queries import route_of
from hampa.runs.models.run import Run

READ = ("distance_m", "climb_m", "descent_m", "whole", "hidden")
"""What the worker has read out of a route."""


def copy_files(source_id: uuid.UUID, run: Run) -> None:
    """Let a new run have the route and the cover of another one, as far as it was given none of its own.

    What still waits to be read there is not taken along, nor is what a restored backup has no file of, nor are photos:
    they belong to that day.
    """
    route = route_of(source_id)
    if route is not None and route.gpx and storage.exists(route.gpx) and route_of(run.id) is None:
        own = f"runs/{run.id}/{uuid.uuid4()}.gpx"
        storage.copy(route.gpx, own)
        read = {name: getattr(route, name) for name in READ}
        db.session.add(RunRoute(run_id=run.id, cut=route.cut, gpx=own, **read))
        fill_distance(run, None, route.distance_m or 0)
    cover = cover_of(source_id)
    if cover is not None and not has_cover(run.id) and _has_files(cover):
        copied = RunPicture(run_id=run.id, person_id=cover.person_id, kind=COVER)
        copied.id, copied.widths, copied.height = ids.new_id(), cover.widths, cover.height
        for width in cover.widths or ():
            storage.copy(file_of(source_id, cover.id, width), file_of(run.id, copied.id, width))
        db.session.add(copied)
    db.session.flush()


def _has_files(picture: RunPicture) -> bool:
    return all(storage.exists(file_of(picture.run_id, picture.id, width)) for width in picture.widths or ())
