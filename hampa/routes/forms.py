"""Texts for the reasons why a route file is refused."""

from hampa.platform.locale.i18n import lazy_gettext as _l

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
