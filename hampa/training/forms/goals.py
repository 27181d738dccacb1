"""The form of a goal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import DateField, FloatField, SelectField
from hampa.platform.web.forms import OnceForm
from hampa.training.forms.words import KIND_WORDS
from hampa.training.models.activities import KINDS
from hampa.training.models.goals import CLIMB, DISTANCE, METRICS, MONTH, PERIODS, TIME, TIMES, UNTIL, WEEK, Goal

METRIC_WORDS = {
    DISTANCE: lazy_pgettext("goal", "Kilometres"),
    TIME: lazy_pgettext("goal", "Hours"),
    CLIMB: lazy_pgettext("goal", "Metres of climb"),
    TIMES: lazy_pgettext("goal", "Activities"),
}
PERIOD_WORDS = {
    WEEK: lazy_pgettext("goal", "Each week"),
    MONTH: lazy_pgettext("goal", "Each month"),
    UNTIL: lazy_pgettext("goal", "Until a day"),
}
UNITS = {DISTANCE: 1_000, TIME: 3_600, CLIMB: 1, TIMES: 1}
"""What one of the unit in which people say an amount is in that of the table."""


class GoalForm(OnceForm):
    """So much of what, by when."""

    amount = FloatField(_l("How much"), min=0.1, max=100_000)
    metric = SelectField(_l("What it counts"), lambda: [(one, METRIC_WORDS[one]) for one in METRICS], default=DISTANCE)
    period = SelectField(_l("By when"), lambda: [(one, PERIOD_WORDS[one]) for one in PERIODS], default=WEEK)
    ends_on = DateField(_l("Last day"), required=False)
    kind = SelectField(
        _l("Only"),
        lambda: [("", _("Anything")), *((one, KIND_WORDS[one]) for one in KINDS)],
        default="",
        required=False,
    )
    plan_id = SelectField(_l("For the plan"), [], required=False)

    @classmethod
    def of(cls, goal: Goal, **more: Any) -> GoalForm:
        """Return the form of a goal."""
        shown = {name: getattr(goal, name) for name in ("metric", "period", "ends_on", "kind")}
        plan_id = str(goal.plan_id) if goal.plan_id else None
        return cls(**shown, amount=goal.target / UNITS[goal.metric], plan_id=plan_id, **more)

    def offer_plans(self, plans: Sequence[tuple[uuid.UUID, str]], chosen: tuple[uuid.UUID, str] | None = None) -> None:
        """Offer plans on which the person logs; the one that is `chosen` already stays among them."""
        offered = {str(plan_id): name for plan_id, name in plans}
        if chosen is not None:
            offered.setdefault(str(chosen[0]), chosen[1])
        self.plan_id.set_choices([("", _("None")), *offered.items()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that a day is there where one is needed; activities are whole."""
        super().validate(extra_validators)
        if self.period.data == UNTIL and self.ends_on.data is None and not self.ends_on.errors:
            self.ends_on.errors = [_("Until which day?")]
        whole = self.metric.data in (CLIMB, TIMES)
        if whole and self.amount.data and self.amount.data != int(self.amount.data):
            self.amount.errors = [_("Enter a whole number.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the columns of the goal."""
        return {
            "metric": self.metric.data,
            "period": self.period.data,
            "target": round(self.amount.data * UNITS[self.metric.data]),
            "ends_on": self.ends_on.data if self.period.data == UNTIL else None,
            "kind": self.kind.data or "",
            "plan_id": uuid.UUID(self.plan_id.data) if self.plan_id.data else None,
        }
