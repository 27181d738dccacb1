"""What reading a large GPX file costs a worker: `python -m tests.bench.routes`, with the settings of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin

from hampa.app import create_app
from hampa.platform import config
from hampa.platform.media import storage
from hampa.routes.actions import ReadRoute
from hampa.routes.jobs import parse_upload
from tests.bench.memory import most_megabytes

BYTES = 5_000_000


@dataclass(frozen=True)
class Cost:
    """Seconds to read the file and draw the route, and the most memory that the process ever had."""

    seconds: float
    megabytes: float
    points: int


def cost(variables: Mapping[str, str]) -> Cost:
    """Of a process of its own, which has loaded all that a worker has."""
    command = [sys.executable, "-m", "tests.bench.routes"]
    done = subprocess.run(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def large_file() -> tuple[bytes, int]:
    """Return a track in the densest shape that devices write, up to the largest allowed size, and its points."""
    points = ['<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>']
    size = 0
    while size < BYTES - 200:
        turn = len(points) / 10_000 * 2 * pi
        north, east, height = 35.7 + 0.03 * sin(turn), 51.3 + 0.03 * cos(3 * turn), 1200 + 80 * sin(4 * turn)
        points.append(f'<trkpt lat="{north:.6f}" lon="{east:.6f}"><ele>{height:.1f}</ele></trkpt>')
        size += len(points[-1])
    return "".join([*points, "</trkseg></trk></gpx>"]).encode(), len(points) - 1


def main() -> None:
    """Read the file as the job does, and print what it cost."""
    app = create_app(config.load(os.environ))
    with app.app_context():
        content, points = large_file()
        upload = "uploads/bench"
        storage.put(upload, content)
        del content
        began = time.perf_counter()
        found = parse_upload(upload, "runs/bench/route.gpx")
        seconds = time.perf_counter() - began
        storage.delete_now(upload)
        storage.delete_now("runs/bench")
    if not isinstance(found, ReadRoute):
        raise RuntimeError(f"the file was refused: {found}")
    megabytes = most_megabytes()
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "points": points}))


if __name__ == "__main__":
    main()
