"""A message to all who take part."""

from __future__ import annotations

from hampa.platform.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, SelectMultipleField, TextAreaField
from hampa.platform.web.forms import Form
from hampa.runs.forms.words import AUDIENCE_WORDS, in_words
from hampa.runs.models.message import LONGEST, MEANS
from hampa.runs.models.participation import GOING


class MessageForm(Form):
    """What to say, and to whom."""

    text = TextAreaField(_l("Your message"), min=1, max=LONGEST)
    statuses = SelectMultipleField(_l("To whom"), lambda: in_words(tuple(MEANS), AUDIENCE_WORDS), default=[GOING])
    by_sms = BooleanField(_l("Also by SMS"), false_values=(False, "false", "0", ""))
