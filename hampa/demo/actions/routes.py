"""Routes of the demo: drawn, not recorded. Loops that begin and end where people meet, over hills of their own."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from math import cos, hypot, pi, radians, sin

from hampa.platform.db import db
from hampa.platform.geo import course, gpx
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run

HILLS_M = {"road": 14.0, "mixed": 70.0, "trail": 430.0}
"""How high the way rises, by the ground; laps on a track are no route."""
FOOT_M = 1_300.0
LAP_KM = 7.0
POINTS_A_LAP = 160
A_DEGREE_M = course.EARTH_M * pi / 180
WHERE_HIDDEN = (0.3, -0.5)


def add_route(run: Run, route_id: uuid.UUID, dice: random.Random) -> None:
    """Give a run that has a pin and a length a route of about that length, drawn by `dice`."""
    if run.terrain not in HILLS_M or run.latitude is None or run.longitude is None or run.distance_km is None:
        return
    km = float(run.distance_km)
    laps = 1 if run.terrain == "trail" else max(1, round(km / LAP_KM))
    line = loop(run.latitude, run.longitude, km, laps, HILLS_M[run.terrain], dice)
    found = course.worked_out([line], WHERE_HIDDEN)
    name = f"runs/{run.id}/{route_id}.gpx"
    storage.put(name, "".join(gpx.write([line], "Hampa")).encode())
    db.session.add(
        RunRoute(
            id=route_id,
            run_id=run.id,
            gpx=name,
            distance_m=found.distance_m,
            climb_m=found.climb_m,
            descent_m=found.descent_m,
            whole=found.whole,
            hidden=found.hidden,
        )
    )


def loop(north: float, east: float, km: float, laps: int, hills: float, dice: random.Random) -> gpx.Line:
    """Laps of a dented circle from this place (degrees) and back, `km` long in all, each rising by about `hills` metres."""
    at = _dented_circle(dice)
    steps = [at(step / POINTS_A_LAP) for step in range(POINTS_A_LAP + 1)]
    around = sum(hypot(x - a, y - b) for (x, y), (a, b) in zip(steps[1:], steps, strict=False))
    scale = km * 1000 / laps / around / A_DEGREE_M
    waves, begins = dice.randint(3, 5), dice.uniform(0, 2 * pi)
    line = gpx.Line()
    for lap in range(laps):
        for step in range(POINTS_A_LAP + (lap == laps - 1)):
            share = step / POINTS_A_LAP
            x, y = steps[step]
            line.north.append(north + y * scale)
            line.east.append(east + x * scale / cos(radians(north)))
            rise = (1 - cos(2 * pi * share)) / 2 + 0.12 * (sin(2 * pi * waves * share + begins) - sin(begins))
            line.height.append(FOOT_M + hills * rise)
    return line


def _dented_circle(dice: random.Random) -> Callable[[float], tuple[float, float]]:
    """Where one is after this share of a lap: from (0, 0) around and back."""
    dents = [(times, dice.uniform(-0.5, 0.5) / times, dice.uniform(0, 2 * pi)) for times in (2, 3, 4)]
    first = dice.uniform(0, 2 * pi)

    def place(share: float) -> tuple[float, float]:
        angle = first + 2 * pi * share
        radius = 1 + sum(depth * sin(times * angle + turn) for times, depth, turn in dents)
        return radius * cos(angle), radius * sin(angle)

    start_x, start_y = place(0)

    def from_start(share: float) -> tuple[float, float]:
        x, y = place(share)
        return x - start_x, y - start_y

    return from_start
