"""The field of a password."""

from typing import ClassVar

from wtforms.widgets import PasswordInput

from hampa.platform.texts.cleaning import without_surrogates
from hampa.platform.web.fields import InputField, too_long_in_words


class PasswordField(InputField):
    """A secret of up to `max` characters, kept as it was typed and never shown again."""

    widget = PasswordInput()
    attributes: ClassVar = {"dir": "ltr"}
    empty = ""
    clean = staticmethod(without_surrogates)

    def coerce(self, text: str) -> str:
        """Return the text if it is not longer than is read."""
        if len(text) > self.max:
            raise ValueError(too_long_in_words(len(text), self.max))
        return text

    def _value(self) -> str:
        return ""
