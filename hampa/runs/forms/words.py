"""Words of what runs choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hampa.platform.i18n import lazy_gettext as _l

LEVEL_WORDS = {
    "all": _l("All levels"),
    "beginner": _l("Beginner"),
    "regular": _l("Regular"),
    "advanced": _l("Advanced"),
}
TERRAIN_WORDS = {
    "road": _l("Road"),
    "trail": _l("Trail"),
    "track": _l("Track"),
    "mixed": _l("Mixed ground"),
}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
VISIBILITY_WORDS = {
    "public": _l("Everybody"),
    "link": _l("Only who has the link"),
}
ROUTE_REASONS = {
    "not_gpx": _l("This is not a GPX file. Export the route as GPX and choose that file."),
    "tcx": _l("This is a TCX file. Export the route as GPX and choose that file."),
    "kml": _l("This is a KML file. Export the route as GPX and choose that file."),
    "fit": _l("This is a FIT file. Export the route as GPX and choose that file."),
    "broken": _l("This file is broken or ends in the middle. Export it once more."),
    "harmful": _l("There are things in this file that no route needs, so we did not read it."),
    "empty": _l("There is no track and no route in this file."),
    "too_short": _l("This route is shorter than 100 metres."),
    "too_long": _l("This route is longer than 500 kilometres."),
    "failed": _l("Something went wrong while we read the file. Choose it once more."),
}

COMPANY_WORDS = {
    "anyone": _l("Anyone"),
    "women": _l("Women only"),
}
JOIN_POLICY_WORDS = {
    "open": _l("Everybody at once"),
    "approval": _l("Who I say yes to"),
}
STATUS_WORDS = {
    "INTERESTED": _l("Interested"),
    "REQUESTED": _l("Has asked"),
    "WAITLISTED": _l("Waiting"),
    "OFFERED": _l("Is offered a place"),
    "GOING": _l("Going"),
    "COMPLETED": _l("Came"),
    "NO_SHOW": _l("Did not come"),
}
AUDIENCE_WORDS = {
    "GOING": _l("Those who come"),
    "WAITLISTED": _l("Those who wait"),
    "INTERESTED": _l("Those who are interested"),
}


def in_words(values: Sequence[str], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Choices of a field: each value with its words."""
    return [(value, str(words[value])) for value in values]
