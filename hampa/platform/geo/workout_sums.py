"""What follows from the samples of an activity: distance, moving time, climb, splits, best efforts and pulse.

The distance is the device's own where it has one, and else the sum along great circles without strays; what lies between
two parts, while the device was paused, counts in neither distance nor time. Somebody moves while they get at least
`MOVING_M_S` further, measured over `WINDOW_S`: a standing receiver wanders by some metres. A best effort is the shortest
time from some moment to another one, pauses included, between which so many metres lie.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan
from typing import Any

from hampa.platform.geo.course import Course, distance_m, visible_course
from hampa.platform.geo.lines import Line
from hampa.platform.geo.workouts import Workout, are_known

ON_FOOT = ("run", "trail", "walk", "hike")
FASTEST_ON_FOOT, FASTEST = 12.0, 40.0
"""Metres a second, past which a position is a stray."""
MOST_STRAYS = 5
ENOUGH = 0.8
"""The share of samples that must say a distance, or a height, for it to count."""
WINDOW_S = 10.0
MOVING_M_S = 0.5
UNITS = {"km": 1_000.0, "mi": 1_609.344}
MOST_SPLITS = 400
BESTS = {
    "400m": 400.0,
    "1km": 1_000.0,
    "1mi": 1_609.344,
    "5km": 5_000.0,
    "10km": 10_000.0,
    "half": 21_097.5,
    "marathon": 42_195.0,
}


@dataclass(frozen=True)
class Split:
    """A kilometre, a mile, or what is left at the end: metres, seconds without pauses, and mean pulse."""

    metres: int
    seconds: float
    heart: int | None


@dataclass(frozen=True)
class Sums:
    """The sums of an activity; `course` is its line, None without positions.

    `timer_s` is the time without pauses, `moving_s` that of moving. `splits` are by unit, `bests` seconds by distance.
    """

    started_at: float
    ended_at: float
    timer_s: float
    moving_s: float
    distance_m: float
    climb_m: int | None
    heart_mean: int | None
    heart_most: int | None
    splits: dict[str, list[Split]]
    bests: dict[str, float]
    course: Course | None


def sums_of(one: Workout, kind: str) -> Sums:
    """Return the sums of an activity of a kind. Raise UnreadableRoute if its line is too long."""
    active = _active_seconds(one)
    metres = _metres(one, FASTEST_ON_FOOT if kind in ON_FOOT else FASTEST)
    timer_s = one.timer_s if 0 < one.timer_s <= one.time[-1] - one.time[0] + 1 else active[-1]
    hearts = [beats for beats in one.heart if isfinite(beats)]
    course = _course(one)
    climb = round(one.climb_m) if 0 <= one.climb_m < 30_000 else course.climb_m if course else None
    return Sums(
        started_at=one.time[0],
        ended_at=one.time[-1],
        timer_s=timer_s,
        moving_s=min(timer_s, _moving_seconds(one, active, metres)),
        distance_m=one.distance_m if 0 < one.distance_m < 2 * metres[-1] + 100 else metres[-1],
        climb_m=climb,
        heart_mean=_mean_heart(one, active, 0, len(one) - 1),
        heart_most=round(max(hearts)) if hearts else None,
        splits={unit: _splits(one, active, metres, length) for unit, length in UNITS.items()},
        bests={name: best for name, length in BESTS.items() if (best := _best(one.time, metres, length)) is not None},
        course=course,
    )


def _active_seconds(one: Workout) -> array[float]:
    """Return for each sample the seconds since the start, without those between parts."""
    begins = set(one.parts)
    active = array("d", [0.0])
    for index in range(1, len(one)):
        step = 0.0 if index in begins else one.time[index] - one.time[index - 1]
        active.append(active[-1] + step)
    return active


def _metres(one: Workout, fastest: float) -> array[float]:
    """Return for each sample the metres since the start: never less than before."""
    if are_known(one.metres, ENOUGH):
        return _rising(one.metres)
    begins = set(one.parts)
    metres = array("d", [0.0])
    last: int | None = 0 if isfinite(one.north[0]) else None
    strays = 0
    for index in range(1, len(one)):
        step = 0.0
        if index in begins:
            last = index if isfinite(one.north[index]) else None
        elif isfinite(one.north[index]):
            if last is not None:
                step = distance_m(one.north[last], one.east[last], one.north[index], one.east[index])
            is_stray = last is not None and step > fastest * (one.time[index] - one.time[last])
            if is_stray and strays < MOST_STRAYS:
                step, strays = 0.0, strays + 1
            else:
                # Who is elsewhere for so long was not where the last place said: no way led from there.
                step = 0.0 if is_stray else step
                last, strays = index, 0
        metres.append(metres[-1] + step)
    return metres


def _rising(values: Sequence[float]) -> array[float]:
    """Return the values from 0 on, without those that are unknown or less than the one before."""
    first = next(value for value in values if isfinite(value))
    rising, highest = array("d"), 0.0
    for value in values:
        if isfinite(value):
            highest = max(highest, value - first)
        rising.append(highest)
    return rising


def _moving_seconds(one: Workout, active: Sequence[float], metres: Sequence[float]) -> float:
    """Return the seconds in which somebody moved, each step judged by the window around it."""
    moving = 0.0
    first = last = 0
    for index in range(1, len(one)):
        step = active[index] - active[index - 1]
        if not step:
            continue
        middle = (active[index] + active[index - 1]) / 2
        while first < index - 1 and active[first + 1] <= middle - WINDOW_S / 2:
            first += 1
        last = max(last, index)
        while last < len(one) - 1 and active[last] < middle + WINDOW_S / 2:
            last += 1
        if metres[last] - metres[first] >= MOVING_M_S * (active[last] - active[first]):
            moving += step
    return moving


def _at(metres: Sequence[float], values: Sequence[float], wanted: float) -> float:
    """Return a value at a distance, on the straight line between the samples around it: the first time it is reached."""
    index = bisect_left(metres, wanted)
    if index == 0 or index == len(metres):
        return values[min(index, len(metres) - 1)]
    before, after = metres[index - 1], metres[index]
    return values[index - 1] + (values[index] - values[index - 1]) * (wanted - before) / (after - before)


def _splits(one: Workout, active: Sequence[float], metres: Sequence[float], length: float) -> list[Split]:
    """Return the splits of so many metres each; the last one is what is left, from ten metres on."""
    total = metres[-1]
    ends = [length * number for number in range(1, min(MOST_SPLITS, int(total / length)) + 1)]
    if len(ends) < MOST_SPLITS and total - len(ends) * length >= 10:
        ends.append(total)
    splits, start, begins = [], 0.0, active[0]
    for end in ends:
        reached = active[-1] if end == total else _at(metres, active, end)
        first, last = bisect_left(metres, start), min(bisect_left(metres, end), len(metres) - 1)
        splits.append(Split(round(end - start), round(reached - begins, 1), _mean_heart(one, active, first, last)))
        start, begins = end, reached
    return splits


def _mean_heart(one: Workout, active: Sequence[float], first: int, last: int) -> int | None:
    """Return the mean pulse between two samples, by time."""
    beats = seconds = 0.0
    for before, after in pairwise(range(first, last + 1)):
        step = active[after] - active[before]
        if isfinite(one.heart[after]) and step <= 60:
            beats, seconds = beats + one.heart[after] * step, seconds + step
    return round(beats / seconds) if seconds else None


def _best(time: Sequence[float], metres: Sequence[float], length: float) -> float | None:
    """Return the shortest time in which so many metres were made, None if there are not as many.

    The shortest window begins or ends at a sample, because speed is even between two.
    """
    if metres[-1] < length:
        return None
    best = nan
    ends_at, starts_at = 1, 0
    for index in range(len(metres)):
        if metres[index] + length <= metres[-1]:  # windows that begin here
            while metres[ends_at] < metres[index] + length:
                ends_at += 1
            best = _less(best, _between(metres, time, ends_at, metres[index] + length) - time[index])
        if metres[index] >= length:  # windows that end here
            while starts_at + 1 < index and metres[starts_at + 1] <= metres[index] - length:
                starts_at += 1
            best = _less(best, time[index] - _between(metres, time, starts_at + 1, metres[index] - length))
    return round(best, 1) if isfinite(best) else None


def _less(best: float, other: float) -> float:
    return other if not best <= other and other > 0 else best


def _between(metres: Sequence[float], time: Sequence[float], index: int, wanted: float) -> float:
    """Return the time at a distance between a sample and the one before it."""
    before, after = metres[index - 1], metres[index]
    share = (wanted - before) / (after - before) if after > before else 1.0
    return time[index - 1] + (time[index] - time[index - 1]) * share


def _course(one: Workout) -> Course | None:
    """Return the line of an activity with its heights, None without two positions in a part."""
    lines: list[Line] = []
    begins = set(one.parts)
    line = Line()
    for index in range(len(one)):
        if index in begins:
            lines.append(line)
            line = Line()
        if isfinite(one.north[index]):
            line.north.append(one.north[index])
            line.east.append(one.east[index])
            line.height.append(one.height[index])
    lines = [drawn for drawn in (*lines, line) if len(drawn) > 1]
    if not lines:
        return None
    return visible_course(lines)


def as_json(sums: Sums) -> dict[str, Any]:
    """Return splits and best efforts as JSON can hold them."""
    splits = {unit: [[one.metres, one.seconds, one.heart] for one in found] for unit, found in sums.splits.items()}
    return {"splits": splits, "bests": sums.bests}
