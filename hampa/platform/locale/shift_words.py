"""Rules of shifts in words: “Every Saturday and Sunday at 0:00 and 2:00, from November to April”."""

import datetime as dt
from collections.abc import Sequence

from hampa.platform.locale import dates
from hampa.platform.locale.dates import GREGORIAN_MONTHS
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.locale.recurrence import Rule, describe_rule
from hampa.platform.locale.shift_rules import CronFields, ShiftRule, read_cron

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ALL_DAYS, _ALL_WEEKDAYS, _ALL_MONTHS = tuple(range(1, 32)), tuple(range(7)), tuple(range(1, 13))


def describe_shifts(rule: ShiftRule) -> str:
    """Describe when the shifts of a rule begin. Raise ValueError for one that can't be read."""
    if not rule.is_cron:
        return describe_rule(Rule.parse(rule.text, rule.zone), rule.at or dt.time.min)
    fields = read_cron(rule.text)
    clocks = [dates.clock(dt.time(hour, minute)) for hour in fields.hours for minute in fields.minutes]
    text = _("%(days)s at %(times)s", days=_days(fields), times=_listed(clocks))
    months = _months(fields.months)
    return _("%(rule)s, in %(months)s", rule=text, months=months) if months else text


def _days(fields: CronFields) -> str:
    weekdays = _listed([dates.weekday_name(code) for code in dates.week() if _WEEKDAYS.index(code) in fields.weekdays])
    days = _listed([number(day) for day in fields.days])
    if fields.weekdays == _ALL_WEEKDAYS and (fields.both or fields.days == _ALL_DAYS):
        return _("Every day") if fields.days == _ALL_DAYS else _("On day %(days)s of the month", days=days)
    if fields.days == _ALL_DAYS and fields.both:
        return _("Every %(weekdays)s", weekdays=weekdays)
    if fields.both:
        return _("Every %(weekdays)s that is day %(days)s of the month", weekdays=weekdays, days=days)
    return _("Every %(weekdays)s, and on day %(days)s of the month", weekdays=weekdays, days=days)


def _months(months: Sequence[int]) -> str:
    """Return runs of months, round the end of the year too: “November to April”; "" for all."""
    if tuple(months) == _ALL_MONTHS:
        return ""
    runs: list[list[int]] = []
    for month in months:
        if runs and runs[-1][-1] == month - 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    if len(runs) > 1 and runs[0][0] == 1 and runs[-1][-1] == 12:
        runs = [*runs[1:-1], runs[-1] + runs[0]]
    names = []
    for run in runs:
        first, last = str(GREGORIAN_MONTHS[run[0] - 1]), str(GREGORIAN_MONTHS[run[-1] - 1])
        names.append(_("%(first)s to %(last)s", first=first, last=last) if len(run) > 1 else first)
    return _listed(names)


def _listed(names: Sequence[str]) -> str:
    *before, last = names
    return _("%(first)s and %(last)s", first=_(", ").join(before), last=last) if before else last
