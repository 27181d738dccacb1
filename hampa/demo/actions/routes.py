"""Drawn routes of the demo: loops from the meeting point and back, over invented hills."""

import random
import uuid
from itertools import pairwise
from math import cos, hypot, pi, radians, sin

from hampa.platform.db import db
from hampa.platform.geo import course, drawing, gpx
from hampa.platform.geo.lines import Line
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run

HILLS_M = {"road": 14.0, "mixed": 70.0, "trail": 430.0}
"""The height of the hills by terrain; laps on a track are no route."""
FOOT_M = {"Asia/Tehran": 1_300.0, "Europe/Berlin": 45.0}
"""The height of the meeting points by time zone."""
LAP_KM = 7.0
POINTS_A_LAP = 160
DEGREE_M = course.EARTH_M * pi / 180


def add_route(run: Run, route_id: uuid.UUID, dice: random.Random) -> None:
    """Add a route to a run with coordinates and a distance, about as long, drawn by `dice`."""
    if run.terrain not in HILLS_M or run.latitude is None or run.longitude is None or run.distance_km is None:
        return
    km = float(run.distance_km)
    laps = 1 if run.terrain == "trail" else max(1, round(km / LAP_KM))
    line = _loop(run.latitude, run.longitude, km, laps, (FOOT_M.get(run.timezone, 100.0), HILLS_M[run.terrain]), dice)
    drawn = course.compute_course([line])
    name = f"runs/{run.id}/{route_id}.gpx"
    storage.put(name, "".join(gpx.write([line], "Hampa")).encode())
    run.route_sketch = drawing.sketch(drawn.drawing["line"])
    db.session.add(
        RunRoute(
            id=route_id,
            run_id=run.id,
            gpx=name,
            distance_m=drawn.distance_m,
            climb_m=drawn.climb_m,
            descent_m=drawn.descent_m,
            whole=drawn.drawing,
        )
    )


def _loop(north: float, east: float, km: float, laps: int, heights: tuple[float, float], dice: random.Random) -> Line:
    """Return laps of a dented circle from a place (degrees) and back, `km` long in all.

    `heights` are those of the place and of the hills, in metres. A lap ends where it begins, at its lowest point, so
    that it goes down as much as up.
    """
    foot, hills = heights
    points = _dented_circle(dice)
    around = sum(hypot(x - a, y - b) for (a, b), (x, y) in pairwise(points))
    scale = km * 1000 / laps / around / DEGREE_M
    waves, phase = dice.randint(3, 5), dice.uniform(0, 2 * pi)
    line = Line()
    for lap in range(laps):
        for step in range(POINTS_A_LAP + (lap == laps - 1)):
            share = step / POINTS_A_LAP
            x, y = points[step]
            line.north.append(north + y * scale)
            line.east.append(east + x * scale / cos(radians(north)))
            rise = (1 - cos(2 * pi * share)) / 2 * (1 + 0.24 * sin(2 * pi * waves * share + phase))
            line.height.append(foot + hills * rise)
    return line


def _dented_circle(dice: random.Random) -> list[tuple[float, float]]:
    """Return the points of a lap from (0, 0) around and back."""
    dents = [(times, dice.uniform(-0.5, 0.5) / times, dice.uniform(0, 2 * pi)) for times in (2, 3, 4)]
    first = dice.uniform(0, 2 * pi)
    points = []
    for step in range(POINTS_A_LAP + 1):
        angle = first + 2 * pi * step / POINTS_A_LAP
        radius = 1 + sum(depth * sin(times * angle + turn) for times, depth, turn in dents)
        points.append((radius * cos(angle), radius * sin(angle)))
    start_x, start_y = points[0]
    return [(x - start_x, y - start_y) for x, y in points]
