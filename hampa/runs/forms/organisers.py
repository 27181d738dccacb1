"""People to organise with, by their phone numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.texts.cleaning import UncleanText, clean_line, without_surrogates
from hampa.platform.web.fields import PhoneField, SelectField
from hampa.platform.web.forms import Form
from hampa.runs.actions.organisers import MOST

BETWEEN = re.compile(r"[,،;؛\n]+")


class PhonesField(PhoneField):
    """Phone numbers: the name repeated, or several in one line with commas. `data` has each once, in E.164."""

    empty = ()
    attributes = PhoneField.attributes | {"autocomplete": "off"}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = []
        for text in self._texts(valuelist):
            number = self.coerce(self.clean(text))
            if number not in self.data:
                self.data.append(number)
        if len(self.data) > MOST:
            raise ValueError(ngettext("At most %(num)d number.", "At most %(num)d numbers.", MOST))
        if self.flags.required and not self.data:
            raise ValueError(_("This can't be empty."))

    def coerce(self, text: str) -> str:
        try:
            return str(super().coerce(clean_line(text)))
        except UncleanText:
            raise ValueError(_("There are characters in this that can't be used.")) from None
        except ValueError as wrong:
            # Of several numbers it has to be plain which one is meant.
            raise ValueError(f"\u2068{text}\u2069: {wrong}") from None

    def typed(self) -> list[str]:
        """What stands in the inputs, one for each number."""
        return [without_surrogates(text) for text in self._texts(self.raw_data or ())]

    @staticmethod
    def _texts(values: Sequence[Any]) -> list[str]:
        parts = [part.strip() for value in values if isinstance(value, str) for part in BETWEEN.split(value)]
        return [part for part in parts if part]


class TeamAnswerForm(Form):
    """Whether one organises the run with the others, from now on or no more."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])


class OrganisersForm(Form):
    """Adding co-organisers."""

    organisers = PhonesField(_l("Their phone number"))
