"""What a copy of somebody's data would bring, before anything of it is taken over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hampa.activity_files.models import ActivityImport
from hampa.activity_files.queries.exports import ExportArchive
from hampa.activity_files.queries.parts import copy_parts
from hampa.people.models import Person
from hampa.platform.geo.lines import UnreadableRoute
from hampa.training.queries.previews import PartCount, count_activities, count_gear, count_goals, count_plans


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """How much there is of one kind, how much of it is new, here already, and left out."""

    name: str
    every: int
    new: int
    here: int
    left: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a copy would bring, by kind; `shown` of the new activities others would see. `site` is what the copy names."""

    site: str
    shown: int
    parts: Sequence[PreviewPart]

    @property
    def new(self) -> int:
        """Return how much is new of all kinds together."""
        return sum(part.new for part in self.parts)

    @property
    def left(self) -> int:
        """Return how much is left out of all kinds together."""
        return sum(part.left for part in self.parts)


def preview_of(person: Person, archive: ExportArchive) -> dict[str, Any]:
    """Return what a copy would bring to a person, as `ActivityImport.preview` keeps it."""
    activities, shown = count_activities(person, archive.rows)
    counts: dict[str, PartCount] = {"activities": activities}
    try:
        rest, numbers = archive.rest(), archive.numbers()
        counts["plans"] = count_plans(person, rest, numbers["plans"])
        counts["goals"] = count_goals(person, rest, numbers["goals"])
        counts["gear"] = count_gear(person, rest, numbers["gear"])
        for part in copy_parts():
            counts[part.name] = part.count(person, archive.lists(part.files))
    except UnreadableRoute:  # taking them over fails in the same way, and says so
        pass
    rows = [[name, one.every, one.new, one.here, one.left] for name, one in counts.items()]
    return {"site": archive.site, "shown": shown, "parts": rows}


def preview_shown(one: ActivityImport) -> Preview | None:
    """Return the preview of an import that waits for its person; None of others."""
    if one.preview is None or not one.waits:
        return None
    return Preview(one.preview["site"], one.preview["shown"], [PreviewPart(*row) for row in one.preview["parts"]])
