"""Forms for operators."""

from hampa.moderation.actions import Verdict
from hampa.moderation.models import DECISIONS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, IntegerField, SelectField, TextAreaField
from hampa.platform.web.forms import OnceForm

DECISION_WORDS = {
    "nothing": _l("Leave it as it is"),
    "remove": _l("Take it away"),
    "warn": _l("Warn the person"),
    "suspend": _l("Suspend the person"),
    "ban": _l("Ban the person for good"),
    "restore": _l("Let the person in again"),
}
DECIDED_WORDS = {
    "nothing": _l("Left as it was"),
    "remove": _l("Taken away"),
    "warn": _l("Warned"),
    "suspend": _l("Account suspended"),
    "ban": _l("Account banned for good"),
    "restore": _l("Let in again"),
}


class VerdictForm(OnceForm):
    """A decision about a report."""

    decision = SelectField(
        _l("Decision"), lambda: [("", _("Choose …")), *((value, str(DECISION_WORDS[value])) for value in DECISIONS)]
    )
    days = IntegerField(_l("Days of a suspension"), min=1, max=3650, required=False)
    cancel_runs = BooleanField(_l("Cancel their upcoming runs, and tell everybody going"))
    note = TextAreaField(_l("Note for the log"), max=1000, required=False)

    def verdict(self) -> Verdict:
        """Return the decision."""
        return Verdict(self.decision.data, self.note.data, self.days.data, self.cancel_runs.data)
