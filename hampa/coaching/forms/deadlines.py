"""The form of reminders of deadlines."""

from __future__ import annotations

from collections.abc import Sequence

from hampa.coaching.models.deadlines import DAYS_BEFORE
from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import SelectMultipleField
from hampa.platform.web.forms import Form

DAY_WORDS = {
    7: lazy_pgettext("deadline", "A week before"),
    3: lazy_pgettext("deadline", "Three days before"),
    1: lazy_pgettext("deadline", "The day before"),
    -1: lazy_pgettext("deadline", "The day after, if it is overdue"),
}


class DeadlinesForm(Form):
    """On which days one is reminded."""

    days = SelectMultipleField(
        _l("Remind me"), lambda: [(str(one), DAY_WORDS[one]) for one in DAYS_BEFORE], required=False
    )

    @classmethod
    def of(cls, days: Sequence[int]) -> DeadlinesForm:
        """Return the form of what is chosen."""
        return cls(days=[str(one) for one in days])

    @property
    def chosen(self) -> list[int]:
        """Return the chosen days before a deadline."""
        return [int(one) for one in self.days.data or ()]
