"""Sums of activities against a second, naive implementation, on tracks as several programs write them, and made ones."""

from __future__ import annotations

import json
import random
from bisect import bisect_left, bisect_right
from math import asin, cos, isfinite, isnan, nan, radians, sin, sqrt
from pathlib import Path

import pytest

from hampa.platform.geo import workout_files
from hampa.platform.geo.workout_sums import BESTS, MOVING_M_S, WINDOW_S, sums_of
from hampa.platform.geo.workouts import Workout

TRACKS = Path(__file__).parents[1] / "runs" / "gpx"


def haversine(a: float, b: float, c: float, d: float) -> float:
    """Return metres between two places by the half-versed sine, on a sphere with the mean radius of WGS 84."""
    north, east = radians(c - a), radians(d - b)
    half = sin(north / 2) ** 2 + cos(radians(a)) * cos(radians(c)) * sin(east / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(half))


def naive(one: Workout) -> dict[str, float]:
    """Return distance, moving time and best kilometre in the plainest way: every window is looked at."""
    begins = set(one.parts)
    active, metres = [0.0], [0.0]
    for index in range(1, len(one)):
        gap = index in begins
        active.append(active[-1] + (0 if gap else one.time[index] - one.time[index - 1]))
        if isfinite(one.metres[index]):
            metres.append(one.metres[index] - one.metres[0])
            continue
        places = one.north[index - 1], one.east[index - 1], one.north[index], one.east[index]
        metres.append(metres[-1] + (0 if gap else haversine(*places)))
    moving = 0.0
    for index in range(1, len(one)):
        middle = (active[index - 1] + active[index]) / 2
        first = max(0, min(index, bisect_right(active, middle - WINDOW_S / 2)) - 1)
        last = min(len(one) - 1, max(index, bisect_left(active, middle + WINDOW_S / 2)))
        if active[last] > active[first] and metres[last] - metres[first] >= MOVING_M_S * (active[last] - active[first]):
            moving += active[index] - active[index - 1]
    return {"distance": metres[-1], "moving": moving, "best": shortest(one.time, metres, 1_000.0)}


def time_at(time, metres, wanted: float) -> float:
    """Return when a distance is reached."""
    if not metres[0] <= wanted <= metres[-1]:
        return nan
    after = bisect_left(metres, wanted) or bisect_right(metres, wanted)
    if after == len(metres):
        return nan
    share = (wanted - metres[after - 1]) / (metres[after] - metres[after - 1])
    return time[after - 1] + share * (time[after] - time[after - 1])


def shortest(time, metres, length: float) -> float:
    """Return the shortest time for a distance, of windows that begin or end at each sample."""
    begun = [
        time_at(time, metres, one + length) - time[at] for at, one in enumerate(metres) if one + length <= metres[-1]
    ]
    ended = [time[at] - time_at(time, metres, one - length) for at, one in enumerate(metres) if one >= length]
    return min([*begun, *ended], default=nan)


def wandering(seed: int, count: int = 450) -> Workout:
    """Return a run with stops, a pause of the device and samples at uneven times."""
    dice = random.Random(seed)
    one = Workout("run", parts=[0, count // 3])
    north, east, time, speed, metres = 35.7, 51.4, 1_790_000_000.0, 2.8, 0.0
    for index in range(count):
        if index:
            step = dice.choice([1, 1, 1, 2, 4])
            time += step + (600 if index == count // 3 else 0)
            speed = 0.0 if 200 < index < 230 else min(4.5, max(1.0, speed + dice.uniform(-0.4, 0.4)))
            north += speed * step / 111_195
            metres += speed * step
        one.time.append(time)
        one.north.append(north)
        one.east.append(east)
        one.height.append(1_200 + 30 * sin(index / 60))
        one.metres.append(metres if seed % 2 else nan)
        one.heart.append(dice.uniform(120, 170))
    return one


def recorded(name: str) -> Workout:
    """Return the track of a file as a device or program wrote it."""
    return workout_files.read((TRACKS / name).read_bytes())[0]


@pytest.mark.parametrize("name", ["garmin.gpx", "strava.gpx", "suunto.gpx"])
def test_tracks_of_several_programs_have_the_sums_of_a_second_implementation(name: str) -> None:
    one = recorded(name)
    sums, other = sums_of(one, "run"), naive(one)
    assert len(one) > 2
    assert sums.distance_m == pytest.approx(other["distance"], rel=0.01)
    assert sums.moving_s == pytest.approx(other["moving"], rel=0.01, abs=1)


@pytest.mark.parametrize("seed", range(1, 5))
def test_sums_are_those_of_a_second_implementation(seed: int) -> None:
    one = wandering(seed)
    sums, other = sums_of(one, "run"), naive(one)
    assert sums.distance_m == pytest.approx(other["distance"], rel=0.01)
    assert sums.moving_s == pytest.approx(other["moving"], rel=0.01)
    assert sums.bests["1km"] == pytest.approx(other["best"], rel=0.01)
    assert sums.timer_s == pytest.approx(
        one.time[-1] - one.time[0] - 600 - (one.time[150] - one.time[149] - 600), abs=1
    )
    for unit, length in (("km", 1_000), ("mi", 1_609)):
        splits = sums.splits[unit]
        assert sum(split.metres for split in splits) == pytest.approx(sums.distance_m, abs=len(splits))
        assert sum(split.seconds for split in splits) == pytest.approx(sums.timer_s, abs=1)
        assert [split.metres for split in splits[:-1]] == [length] * (len(splits) - 1)
    assert sums.heart_mean is not None
    assert 140 <= sums.heart_mean <= 150


def test_a_first_place_that_is_far_off_is_no_way_and_no_best_effort() -> None:
    right, wrong = wandering(2), wandering(2)
    wrong.north[0] += 0.05
    assert sums_of(wrong, "run").distance_m == pytest.approx(sums_of(right, "run").distance_m, rel=0.02)
    assert sums_of(wrong, "run").bests["400m"] == pytest.approx(sums_of(right, "run").bests["400m"], rel=0.05)


def test_what_stands_still_is_no_moving_time_and_a_best_needs_its_distance() -> None:
    still = Workout("run", parts=[0])
    for second in range(600):
        still.time.append(1_790_000_000.0 + second)
        still.north.append(35.7 + random.Random(second).uniform(-1, 1) * 1e-6)
        still.east.append(51.4)
        still.height.append(nan)
        still.metres.append(nan)
        still.heart.append(nan)
    sums = sums_of(still, "run")
    assert sums.moving_s < 30
    assert (sums.timer_s, sums.bests, sums.heart_mean, sums.climb_m) == (599, {}, None, None)
    assert set(sums_of(wandering(2, 3_000), "run").bests) <= set(BESTS)
    assert json.dumps(sums.bests) == "{}"
    assert not isnan(sums.distance_m)
