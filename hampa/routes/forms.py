"""Texts for the reasons why a route file is refused, and for what is left out of one."""

from collections.abc import Mapping

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.routes.models import LEFT_OUT

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
