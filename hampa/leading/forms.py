"""The form of the page on which somebody answers whether they lead a pace group."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, UUIDField
from hampa.runs.forms import AnswerForm


class LeadForm(AnswerForm):
    """The answer of somebody who is asked to lead a pace group."""

    group = UUIDField(_l("Pace group"), message=_l("Choose one of the groups of this run."))
    series = BooleanField(_l("Its later runs too"))
