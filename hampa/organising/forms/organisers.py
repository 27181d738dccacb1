"""Forms of the organisers of a run."""

import re
from collections.abc import Sequence
from typing import Any

from hampa.organising.actions.organisers import MAX_CO_ORGANISERS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.texts.cleaning import UncleanText, clean_line, without_surrogates
from hampa.platform.web.choice_fields import first_text
from hampa.platform.web.fields import BooleanField, PhoneField
from hampa.platform.web.forms import Form
from hampa.runs.forms import AnswerForm

MOST_INPUTS = 2 * MAX_CO_ORGANISERS
"""Values of the field that are looked at: some are empty."""
SEPARATORS = re.compile(r"[,،;؛\n]+")
LONGEST_SHOWN = 100
"""Characters of a text that is no number, which the form gives back."""


class PhonesField(PhoneField):
    """Several phone numbers; `data` has each once, in E.164.

    The name is repeated, or one line holds several numbers with commas between them.
    """

    empty = ()
    attributes = PhoneField.attributes | {"autocomplete": "off"}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the numbers. Raise ValueError when one is wrong or there are too many."""
        self.data = []
        texts = dict.fromkeys(self._texts(valuelist))
        if len(valuelist) > MOST_INPUTS or len(texts) > MAX_CO_ORGANISERS:  # before any is read, which takes a while
            raise ValueError(ngettext("At most %(num)d number.", "At most %(num)d numbers.", MAX_CO_ORGANISERS))
        for value in valuelist:
            self.check_length(first_text([value]))
        self.data = list(dict.fromkeys(self.coerce(self.clean(text)) for text in texts))
        if self.flags.required and not self.data:
            raise ValueError(_("This can't be empty."))

    def coerce(self, text: str) -> str:
        """Return a number in E.164. Raise ValueError with the number in the message."""
        try:
            return str(super().coerce(clean_line(text)))
        except UncleanText:
            raise ValueError(_("There are characters in this that can't be used.")) from None
        except ValueError as error:
            raise ValueError(f"\u2068{text}\u2069: {error}") from None

    def typed(self) -> list[str]:
        """Return the texts of the inputs, one for each number: of too many the first ones, of too long ones the beginning."""
        texts = self._texts(self.raw_data or ())[: MAX_CO_ORGANISERS + 1]
        return [without_surrogates(text[:LONGEST_SHOWN]) for text in texts]

    def _texts(self, values: Sequence[Any]) -> list[str]:
        """Return the texts between the commas, as far as they are looked at."""
        looked_at = [value[: self.longest] for value in values[:MOST_INPUTS] if isinstance(value, str)]
        parts = [part.strip() for value in looked_at for part in SEPARATORS.split(value)]
        return [part for part in parts if part]


class OrganisersForm(Form):
    """Phone numbers of people who are asked to organise a run."""

    organisers = PhonesField(_l("Their phone number"))


class InvitationForm(AnswerForm):
    """The answer to an invitation, and what else an organiser or a new owner says yes to."""

    series = BooleanField(_l("Its later runs too"))
    takes_over = BooleanField(_l("If its owner deletes their account, the run may become mine"))
    keep = BooleanField(_l("Whoever had it may keep organising it with me"))
