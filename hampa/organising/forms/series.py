"""The forms of a run that may recur, and of one that belongs to a series."""

from __future__ import annotations

from typing import Any

from hampa.organising.forms.run import CancelForm, RunForm
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField
from hampa.series.actions.changes import ALL, LATER, ONE
from hampa.series.forms import Repeats


class NewRunForm(Repeats, RunForm):
    """A run to be published, once or again and again."""

    def validate(self, extra_validators: Any = None) -> bool:
        """The rule fits its first day."""
        super().validate(extra_validators)
        self.look_at_rule()
        return not self.errors

    @property
    def unfolds(self) -> bool:
        """Also when it repeats."""
        asked = (self.repeats, self.every_weeks, self.days, self.nth, self.ends_on, self.times)
        return super().unfolds or self.recurs or any(field.errors for field in asked)


def _scopes() -> list[tuple[str, str]]:
    return [
        (ONE, _("This one alone")),
        (LATER, _("This one and those after it")),
        (ALL, _("All that have not begun")),
    ]


class SeriesRunForm(RunForm):
    """A run of a series, changed alone or with others."""

    scope = SelectField(_l("Which runs change"), _scopes, default=ONE, required=False)


class SeriesCancelForm(CancelForm):
    """Calling off a run of a series, alone or with others."""

    scope = SelectField(_l("Which runs are cancelled"), _scopes, default=ONE, required=False)
