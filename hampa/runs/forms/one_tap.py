"""The answer that a link from a message asks for."""

from __future__ import annotations

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField
from hampa.platform.web.forms import Form


class AnswerForm(Form):
    """Yes, do it; or no."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])
