"""Sums of ten recorded tracks against a second implementation: distance, moving time, climb, splits, best efforts.

Three are of people on foot, two of people on bicycles, and the others of a car. The second implementation takes each definition in its plainest way, and
the climb in another: turning points are taken away in pairs, the smallest first.
"""

from __future__ import annotations

import gzip
from bisect import bisect_left
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path

import pytest

from hampa.platform.geo import workout_files
from hampa.platform.geo.course import HEIGHT_AROUND, HEIGHT_STEP_M, HYSTERESIS_M
from hampa.platform.geo.workout_sums import BESTS, FASTEST, UNITS, sums_of
from hampa.platform.geo.workouts import Workout
from tests.activity_files.test_sums import haversine, naive, shortest, time_at

TRACKS = Path(__file__).with_name("tracks")
RECORDINGS = {
    "korita-zbevnica.gpx": "hike",
    "around-visnjan-with-car.gpx": "other",
    "cerknicko-jezero.gpx": "other",
    "run-with-walks.tcx.gz": "run",
    "ride.fit.gz": "ride",
    "lyon.gpx.gz": "ride",
}
COLUMNS = "time", "north", "east", "height", "metres", "heart"


def recorded(name: str) -> list[Workout]:
    """Return each track of a recording as an activity of its own, without those of two points."""
    data = (TRACKS / name).read_bytes()
    (whole,) = workout_files.read(gzip.decompress(data) if name.endswith(".gz") else data)
    found = []
    for first, end in pairwise([*whole.parts, len(whole)]):
        sums = {"timer_s": whole.timer_s, "distance_m": whole.distance_m, "climb_m": whole.climb_m}
        one = Workout(whole.sport, parts=[0], **sums)
        for column in COLUMNS:
            getattr(one, column).extend(getattr(whole, column)[first:end])
        found.append(one)
    return [one for one in found if len(one) > 2]


def along(one: Workout, fastest: float = FASTEST) -> list[float]:
    """Return the metres of each point of a track from its beginning: the device's, or by the half-versed sine.

    A place that nobody reaches from the last one is left out: one of the tracks jumps by 184 m in two seconds.
    """
    if fastest != inf and all(map(isfinite, one.metres)):
        return [metre - one.metres[0] for metre in one.metres]
    metres, last = [0.0], 0
    for at in range(1, len(one)):
        step = haversine(one.north[last], one.east[last], one.north[at], one.east[at])
        if step > fastest * (one.time[at] - one.time[last]):
            metres.append(metres[-1])
            continue
        metres.append(metres[-1] + step)
        last = at
    return metres


def climb(one: Workout) -> float:
    """Return the metres up: the device's sum, or of the mean heights of the metres around, without turns of less than the hysteresis."""
    if isfinite(one.climb_m):
        return one.climb_m
    metres, samples = along(one, inf), []
    for number in range(int(metres[-1] / HEIGHT_STEP_M) + 1):
        place = number * HEIGHT_STEP_M
        after = max(1, min(bisect_left(metres, place), len(one) - 1))
        way = metres[after] - metres[after - 1]
        share = (place - metres[after - 1]) / way if way else 0.0
        samples.append(one.height[after - 1] + (one.height[after] - one.height[after - 1]) * min(1.0, share))
    means = []
    for number in range(len(samples)):
        near = samples[max(0, number - HEIGHT_AROUND) : number + HEIGHT_AROUND + 1]
        means.append(sum(near) / len(near))
    heights = [means[min(len(means) - 1, round(place / HEIGHT_STEP_M))] for place in metres]
    turns: list[float] = []
    for height in heights:
        while len(turns) > 1 and (turns[-1] - turns[-2]) * (height - turns[-1]) >= 0:
            turns.pop()
        turns.append(height)
    while len(turns) > 2:
        gaps = [abs(after - before) for before, after in pairwise(turns)]
        smallest = min(gaps)
        if smallest > HYSTERESIS_M:
            break
        at = gaps.index(smallest)
        if 0 < at < len(gaps) - 1:
            del turns[at : at + 2]
        else:
            turns.pop(0 if at == 0 else -1)
    if max(turns) - min(turns) <= HYSTERESIS_M:
        return 0.0
    return sum(max(0.0, after - before) for before, after in pairwise(turns))


def test_ten_recorded_tracks_have_the_sums_of_a_second_implementation() -> None:
    tracks = [(name, kind, one) for name, kind in RECORDINGS.items() for one in recorded(name)]
    assert len(tracks) == 10
    compared = 0
    for name, kind, one in tracks:
        sums, other, metres = sums_of(one, kind), naive(one), along(one)
        assert len(one) > 20 and all(map(isfinite, one.height))
        assert sums.distance_m == pytest.approx(metres[-1], rel=0.01), name
        assert sums.moving_s == pytest.approx(other["moving"], rel=0.01, abs=1), name
        assert sums.climb_m == pytest.approx(climb(one), rel=0.01, abs=1), name
        for best, length in BESTS.items():
            if metres[-1] >= length * 1.01:
                assert sums.bests[best] == pytest.approx(shortest(one.time, metres, length), rel=0.01), (name, best)
                compared += 1
        for unit, length in UNITS.items():
            times = [time_at(one.time, metres, length * number) for number in range(int(metres[-1] / length) + 1)]
            found = [split.seconds for split in sums.splits[unit]][: len(times) - 1]
            assert found == pytest.approx([after - before for before, after in pairwise(times)], rel=0.01, abs=1), name
            compared += len(found)
    assert compared > 130
