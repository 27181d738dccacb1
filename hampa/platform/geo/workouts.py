"""What devices record of an activity: a sample for each moment, in parts between which the device was paused."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, nan

from hampa.platform.geo.lines import UnreadableRoute

MOST_SAMPLES = 200_000
"""The limit of samples in a file: more than two days at one a second."""
MOST_WORKOUTS = 50
NEW_AFTER_S = 6 * 3_600
"""A gap in the times after which another activity begins, in formats that put several into one file."""
EARLIEST, LATEST = 315_532_800.0, 4_102_444_800.0
"""The years 1980 to 2100: other times are those of a device without a clock."""
LOWEST_HEART, HIGHEST_HEART = 25, 250
LOWEST_M, HIGHEST_M = -1_000.0, 9_000.0
FARTHEST_M = 10_000_000.0


@dataclass
class Workout:
    """The samples of one activity, in the order of their times; what is unknown is nan.

    `time` is in seconds since 1970, `metres` the device's own distance since the start, `heart` beats a minute. `parts`
    has the index at which each part begins. `timer_s`, `distance_m` and `climb_m` are the device's sums, if it has some.
    """

    sport: str = ""
    time: array[float] = field(default_factory=lambda: array("d"))
    north: array[float] = field(default_factory=lambda: array("d"))
    east: array[float] = field(default_factory=lambda: array("d"))
    height: array[float] = field(default_factory=lambda: array("d"))
    metres: array[float] = field(default_factory=lambda: array("d"))
    heart: array[float] = field(default_factory=lambda: array("d"))
    parts: list[int] = field(default_factory=list)
    timer_s: float = nan
    distance_m: float = nan
    climb_m: float = nan

    def __len__(self) -> int:
        return len(self.time)

    def part_of(self, index: int) -> int:
        """Return the number of the part in which a sample lies, from 1."""
        return bisect_right(self.parts, index)


class WorkoutsBuilder:
    """Collects samples as a file tells them."""

    def __init__(self) -> None:
        self.workouts: list[Workout] = []
        self.samples = self.untimed = 0
        self._begins_part = True
        self._sport = ""

    def begin(self, sport: str = "") -> None:
        """Let the next sample begin another activity."""
        self._sport = sport
        if len(self.workouts) >= MOST_WORKOUTS:
            raise UnreadableRoute("too_many")
        self.workouts.append(Workout(sport))
        self._begins_part = True

    def begin_part(self) -> None:
        """Let the next sample begin another part."""
        self._begins_part = True

    def name_sport(self, sport: str) -> None:
        """Set the sport of the activity that is read."""
        self._sport = sport
        if self.workouts:
            self.workouts[-1].sport = sport

    def add(
        self,
        time: float,
        north: float = nan,
        east: float = nan,
        *,
        height: float = nan,
        metres: float = nan,
        heart: float = nan,
    ) -> None:
        """Add a sample; one without a time is left out. Raise UnreadableRoute past `MOST_SAMPLES`."""
        self.samples += 1
        if self.samples > MOST_SAMPLES:
            raise UnreadableRoute("too_many")
        if not EARLIEST < time < LATEST:
            self.untimed += 1
            return
        if not self.workouts:
            self.begin(self._sport)
        one = self.workouts[-1]
        if self._begins_part:
            one.parts.append(len(one))
            self._begins_part = False
        is_somewhere = abs(north) <= 90 and abs(east) <= 180 and bool(north or east)
        one.time.append(time)
        one.north.append(north if is_somewhere else nan)
        one.east.append(east if is_somewhere else nan)
        one.height.append(height if LOWEST_M < height < HIGHEST_M else nan)
        one.metres.append(metres if 0 <= metres <= FARTHEST_M else nan)
        one.heart.append(heart if LOWEST_HEART <= heart <= HIGHEST_HEART else nan)

    def result(self) -> list[Workout]:
        """Return the activities that have two samples or more. Raise UnreadableRoute if there is none."""
        found = [part for one in self.workouts for part in _in_order(one) if len(part) > 1]
        if len(found) > MOST_WORKOUTS:
            raise UnreadableRoute("too_many")
        if not found:
            raise UnreadableRoute("no_times" if self.untimed > 1 else "empty")
        return found


SERIES = ("time", "north", "east", "height", "metres", "heart")


def _in_order(one: Workout) -> list[Workout]:
    """Return the samples in the order of their times, each time once, as several activities where hours lie between.

    Devices begin with a sample of the day before, and programs write tracks out of their order.
    """
    indexes: list[int] = []
    for index in sorted(range(len(one)), key=one.time.__getitem__):
        if not indexes or one.time[index] > one.time[indexes[-1]]:
            indexes.append(index)
    found: list[Workout] = []
    for place, index in enumerate(indexes):
        before = indexes[place - 1] if place else None
        if before is None or one.time[index] - one.time[before] > NEW_AFTER_S:
            found.append(Workout(one.sport))
            before = None
        made = found[-1]
        if before is None or one.part_of(before) != one.part_of(index):
            made.parts.append(len(made))
        for name in SERIES:
            getattr(made, name).append(getattr(one, name)[index])
    return found


def joined(workouts: Sequence[Workout]) -> list[Workout]:
    """Return activities in the order of time, those that follow one another within hours as parts of one.

    Of two that overlap the longer one is kept: programs write a track and a copy of it into one file.
    """
    found: list[Workout] = []
    for one in sorted(workouts, key=lambda one: (one.time[0], -one.time[-1])):
        last = found[-1] if found else None
        if last is None or one.time[0] - last.time[-1] > NEW_AFTER_S:
            found.append(one)
        elif one.time[0] > last.time[-1]:
            last.parts += [len(last) + part for part in one.parts]
            for name in SERIES:
                getattr(last, name).extend(getattr(one, name))
    return found


def are_known(values: Sequence[float], least_share: float) -> bool:
    """Return whether at least such a share of the values is known."""
    return bool(values) and sum(map(isfinite, values)) >= least_share * len(values)
