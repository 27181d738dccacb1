"""The form of a challenge."""

from __future__ import annotations

from typing import Any

from hampa.challenges.models import (
    DISTANCE,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    METRICS,
    MODES,
    MOST_DAYS,
    OF_ACTIVITIES,
    RANKING,
    SUM,
    UNITS,
    Challenge,
)
from hampa.challenges.queries.words import METRIC_WORDS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import DateField, FloatField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import OnceForm
from hampa.training.forms.words import KIND_WORDS
from hampa.training.models.activities import KINDS

MODE_WORDS = {
    SUM: lazy_pgettext("challenge", "All together, towards one total"),
    RANKING: lazy_pgettext("challenge", "Each for themselves, as a ranking"),
}


class ChallengeForm(OnceForm):
    """What a crew takes on, from when to when, and what is counted."""

    name = StringField(_l("Challenge name"), min=1, max=LONGEST_NAME)
    description = TextAreaField(_l("What it is about"), max=LONGEST_DESCRIPTION, required=False)
    metric = SelectField(_l("What is counted"), lambda: [(one, METRIC_WORDS[one]) for one in METRICS], default=DISTANCE)
    kind = SelectField(
        _l("Only"),
        lambda: [("", _("Anything")), *((one, KIND_WORDS[one]) for one in KINDS)],
        default="",
        required=False,
    )
    mode = SelectField(_l("How"), lambda: [(one, MODE_WORDS[one]) for one in MODES], default=SUM)
    target = FloatField(_l("The total"), min=0.1, max=10_000_000, required=False)
    starts_on = DateField(_l("First day"))
    ends_on = DateField(_l("Last day"))

    @classmethod
    def of(cls, challenge: Challenge, **more: Any) -> ChallengeForm:
        """Return the form of a challenge."""
        names = ("name", "description", "metric", "kind", "mode", "starts_on", "ends_on")
        shown = {name: getattr(challenge, name) for name in names}
        target = challenge.target / UNITS.get(challenge.metric, 1) if challenge.target else None
        return cls(**shown, target=target, **more)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, that a sum has its target, and that the days are in order."""
        super().validate(extra_validators)
        if self.mode.data == SUM and self.target.data is None and not self.target.errors:
            self.target.errors = [_("How much do you want to reach together?")]
        is_whole = self.target.data is None or self.target.data == int(self.target.data)
        if self.metric.data not in UNITS and not is_whole and not self.target.errors:
            self.target.errors = [_("Enter a whole number.")]
        first, last = self.starts_on.data, self.ends_on.data
        if first and last and not self.ends_on.errors:
            if last < first:
                self.ends_on.errors = [_("This day is before the first one.")]
            elif (last - first).days >= MOST_DAYS:
                self.ends_on.errors = [_("A challenge lasts a year at most.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the columns of the challenge."""
        metric, mode = self.metric.data, self.mode.data
        target = round(self.target.data * UNITS.get(metric, 1)) if mode == SUM else None
        return {
            "name": self.name.data,
            "description": self.description.data or "",
            "metric": metric,
            "mode": mode,
            "kind": (self.kind.data or "") if metric in OF_ACTIVITIES else "",
            "target": target,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }
