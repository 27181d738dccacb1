"""The copy of somebody's data from a Hampa, as an archive of activities: one place for plans and goals, one for each."""

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

from hampa.activity_files.models import MOST_FILES
from hampa.activity_files.queries.archives import Archive
from hampa.activity_files.queries.reading import ReadActivity, read_activities
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_files import MOST_BYTES
from hampa.training.queries.exported import ExportedActivity, ExportedPlans, plans_in, row_of

MARK, ACTIVITIES, PLANS = "export.json", "activities.json", "training_plans.json"
MOST_JSON = 12_000_000
"""The limit of a list in JSON: parsed, it takes some times as much memory."""


@dataclass(frozen=True)
class ExportedItem:
    """What is at one place: the plans and goals, or an activity with its file and what is read of that."""

    plans: ExportedPlans | None = None
    activity: ExportedActivity | None = None
    content: bytes = b""
    number: int = 0
    read: ReadActivity | None = None


class ExportArchive:
    """The training in a copy of somebody's data."""

    def __init__(self, archive: Archive) -> None:
        """Raise UnreadableRoute for a copy whose activities can't be read, or are too many."""
        self._archive = archive
        rows = self._json(ACTIVITIES)
        if not isinstance(rows, list):
            raise UnreadableRoute("broken")
        if len(rows) >= MOST_FILES:
            raise UnreadableRoute("too_many")
        self._rows = rows
        tracks = self._json("activity_tracks.json") if archive.has("activity_tracks.json") else []
        self._numbers = {
            str(one.get("activity_id")): one.get("number")
            for one in (tracks if isinstance(tracks, list) else [])
            if isinstance(one, dict)
        }
        self._files = {
            name.removeprefix("activities/").split(".")[0]: name
            for name in archive.all_names()
            if name.startswith("activities/") and name.endswith(".gz")
        }
        self.names = [PLANS, *(f"{ACTIVITIES}: {number}" for number in range(1, len(rows) + 1))]

    def item(self, place: int) -> ExportedItem:
        """Return what is at a place. Raise UnreadableRoute for what can't be read; a file alone may be missing."""
        if place == 0:
            names = (PLANS, "training_milestones.json", "training_goals.json", "training_choices.json")
            return ExportedItem(
                plans=plans_in(*(self._json(name) if self._archive.has(name) else [] for name in names))
            )
        row = row_of(ExportedActivity, self._rows[place - 1])
        if row is None:
            raise UnreadableRoute("broken")
        name = self._files.get(str(row.id))
        if name is None:
            return ExportedItem(activity=row)
        content = _unpacked(self._archive.read_entry(name))
        number = self._numbers.get(str(row.id))
        found = read_activities(content)
        place_in_file = number if isinstance(number, int) and 0 <= number < len(found) else 0
        return ExportedItem(activity=row, content=content, number=place_in_file, read=found[place_in_file])

    def _json(self, name: str) -> Any:
        content = self._archive.read_entry(name)
        if len(content) > MOST_JSON:
            raise UnreadableRoute("too_large")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise UnreadableRoute("broken") from error


def _unpacked(content: bytes) -> bytes:
    """Return the file as it came: copies have it packed once more. Raise UnreadableRoute."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(content, MOST_BYTES + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableRoute("broken") from error
    if len(whole) > MOST_BYTES:
        raise UnreadableRoute("too_large")
    return whole
