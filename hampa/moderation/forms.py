"""The form of a report."""

from hampa.moderation.models import LONGEST_APPEAL, REASONS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm

REASON_WORDS = {
    "harassment": _l("It harasses or insults somebody"),
    "danger": _l("It puts somebody in danger"),
    "fake": _l("It is not who or what it says"),
    "spam": _l("It is advertising"),
    "other": _l("Something else"),
}


class ReportForm(OnceForm):
    """A reason, and a few words of explanation."""

    reason = SelectField(
        _l("What is wrong?"), lambda: [("", _("Choose …")), *((value, str(REASON_WORDS[value])) for value in REASONS)]
    )
    words = TextAreaField(_l("What happened?"), max=1000, required=False)


class AppealForm(Form):
    """What a suspended or banned person says to the operators."""

    words = TextAreaField(_l("Your words to the operators"), min=1, max=LONGEST_APPEAL)
