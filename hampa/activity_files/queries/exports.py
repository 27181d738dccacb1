"""The copy of somebody's data from a Hampa, as an archive of activities: a place for each, the first one for the rest."""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hampa.activity_files.models import MOST_FILES
from hampa.activity_files.queries.archives import Archive
from hampa.activity_files.queries.parts import copy_parts
from hampa.activity_files.queries.reading import ReadActivity, read_activities
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_files import MOST_BYTES
from hampa.platform.texts.cleaning import UncleanText, clean_line
from hampa.training.queries.exported import ExportedActivity, ExportedPlans, plans_in, row_of

MARK, ACTIVITIES, PLANS = "export.json", "activities.json", "training_plans.json"
REST = {
    "plans": PLANS,
    "milestones": "training_milestones.json",
    "goals": "training_goals.json",
    "choices": "training_choices.json",
    "gear": "training_gear.json",
}
"""The lists of a copy that belong to training, besides activities."""
LONGEST_SITE = 200
MOST_JSON = 12_000_000
"""The limit of a list in JSON: parsed, it takes some times as much memory."""
MOST_VALUES = 2_000_000
"""The limit of commas and brackets in a list: of empty rows alone it would take twenty times its bytes."""


@dataclass(frozen=True)
class ExportedItem:
    """What is at one place: an activity with its file and what is read of that; or plans and the like.

    With these come the `lists` that higher features take over, and the `site` that the copy names.
    """

    plans: ExportedPlans | None = None
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict, repr=False)
    site: str = ""
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
        self.rows = rows
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
            files = [name for part in copy_parts() for name in part.files]
            return ExportedItem(plans=self.rest(), lists=self.lists(files), site=self.site)
        row = row_of(ExportedActivity, self.rows[place - 1])
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

    def rest(self) -> ExportedPlans:
        """Return the plans, goals, gear and choices. Raise UnreadableRoute."""
        return plans_in(*(self._json(name) if self._archive.has(name) else [] for name in REST.values()))

    def numbers(self) -> dict[str, int]:
        """Return how many rows each of these lists has, whatever they are. Raise UnreadableRoute."""
        return {name: len(self.lists([file])[file]) for name, file in REST.items()}

    def lists(self, names: Iterable[str]) -> dict[str, list[Any]]:
        """Return the rows of lists; none of what is missing or no list. Raise UnreadableRoute."""
        found = {name: self._json(name) if self._archive.has(name) else [] for name in names}
        return {name: rows if isinstance(rows, list) else [] for name, rows in found.items()}

    @property
    def site(self) -> str:
        """Return the address of the site that the copy names; nothing if it names none."""
        try:
            mark = self._json(MARK)
        except UnreadableRoute:
            return ""
        name = mark.get("site") if isinstance(mark, dict) else None
        if not isinstance(name, str) or not name.startswith("http"):
            return ""
        try:
            return clean_line(name[: 4 * LONGEST_SITE])[:LONGEST_SITE]
        except UncleanText:
            return ""

    def _json(self, name: str) -> Any:
        content = self._archive.read_entry(name)
        if len(content) > MOST_JSON or sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
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
