"""The form of a message to all who take part."""

from hampa.announcements.models import LONGEST
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, SelectMultipleField, TextAreaField
from hampa.platform.web.forms import OnceForm
from hampa.runs.models.participation import GOING

AUDIENCE_WORDS = {
    "GOING": _l("People going"),
    "WAITLISTED": _l("Those who wait"),
    "INTERESTED": _l("Those who are interested"),
}


class MessageForm(OnceForm):
    """A message and its audiences."""

    text = TextAreaField(_l("Your message"), min=1, max=LONGEST)
    statuses = SelectMultipleField(_l("To"), list(AUDIENCE_WORDS.items()), default=[GOING])
    by_sms = BooleanField(_l("Also by SMS"), false_values=(False, "false", "0", ""))
