"""The field for the pin of a meeting point."""

from typing import Any, ClassVar

from hampa.platform.config import settings
from hampa.platform.geo import gazetteer
from hampa.platform.geo.map_links import is_nowhere, is_shortened, nowhere_in_words, point_in, swapped_point_in
from hampa.platform.geo.short_links import openable_in
from hampa.platform.locale import zones
from hampa.platform.locale.i18n import digits, gettext as _
from hampa.platform.web.fields import InputField


class PinField(InputField):
    """A point, pasted as the link of a map or as two numbers; `data` is (latitude, longitude) in degrees.

    `swapped` is the point of two numbers that make one the other way round alone. `short_link` is a link that the
    worker is to open, where the operator allows it; there is no point then.
    """

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "url"}
    swapped: tuple[float, float] | None = None
    short_link: str | None = None

    def coerce(self, text: str) -> tuple[float, float] | None:
        """Return the point in the text, None when the worker is to find it. Raise ValueError when there is none."""
        self.short_link, point = None, point_in(text)
        if point is not None:
            if is_nowhere(point):
                raise ValueError(nowhere_in_words())
            return point
        self.swapped = swapped_point_in(text)
        if is_shortened(text):
            if settings().follow_map_links and (link := openable_in(text)) is not None:
                self.short_link = link
                return None
            raise ValueError(
                _(
                    "This short link hides the place. Press long on the place in your map app, copy the two numbers that "
                    "it shows, such as %(example)s, and paste them here; or open the link in a browser and copy the long "
                    "address from its top.",
                    example=digits("35.7448, 51.3753"),
                )
            )
        raise ValueError(_("There is no place in this. Copy the address of a map's page, or two numbers."))

    def format(self, value: tuple[float, float]) -> str:
        """Return the point as two numbers."""
        return f"{value[0]}, {value[1]}"


def likely_swap(point: tuple[float, float], zone: str) -> tuple[float, float] | None:
    """Return a point the other way round if that is in the time zone of the run, and the point itself is not."""
    turned = point[1], point[0]
    if abs(turned[0]) > 90 or zone_near(turned) != zone or zone_near(point) == zone:
        return None
    return turned


def zone_near(point: tuple[float, float]) -> str | None:
    """Return the time zone of the town that is nearest to a point, if there is one near."""
    town = gazetteer.nearest(*point)
    return zones.canonical_name(town.zone) if town else None


def name_near(point: tuple[float, float], locale: str) -> str:
    """Return the name of the town that is nearest to a point, "" where there is none."""
    town: Any = gazetteer.nearest(*point)
    return str(town.called(locale)) if town else ""
