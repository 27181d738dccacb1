"""The field for the pin of a meeting point."""

from math import isclose
from typing import Any, ClassVar

from hampa.platform.config import settings
from hampa.platform.geo import gazetteer
from hampa.platform.geo.map_links import is_nowhere, is_shortened, nowhere_in_words, point_in, swapped_point_in
from hampa.platform.geo.short_links import openable_in
from hampa.platform.locale import zones
from hampa.platform.locale.i18n import digits, get_locale_code, gettext as _, timezone
from hampa.platform.texts.cleaning import fold
from hampa.platform.web.fields import InputField

PinnedPlace = tuple[str, float | None, float | None]
"""The name of a place, and the degrees of its pin."""


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


def own_zone() -> str:
    """Return the name of the viewer's time zone."""
    return zones.canonical_name(timezone().key) or "UTC"


class PinQuestions:
    """What a form asks about its pin: whether two numbers are the wrong way round, and whether an old pin still holds.

    `pinned_at` are the place and the degrees of the run that the form shows. Buttons of the form answer: `pin_is` is
    "swapped", "kept" or "gone", and `pin_stays` is the name of the place for which the old pin holds.
    """

    swapped: tuple[float, float] | None = None
    pinned_at: PinnedPlace | None = None
    asks_about_old_pin = False
    pin: Any
    pin_is: Any
    pin_stays: Any
    latitude: Any
    longitude: Any
    place: Any
    timezone: Any

    def _ask_about_swap(self) -> None:
        """Ask about a pin whose numbers look like the wrong way round; `swapped` is then what was meant.

        A button of the form answers (`pin_is`): "swapped" or "kept".
        """
        latitude, longitude = self.latitude, self.longitude
        swapped = self.pin.swapped
        point = (latitude.data, longitude.data)
        is_whole = None not in point and not (self.pin.errors or latitude.errors or longitude.errors)
        if is_whole and self.pin_is.data != "kept":
            swapped = likely_swap(point, self.timezone.data or own_zone())
        if swapped is None:
            return
        if self.pin_is.data == "swapped":
            self.pin.errors, self.pin.raw_data = [], [f"{swapped[0]}, {swapped[1]}"]
            for field, degrees in zip((latitude, longitude), swapped, strict=True):
                field.data, field.raw_data, field.errors = degrees, None, []
        else:
            self.swapped = swapped
            self.pin.errors = [self._question_about_swap(swapped)]

    @staticmethod
    def _question_about_swap(point: tuple[float, float]) -> str:
        town = name_near(point, get_locale_code())
        if not town:
            return _("The two numbers look swapped.")
        return _("The two numbers look swapped. Do you mean the place near %(town)s?", town=town)

    def _ask_about_old_pin(self) -> None:
        """Ask about a pin that stays where the meeting point was while that has another name now."""
        point = self.latitude.data, self.longitude.data
        place = self.place.data
        if self.pin.short_link or self.pin.errors or not place or fold(self.pin_stays.data or "") == fold(place):
            return
        if not is_left_behind(self.pinned_at, place, point):
            return
        if self.pin_is.data == "gone":
            self.pin.raw_data = []
            for field in (self.latitude, self.longitude):
                field.data, field.raw_data, field.errors = None, None, []
        else:
            self.asks_about_old_pin = True
            self.pin.errors = [_("The meeting point is another one, but the pin is still where the old one was.")]


def is_left_behind(before: PinnedPlace | None, place: str, point: tuple[float | None, float | None]) -> bool:
    """Return whether a place has another name than before, and its pin is where it was."""
    if before is None or None in before or None in point or fold(place) == fold(before[0]):
        return False
    return all(isclose(one, other, abs_tol=0.00001) for one, other in zip(point, before[1:], strict=True))  # type: ignore[arg-type]


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
