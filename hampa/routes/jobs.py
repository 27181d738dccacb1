"""Reading the GPX file of a route in the worker."""

import uuid
from contextlib import suppress

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.geo import gpx
from hampa.platform.geo.course import Course, compute_course
from hampa.platform.jobs import job
from hampa.platform.media import storage
from hampa.platform.media.pictures import register_uploads
from hampa.platform.security.crypto import keyed_hash
from hampa.routes import actions
from hampa.routes.models import RunRoute

register_uploads(RunRoute)


@job("runs.read_route")
def read_route(route_id: uuid.UUID, upload: str) -> None:
    """Read a GPX file, write our own copy of it, and store the route or the reason why there is none."""
    route = db.session.get(RunRoute, route_id)
    if route is None or route.upload != upload:
        return
    name = f"runs/{route.run_id}/{uuid.uuid4()}.gpx"
    db.session.commit()  # no connection is held while the file is read
    result = parse_upload(upload, name)
    with suppress(NotFound):
        actions.finish_route(route_id, upload, result, name)
    db.session.commit()


def parse_upload(upload: str, name: str) -> Course | str:
    """Return the course of an upload and write our own GPX file under `name`, or return why that fails."""
    try:
        lines = gpx.read(storage.open_file(upload).stream)
        course = compute_course(lines, _shift(lines[0]))
    except gpx.UnreadableRoute as error:
        return error.reason
    except FileNotFoundError:
        return "failed"
    storage.put(name, "".join(gpx.write(lines, "Hampa")).encode())
    return course


def _shift(line: gpx.Line) -> tuple[float, float]:
    """Return a secret offset that is the same for routes from one place, so that many tell no more than one."""
    place = f"{line.north[0]:.3f} {line.east[0]:.3f}"
    digest = int(keyed_hash("route", place)[:8], 16)
    return (digest & 0xFFFF) / 32767.5 - 1, (digest >> 16) / 32767.5 - 1
