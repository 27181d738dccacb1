"""Texts for the reasons why a route file is refused, for what is left out, for waypoints, and for the course itself."""

from collections.abc import Mapping
from typing import Any

from hampa.platform.geo.drawing import Outline
from hampa.platform.geo.shapes import highest_point, shape_of
from hampa.platform.locale import measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.routes.models import LEFT_OUT

ROUTE_REASONS = {
    "not_gpx": _l("This is not a GPX, TCX or FIT file. Export the route as one of these and choose that file."),
    "packed": _l("This file is an archive (ZIP or the like). Unpack it and choose the GPX, TCX or FIT file in it."),
    "kml": _l("This is a KML file. Export the route as GPX, TCX or FIT and choose that file."),
    "tcx": _l("Files of this kind could not be read when it was sent. They can be now: choose it once more."),
    "fit": _l("Files of this kind could not be read when it was sent. They can be now: choose it once more."),
    "broken": _l("This file is broken or ends in the middle. Export it once more."),
    "harmful": _l("There are things in this file that no route needs, so we did not read it."),
    "empty": _l("There is no track and no route in this file."),
    "no_place": _l("There are no positions in this file, as when somebody runs indoors."),
    "too_short": _l("This route is shorter than 100 metres."),
    "too_long": _l("This route is longer than 500 kilometres."),
    "too_many": _l("There are more than 200,000 points in this file. Export the route with fewer."),
    "failed": _l("Something went wrong while we read the file. Choose it once more."),
}

WAYPOINT_KINDS = {
    "meeting": _l("Meeting point"),
    "water": _l("Water"),
    "toilets": _l("Toilets"),
    "food": _l("Food"),
    "first_aid": _l("First aid"),
    "view": _l("View"),
    "care": _l("Take care"),
    "other": _l("Place"),
}


def left_out_words(left_out: Mapping[str, int]) -> list[str]:
    """Return what was left out of a file, as sentences."""
    sentences = {
        "points": lambda: ngettext(
            "%(num)d point without a usable position was left out.",
            "%(num)d points without a usable position were left out.",
            left_out["points"],
        ),
        "far": lambda: ngettext(
            "%(num)d point far away from the rest of the route was left out.",
            "%(num)d points far away from the rest of the route were left out.",
            left_out["far"],
        ),
        "heights": lambda: ngettext(
            "%(num)d height that cannot be right was left out.",
            "%(num)d heights that cannot be right were left out.",
            left_out["heights"],
        ),
        "waypoints": lambda: ngettext(
            "%(num)d waypoint of the file is not shown.",
            "%(num)d waypoints of the file are not shown.",
            left_out["waypoints"],
        ),
        "routes": lambda: ngettext(
            "The file has a recorded track; %(num)d planned route beside it was left out.",
            "The file has a recorded track; %(num)d planned routes beside it were left out.",
            left_out["routes"],
        ),
        "swapped": lambda: _("Latitude and longitude were swapped in the file; we put them right."),
        "pieces": lambda: ngettext(
            "The line has too many gaps: its shortest piece is counted, but not drawn.",
            "The line has too many gaps: its %(num)d shortest pieces are counted, but not drawn.",
            left_out["pieces"],
        ),
    }
    return [sentences[name]() for name in LEFT_OUT if left_out.get(name)]


HEADINGS = (
    _l("north"),
    _l("north-east"),
    _l("east"),
    _l("south-east"),
    _l("south"),
    _l("south-west"),
    _l("west"),
    _l("north-west"),
)
FLAT_M = 15
"""A route that climbs less is nearly flat."""


def course_words(outline: Outline, profile: Any, metres: int, climb_m: int | None, *, whole: bool) -> list[str]:
    """Return the course of a drawn route in sentences, for people who can't see the drawing.

    Of a route that is not the `whole` one, where it starts and ends is no part of the drawing and of the words.
    """
    shape, km = shape_of(outline), metres / 1000
    words = {"distance": measures.distance(km), "direction": HEADINGS[shape.heading]}
    if not whole:
        if shape.kind == "way":
            sentence = _("The part shown is %(distance)s long and leads %(direction)s.", **words)
        else:
            sentence = _("The part shown is %(distance)s long and comes back to where it begins.", **words)
    elif shape.kind == "back":
        half = words | {"distance": measures.distance(km / 2)}
        sentence = _("There and back: %(distance)s to the %(direction)s, then the same way back.", **half)
    elif shape.kind == "way":
        words["away"] = measures.distance(shape.away_m / 1000)
        sentence = _("One way: %(distance)s. It ends %(away)s to the %(direction)s of its start.", **words)
    elif shape.kind == "laps":
        lap = words | {"distance": measures.distance(km / shape.laps)}
        sentence = ngettext(
            "%(num)d lap of %(distance)s, first to the %(direction)s.",
            "%(num)d laps of %(distance)s each, first to the %(direction)s.",
            shape.laps,
            **lap,
        )
    else:
        sentence = _("A loop of %(distance)s, first to the %(direction)s.", **words)
    return [sentence, *_heights_in_words(profile, climb_m)]


def _heights_in_words(profile: Any, climb_m: int | None) -> list[str]:
    highest = highest_point(profile)
    if climb_m is None or highest is None:
        return []
    if climb_m < FLAT_M:
        return [_("It is nearly flat.")]
    along, height = highest
    return [
        _(
            "The highest point, at %(height)s, comes after %(distance)s.",
            height=measures.height(height),
            distance=measures.distance(along / 1000),
        )
    ]
