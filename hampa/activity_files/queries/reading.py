"""Reading one file: its activities with their sums, without the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hampa.platform import clock
from hampa.platform.geo import workout_files
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_sums import Sums, sums_of
from hampa.training.actions.activities import AHEAD
from hampa.training.models.activities import (
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
class ReadActivity:
    """An activity of a file."""

    kind: str
    sums: Sums

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
        if one.time[-1] > latest:
            raise UnreadableRoute("future")
        if one.time[-1] - one.time[0] > LONGEST.total_seconds():
            raise UnreadableRoute("too_long")
        kind = kind_of(one.sport)
        found.append(ReadActivity(kind, sums_of(one, kind)))
    return found


def kind_of(sport: str) -> str:
    """Return the kind for a sport as files name it: a run if they name none, which most of ours are."""
    if not sport:
        return RUN
    if sport in STRAVA_TYPES:
        return STRAVA_TYPES[sport]
    word = sport.lower()
    return next((kind for parts, kind in SPORTS if any(part in word for part in parts)), OTHER)
