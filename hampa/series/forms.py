"""Forms of the rule of a series, and of its days and end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.locale.recurrence import Rule, nth_in_month
from hampa.platform.web.fields import DateField, IntegerField, SelectField, SelectMultipleField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm
from hampa.series.models import Series

ONCE, WEEKLY, WEEKS, MONTHLY = "none", "weekly", "weeks", "monthly"
FREQUENCY_WORDS = {ONCE: _l("Once"), WEEKLY: _l("Every week"), WEEKS: _l("Every few weeks"), MONTHLY: _l("Every month")}
NTH_WORDS = {
    "": _l("The same as the first one"),
    "1": _l("On the first one of the month"),
    "2": _l("On the second one of the month"),
    "3": _l("On the third one of the month"),
    "4": _l("On the fourth one of the month"),
    "-1": _l("On the last one of the month"),
}
MOST_WEEKS, MOST_TIMES = 26, 520


class RuleFields:
    """Fields of a rule that begins on `starts_on`; those that `repeats` does not need are ignored."""

    errors: Any
    starts_on: DateField

    repeats = SelectField(_l("Repeats"), list(FREQUENCY_WORDS.items()), default=ONCE, required=False)
    every_weeks = IntegerField(_l("Weeks from one to the next"), min=2, max=MOST_WEEKS, required=False)
    days = SelectMultipleField(
        _l("Days"), lambda: [(day, dates.weekday_name(day)) for day in dates.week()], required=False
    )
    nth = SelectField(_l("Which one of the month"), list(NTH_WORDS.items()), default="", required=False)
    ends_on = DateField(_l("Last day"), required=False)
    times = IntegerField(_l("How many times"), min=2, max=MOST_TIMES, required=False)

    @property
    def recurs(self) -> bool:
        """Return whether the rule has more than one run."""
        return self.repeats.data not in (None, ONCE)

    @property
    def details(self) -> tuple[Any, ...]:
        """Return the fields that only a recurring run needs."""
        return self.every_weeks, self.days, self.nth, self.ends_on, self.times

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that they make a rule together."""
        super().validate(extra_validators)  # type: ignore[misc]
        self._validate_rule()
        return not self.errors

    def _validate_rule(self) -> None:
        if not self.recurs:
            for field in self.details:
                field.errors = []
            return
        first = self.starts_on.data
        if first is None:
            return
        if not self.ends_on.errors and self.ends_on.data is not None and self.ends_on.data < first:
            self.ends_on.errors = [_("This day is before the first one.")]
        if not self.times.errors and self.times.data is not None and self.ends_on.data is not None:
            self.times.errors = [_("Give a last day or a number of times, not both.")]
        if self.repeats.data == WEEKS and self.every_weeks.data is None and not self.every_weeks.errors:
            self.every_weeks.errors = [_("How many weeks from one to the next?")]
        if self.repeats.data == MONTHLY and self.nth.data and not self._nth_fits():
            self.nth.errors = [_("The first one, %(date)s, is another.", date=dates.long_date(first))]

    def rule(self) -> Rule:
        """Return the rule."""
        first = self.starts_on.data
        first_code = dates.CODES[first.weekday()]
        ends = {"until": self.ends_on.data, "count": self.times.data}
        if self.repeats.data == MONTHLY:
            return Rule(days=(first_code,), nth=int(self.nth.data or nth_in_month(first)), **ends)
        interval = self.every_weeks.data if self.repeats.data == WEEKS else 1
        days = tuple(day for day in dates.CODES if day in self.days.data) or (first_code,)
        return Rule(days=days, interval=interval, week_starts=dates.week()[0], **ends)

    def _nth_fits(self) -> bool:
        first = self.starts_on.data
        return Rule(days=(dates.CODES[first.weekday()],), nth=int(self.nth.data)).falls_on(first)


class RuleForm(RuleFields, OnceForm):
    """A new rule of a series from some day on."""

    starts_on = DateField(_l("From which day on"))
    repeats = SelectField(_l("Repeats"), list(FREQUENCY_WORDS.items())[1:], required=True)
    reason = TextAreaField(_l("Why"), max=300, required=False)

    @classmethod
    def of(cls, series: Series) -> RuleForm:
        """Return the form with the present rule, from the day of the next run on."""
        tomorrow = dates.today(series.timezone) + timedelta(days=1)
        first = series.recurrence.next_from(series.first_day, tomorrow) or tomorrow
        rule, left = series.recurrence, series.times_left(first)
        weekly = WEEKLY if rule.interval == 1 else WEEKS
        return cls(
            data={
                "starts_on": first,
                "repeats": MONTHLY if rule.nth else weekly,
                "every_weeks": rule.interval if weekly == WEEKS else None,
                "days": () if rule.nth else rule.days,
                "nth": str(rule.nth or ""),
                # `times` is at least 2: one last time is a last day.
                "ends_on": first if left == 1 else rule.until,
                "times": left if left and left > 1 else None,
            }
        )


class SkipForm(Form):
    """A day to be left out of a series."""

    skip_on = DateField(_l("Day"))


class RestoreForm(Form):
    """A skipped day to be restored."""

    day = DateField(_l("Day"))


class EndForm(Form):
    """The end of a series, with or without the runs that exist already."""

    runs = SelectField(
        _l("Upcoming runs"),
        [("keep", _l("They take place")), ("cancel", _l("They are cancelled"))],
        default="keep",
        required=False,
    )
    reason = TextAreaField(_l("Why"), max=300, required=False)
