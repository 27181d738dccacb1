"""Forms of interests."""

from __future__ import annotations

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField, StringField
from hampa.platform.web.forms import Form


class InterestForm(Form):
    """The line that goes with an interest."""

    line = StringField(_l("A line for them"), max=200, required=False)


class DecisionForm(Form):
    """What becomes of an interest."""

    decision = SelectField(
        _l("Decision"),
        lambda: [("accept", _("Accept")), ("decline", _("Decline")), ("withdraw", _("Take back"))],
    )
