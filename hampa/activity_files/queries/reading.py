"""Reading one file: its activities with their sums, without the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hampa.platform import clock
from hampa.platform.geo import workout_cuts, workout_files
from hampa.platform.geo.hiding import Place, Zone
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_sums import Sums, as_json, sums_of
from hampa.platform.geo.workouts import Workout
from hampa.training.models.activities import (
    AHEAD,
    EARLIEST,
    HIKE,
    LONGEST,
    MOBILITY,
    MOST_CLIMB,
    MOST_METRES,
    OTHER,
    RIDE,
    RUN,
    STRENGTH,
    SWIM,
    TRAIL,
    WALK,
)

SPORTS = (
    (("trail",), TRAIL),
    (("hik", "mountaineer", "trekking"), HIKE),
    (("run", "jog", "treadmill", "track"), RUN),
    (("walk",), WALK),
    (("bik", "cycl", "ride"), RIDE),
    (("swim",), SWIM),
    (("strength", "weight", "workout", "training"), STRENGTH),
    (("yoga", "pilates", "stretch", "mobility", "flexib"), MOBILITY),
)
"""Parts of the words that devices and programs have for a sport, and its kind."""
STRAVA_TYPES = {"1": RIDE, "4": HIKE, "9": RUN, "10": WALK}
"""Numbers that Strava's GPX files have for a sport."""


MOST_STORED = 100_000_000
"""The limit of bytes that one file makes of itself: each of its activities keeps the whole."""


@dataclass(frozen=True)
class VisiblePart:
    """The part of an activity outside hidden zones: its numbers, and what is drawn and listed of its track."""

    duration_s: int
    distance_m: int | None
    climb_m: int | None
    as_json: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ReadActivity:
    """An activity of a file; `visible` is its part outside the hidden zones of its person, of which there are `zones`."""

    kind: str
    sums: Sums
    workout: Workout = field(repr=False)
    visible: VisiblePart | None = None
    zones: int = 0

    @property
    def ends(self) -> tuple[Place, Place] | None:
        """Return where its line starts and ends; None without a line."""
        return workout_cuts.ends_of(self.workout) if self.sums.course is not None else None

    @property
    def started_at(self) -> datetime:
        """Return when it began."""
        return datetime.fromtimestamp(int(self.sums.started_at), UTC)

    @property
    def ended_at(self) -> datetime:
        """Return when it ended: a second after its beginning at least."""
        return max(datetime.fromtimestamp(round(self.sums.ended_at), UTC), self.started_at + timedelta(seconds=1))

    @property
    def duration_s(self) -> int:
        """Return its seconds without pauses."""
        return min(max(1, round(self.sums.timer_s)), round((self.ended_at - self.started_at).total_seconds()))

    @property
    def distance_m(self) -> int | None:
        """Return its metres, None for none or more than anybody makes."""
        metres = round(self.sums.distance_m)
        return metres if 1 <= metres <= MOST_METRES else None

    @property
    def climb_m(self) -> int | None:
        """Return its climb, None where it is unknown."""
        climb = self.sums.climb_m
        return climb if climb is not None and 0 <= climb <= MOST_CLIMB else None


def read_activities(content: bytes) -> list[ReadActivity]:
    """Return the activities of a file. Raise UnreadableRoute, whose reason is one of `models.REASONS`."""
    found = []
    latest = (clock.now() + AHEAD).timestamp()
    workouts = workout_files.read(content)
    if len(workouts) > 1 and len(workouts) * len(content) > MOST_STORED:
        raise UnreadableRoute("too_many")
    for one in workouts:
        if one.time[0] < EARLIEST.timestamp():
            raise UnreadableRoute("no_times")
        if one.time[-1] > latest:
            raise UnreadableRoute("future")
        if one.time[-1] - one.time[0] > LONGEST.total_seconds():
            raise UnreadableRoute("too_long")
        kind = kind_of(one.sport)
        found.append(ReadActivity(kind, sums_of(one, kind), one))
    return found


def without_zones(read: ReadActivity, zones: Sequence[Zone]) -> ReadActivity:
    """Return an activity with the part of it that lies in none of the zones."""
    return replace(read, visible=_visible_part(read, zones) if read.sums.course is not None else None, zones=len(zones))


def _visible_part(read: ReadActivity, zones: Sequence[Zone]) -> VisiblePart | None:
    """Return what others may see of an activity; None if nothing of it lies outside the zones."""
    rest = workout_cuts.outside(read.workout, zones)
    if rest is None:
        return None
    sums = sums_of(rest, read.kind)
    metres = round(sums.distance_m)
    return VisiblePart(
        duration_s=max(1, round(sums.timer_s)),
        distance_m=metres if 1 <= metres <= MOST_METRES else None,
        climb_m=sums.climb_m if sums.climb_m is not None and 0 <= sums.climb_m <= MOST_CLIMB else None,
        as_json={
            "moving_s": round(sums.moving_s),
            "heart_mean": sums.heart_mean,
            "heart_most": sums.heart_most,
            "sums": as_json(sums),
            "course": sums.course.drawing if sums.course else None,
        },
    )


def kind_of(sport: str) -> str:
    """Return the kind for a sport as files name it: a run if they name none, which most of ours are."""
    if not sport:
        return RUN
    if sport in STRAVA_TYPES:
        return STRAVA_TYPES[sport]
    word = sport.lower()
    return next((kind for parts, kind in SPORTS if any(part in word for part in parts)), OTHER)
