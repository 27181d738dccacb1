"""The field for the pin of a meeting point."""

from typing import ClassVar

from hampa.platform.geo.map_links import is_nowhere, is_shortened, nowhere_in_words, point_in
from hampa.platform.locale.i18n import digits, gettext as _
from hampa.platform.web.fields import InputField


class PinField(InputField):
    """A point, pasted as the link of a map or as two numbers; `data` is (latitude, longitude) in degrees."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "url"}

    def coerce(self, text: str) -> tuple[float, float]:
        """Return the point in the text. Raise ValueError when there is none."""
        point = point_in(text)
        if point is not None:
            if is_nowhere(point):
                raise ValueError(nowhere_in_words())
            return point
        if is_shortened(text):
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
