"""The slow half of giving a run a route: reading the file."""

from __future__ import annotations

import uuid
from contextlib import suppress

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.geo import gpx
from hampa.platform.geo.course import Course, worked_out
from hampa.platform.jobs import job
from hampa.platform.media import storage
from hampa.platform.media.pipeline import register_uploads
from hampa.platform.security.keys import keyed_hash
from hampa.routes import actions
from hampa.routes.models import RunRoute

register_uploads(RunRoute)


@job("runs.read_route")
def read_route(route_id: uuid.UUID, upload: str) -> None:
    """Read a GPX file, keep our own of it, and write down what the route is, or why it is none."""
    route = db.session.get(RunRoute, route_id)
    if route is None or route.upload != upload:
        return
    name = f"runs/{route.run_id}/{uuid.uuid4()}.gpx"
    db.session.commit()  # no connection is held while the file is read
    found = read(upload, name)
    with suppress(NotFound):
        actions.finish_route(route_id, upload, found, name)
    db.session.commit()


def read(upload: str, name: str) -> Course | str:
    """What an upload says, and our own GPX of it under `name`; or the reason why it says nothing."""
    try:
        lines = gpx.read(storage.open_file(upload).stream)
        course = worked_out(lines, _shift(lines[0]))
    except gpx.UnreadableRoute as refused:
        return refused.reason
    except FileNotFoundError:
        return "failed"
    storage.put(name, "".join(gpx.write(lines, "Hampa")).encode())
    return course


def _shift(line: gpx.Line) -> tuple[float, float]:
    """Where what is hidden is moved to: the same for routes from the same place, so that many of them tell no more
    than one, and known to nobody.
    """
    place = f"{line.north[0]:.3f} {line.east[0]:.3f}"
    drawn = int(keyed_hash("route", place)[:8], 16)
    return (drawn & 0xFFFF) / 32767.5 - 1, (drawn >> 16) / 32767.5 - 1
