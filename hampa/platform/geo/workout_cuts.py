"""What others see of an activity: its samples outside hidden zones (`hiding`), as if nothing had been in between.

Times and distances go on over what is cut out, so that no sum, split or best effort that is computed from the rest
measures a hidden part. What the device itself summed up is left out for the same reason, and so are samples without a
position, which may have been anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from hampa.platform.geo.course import distance_m
from hampa.platform.geo.hiding import Place, Zone, spans_outside
from hampa.platform.geo.workouts import Workout

STRAY_M_S = 50.0
MOST_STRAYS = 20
"""Samples at an end that may be strays: where a receiver was switched off the last time, for example."""
LONGEST_GAP_S = 60.0
"""For how long samples without a position may lie between two others before they count as hidden."""


def ends_of(one: Workout) -> tuple[Place, Place] | None:
    """Return where an activity starts and ends, without strays; None where no positions are known."""
    kept = _placed(one)
    if not kept:
        return None
    return (one.north[kept[0]], one.east[kept[0]]), (one.north[kept[-1]], one.east[kept[-1]])


def outside(one: Workout, zones: Sequence[Zone]) -> Workout | None:
    """Return the part of an activity that lies in no zone; None if nothing is left."""
    kept = _placed(one)
    spans = spans_outside([one.north[index] for index in kept], [one.east[index] for index in kept], zones)
    if not spans:
        return None
    rest = Workout(one.sport)
    hidden_s = hidden_m = 0.0
    for first, end in spans:
        begins, part, last = True, 0, kept[first]
        joins = True
        for index in kept[first:end]:
            if index - last > 1 and one.time[index] - one.time[last] > LONGEST_GAP_S:
                begins = joins = True
            if begins and len(rest):
                hidden_s = one.time[index] - rest.time[-1]
            if begins or one.part_of(index) != part:
                rest.parts.append(len(rest))
            metres = one.metres[index]
            if joins and isfinite(metres):
                hidden_m, joins = metres - next((past for past in reversed(rest.metres) if isfinite(past)), 0.0), False
            begins, part, last = False, one.part_of(index), index
            rest.time.append(one.time[index] - hidden_s)
            rest.north.append(one.north[index])
            rest.east.append(one.east[index])
            rest.height.append(one.height[index])
            rest.metres.append(metres - hidden_m)
            rest.heart.append(one.heart[index])
    return rest


def _placed(one: Workout) -> list[int]:
    """Return the samples with a position, without strays at both ends."""
    kept = [index for index in range(len(one)) if isfinite(one.north[index]) and isfinite(one.east[index])]
    for _each in range(MOST_STRAYS):
        if len(kept) > 2 and _is_stray(one, kept[0], kept[1]):
            del kept[0]
        if len(kept) > 2 and _is_stray(one, kept[-1], kept[-2]):
            del kept[-1]
    return kept


def _is_stray(one: Workout, index: int, other: int) -> bool:
    """Return whether nobody gets from one sample to the other in the time between."""
    step = distance_m(one.north[index], one.east[index], one.north[other], one.east[other])
    return step > 100 and step > STRAY_M_S * abs(one.time[index] - one.time[other])
