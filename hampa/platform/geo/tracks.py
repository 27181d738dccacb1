"""Recorded tracks without the points and heights that cannot be right.

A point is a stray if the track jumps there and is back within `MOST_STRAYS` points. What a jump is follows from the
times, where there are any: faster than `FASTEST_M_S`. Without times, which planned routes never have, it is a step of
half a kilometre or more that is also `UNUSUAL` times as long as the others. A height is a stray if it differs from the
median of the heights around it by more than any slope explains. Everything that is left out is counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, hypot, isfinite, nan, radians
from statistics import median

from hampa.platform.geo.lines import DEGREE_M, Line, Recording, TimedLine, UnreadableRoute
from hampa.platform.geo.waypoints import Waypoint

NO_JUMP_M, UNTIMED_JUMP_M, UNUSUAL = 100.0, 500.0, 30.0
FASTEST_M_S = 12.0
MOST_STRAYS = 5
FEWEST_POINTS = 5
"""A line of fewer points has no usual step."""
HEIGHTS_AROUND, NO_STRAY_HEIGHT_M = 3, 50.0
LOWEST_M, HIGHEST_M = -1000.0, 9000.0


@dataclass(frozen=True)
class Track:
    """The lines and waypoints of a file, and how much is left out, by reason: keys of `hampa.routes.models.LEFT_OUT`."""

    lines: list[Line]
    left_out: Counter[str]
    waypoints: list[Waypoint]


def clean_track(recording: Recording) -> Track:
    """Return the lines of a recording without strays. Raise UnreadableRoute if no line is left."""
    left_out = Counter(recording.left_out)
    lines = []
    for recorded in recording.lines:
        on_globe = _on_globe(recorded)
        left_out["points"] += len(recorded) - len(on_globe)
        kept = _without_strays(on_globe)
        left_out["far"] += len(on_globe) - len(kept)
        if len(kept) < 2:
            left_out["points"] += len(kept)
            continue
        left_out["heights"] += _drop_stray_heights(kept)
        lines.append(Line(kept.north, kept.east, kept.height))
    if not lines:
        raise UnreadableRoute("empty")
    waypoints = [_wrapped(waypoint) for waypoint in recording.waypoints if abs(waypoint.north) <= 90]
    left_out["waypoints"] += len(recording.waypoints) - len(waypoints)
    return Track(lines, +left_out, waypoints)


def _on_globe(line: TimedLine) -> TimedLine:
    """Return the points of a line that are somewhere, with their longitudes within 180°."""
    if all(abs(north) <= 90 for north in line.north) and all(-180 <= east <= 180 for east in line.east):
        return line
    kept = _only(line, [index for index, north in enumerate(line.north) if abs(north) <= 90])
    for index, east in enumerate(kept.east):
        kept.east[index] = (east + 900) % 360 - 180
    return kept


def _wrapped(waypoint: Waypoint) -> Waypoint:
    """Return the waypoint with its longitude within 180°."""
    return replace(waypoint, east=(waypoint.east + 900) % 360 - 180)


def _without_strays(line: TimedLine) -> TimedLine:
    """Return the line without points that it jumps to and back from."""
    steps = [_metres(line, index, index + 1) for index in range(len(line) - 1)]
    if len(line) < FEWEST_POINTS or max(steps) <= NO_JUMP_M:
        return line
    usual = median([step for step in steps if step] or [0.0])
    untimed = max(UNTIMED_JUMP_M, UNUSUAL * usual)

    def is_timed(first: int, second: int) -> bool:
        return line.time[second] > line.time[first]

    def jumps(first: int, second: int) -> bool:
        metres = _metres(line, first, second)
        if metres <= NO_JUMP_M:
            return False
        if is_timed(first, second):
            return metres > FASTEST_M_S * (line.time[second] - line.time[first])
        return metres > untimed

    kept = [0]
    index = 1
    while index < len(line):
        if (steps[index - 1] > NO_JUMP_M or kept[-1] != index - 1) and jumps(kept[-1], index):
            after = range(index + 1, min(len(line), index + 1 + MOST_STRAYS))
            back = next((other for other in after if not jumps(kept[-1], other)), None)
            if back is not None:
                index = back
                continue
            if index == len(line) - 1 and is_timed(kept[-1], index):
                break  # the last point of all
        kept.append(index)
        index += 1
    if len(kept) > 2 and is_timed(*kept[:2]) and jumps(*kept[:2]) and not jumps(*kept[1:3]):
        del kept[0]  # devices begin with the place where they last had a signal
    return line if len(kept) == len(line) else _only(line, kept)


def _drop_stray_heights(line: TimedLine) -> int:
    """Forget the heights of a line that cannot be right, and return how many."""
    dropped = 0
    for index, height in enumerate(line.height):
        if isfinite(height) and not LOWEST_M < height < HIGHEST_M:
            line.height[index] = nan
            dropped += 1
    known = [index for index, height in enumerate(line.height) if isfinite(height)]
    heights = [line.height[index] for index in known]
    if len(known) < 3 or not any(abs(after - before) > NO_STRAY_HEIGHT_M for before, after in pairwise(heights)):
        return dropped
    for place, index in enumerate(known):
        first, end = max(0, place - HEIGHTS_AROUND), min(len(known), place + HEIGHTS_AROUND + 1)
        around = median(heights[first:end])
        before, after = known[max(0, place - 1)], known[min(len(known) - 1, place + 1)]
        differs = abs(heights[place] - around)
        if differs <= NO_STRAY_HEIGHT_M:
            continue
        if differs > NO_STRAY_HEIGHT_M + _metres(line, before, index) + _metres(line, index, after):
            line.height[index] = nan
            dropped += 1
    return dropped


def _metres(line: Line, first: int, second: int) -> float:
    """Return the distance of two points of a line, on a plane."""
    north = line.north[first]
    east = (line.east[second] - line.east[first] + 540) % 360 - 180
    return DEGREE_M * hypot(line.north[second] - north, east * cos(radians(north)))


def _only(line: TimedLine, indexes: Sequence[int]) -> TimedLine:
    """Return the points of a line at these indexes."""
    kept = TimedLine()
    for index in indexes:
        kept.north.append(line.north[index])
        kept.east.append(line.east[index])
        kept.height.append(line.height[index])
        kept.time.append(line.time[index])
    return kept
