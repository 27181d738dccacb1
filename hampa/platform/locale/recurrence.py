"""What happens again and again: RFC 5545 rules over days, and the moments that they mean.

Expand first, localise after: a rule gives days, a wall clock and a zone make moments of them. So the clock time stays
where it is when the clocks change.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from dateutil import rrule

from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _, lazy_pgettext, ngettext

LAST: Final = -1
NTH: Final = {
    1: lazy_pgettext("nth", "first"),
    2: lazy_pgettext("nth", "second"),
    3: lazy_pgettext("nth", "third"),
    4: lazy_pgettext("nth", "fourth"),
    LAST: lazy_pgettext("nth", "last"),
}
SPAN: Final = dt.timedelta(days=3660)
"""Nobody looks farther ahead than this at once."""

_CODES: Final = {code: code[:2].upper() for code in dates.CODES}
_NAMES: Final = {short: code for code, short in _CODES.items()}
_DAY = re.compile(r"(-1|[1-4])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A recurrence rule (RFC 5545 §3.3.10), as much of it as people run by.

    Without `nth` it is weekly, on `days` (`mon` … `sun`) of every `interval`th week; with it monthly, on the nth of the
    one day in `days`, or the last (-1). It ends with the day `until`, after `count` times, or never. `week_starts`
    parts one week from the next where only every other counts. Months are those of the Gregorian calendar.
    """

    days: tuple[str, ...]
    nth: int | None = None
    interval: int = 1
    until: dt.date | None = None
    count: int | None = None
    week_starts: str = "mon"

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(_CODES) or self.week_starts not in _CODES:
            raise ValueError(f"these are no days: {self.days}, {self.week_starts}")
        if self.nth is not None and (self.nth not in NTH or len(self.days) != 1):
            raise ValueError("a monthly rule has one day, the first to the fourth or the last")
        if self.interval < 1 or (self.count is not None and self.count < 1) or (self.count and self.until):
            raise ValueError("a rule has one end at most, and comes round forwards")

    @classmethod
    def parse(cls, text: str, zone: str) -> Rule:
        """The rule that `text` wrote for a series in `zone`. Raises ValueError for any other."""
        parts = dict(part.split("=", 1) for part in text.split(";"))
        listed = [_DAY.fullmatch(day) for day in parts["BYDAY"].split(",")]
        found = [day for day in listed if day]
        nths = {day[1] for day in found}
        if len(found) != len(listed) or len(nths) != 1 or (parts["FREQ"] == "MONTHLY") != (None not in nths):
            raise ValueError(f"not a rule of ours: {text}")
        until = parts.get("UNTIL")
        return cls(
            days=tuple(_NAMES[day[2]] for day in found),
            nth=int(found[0][1]) if found[0][1] else None,
            interval=int(parts.get("INTERVAL", 1)),
            until=_moment(until).astimezone(ZoneInfo(zone)).date() if until else None,
            count=int(parts["COUNT"]) if "COUNT" in parts else None,
            week_starts=_NAMES[parts.get("WKST", "MO")],
        )

    def text(self, zone: str) -> str:
        """As RFC 5545 writes it. A last day is written as its last second, in UTC, as it has to be for local times."""
        days = ",".join(f"{self.nth or ''}{_CODES[day]}" for day in self.days)
        parts = [f"FREQ={'MONTHLY' if self.nth else 'WEEKLY'}", f"INTERVAL={self.interval}", f"BYDAY={days}"]
        if self.until is not None:
            last = localise(dt.datetime.combine(self.until, dt.time(23, 59, 59)), zone)
            parts.append(f"UNTIL={last:%Y%m%dT%H%M%SZ}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join([*parts, f"WKST={_CODES[self.week_starts]}"])

    def between(self, first: dt.date, since: dt.date, last: dt.date) -> list[dt.date]:
        """The days from `since` to `last`, both included, of a rule that counts from `first`; ten years at most."""
        last = min(last, since + min(SPAN, dt.date.max - since))
        return [at.date() for at in self._from(first).between(_midnight(since), _midnight(last), inc=True)]

    def next_from(self, first: dt.date, since: dt.date) -> dt.date | None:
        """The first day on or after `since`, unless the rule has ended by then."""
        found = self._from(first).after(_midnight(since), inc=True)
        return found.date() if found else None

    def falls_on(self, day: dt.date) -> bool:
        """Whether the rule can begin with this day."""
        return self.next_from(day, day) == day

    def _from(self, first: dt.date) -> rrule.rrule:
        weekdays = [rrule.weekday(dates.CODES.index(day), self.nth) for day in self.days]
        return rrule.rrule(
            rrule.MONTHLY if self.nth else rrule.WEEKLY,
            dtstart=_midnight(first),
            interval=self.interval,
            byweekday=weekdays,
            wkst=dates.CODES.index(self.week_starts),
            count=self.count,
            until=_midnight(self.until) if self.until else None,
        )


def nth_in_month(day: dt.date) -> int:
    """Which of its weekday a day is in its month: the fifth is always the last (-1)."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth in NTH else LAST


def localise(wall: dt.datetime, zone: str) -> dt.datetime:
    """The moment (in UTC) that a wall clock in `zone` means, by RFC 5545 §3.3.5.

    Of a time that comes twice, when clocks go back, the first; a time that is skipped when they go forward is read
    with the offset from before, so that 2:30 shows as 3:30.
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC)


def words(rule: Rule, at: dt.time) -> str:
    """“Every Tuesday and Thursday at 6:00, until 30 June”, in the viewer's language and calendar."""
    said = _how_often(rule, dates.clock(at))
    if rule.until is not None:
        return _("%(rule)s, until %(date)s", rule=said, date=dates.date(rule.until))
    if rule.count is not None:
        return ngettext("%(rule)s, %(num)d time", "%(rule)s, %(num)d times", rule.count, rule=said)
    return said


def _how_often(rule: Rule, time: str) -> str:
    if rule.nth is not None:
        said = {"nth": str(NTH[rule.nth]), "day": dates.weekday_name(rule.days[0]), "time": time}
        if rule.interval > 1:
            return ngettext(
                "Every %(num)d month on the %(nth)s %(day)s at %(time)s",
                "Every %(num)d months on the %(nth)s %(day)s at %(time)s",
                rule.interval,
                **said,
            )
        if i18n.calendar() == "solar":
            return _("Every Gregorian month on the %(nth)s %(day)s at %(time)s", **said)
        return _("Every month on the %(nth)s %(day)s at %(time)s", **said)
    days = _listed([dates.weekday_name(code) for code in dates.week() if code in rule.days])
    if rule.interval > 1:
        return ngettext(
            "Every %(num)d week on %(days)s at %(time)s",
            "Every %(num)d weeks on %(days)s at %(time)s",
            rule.interval,
            days=days,
            time=time,
        )
    if len(rule.days) == len(_CODES):
        return _("Every day at %(time)s", time=time)
    return _("Every %(days)s at %(time)s", days=days, time=time)


def _listed(names: list[str]) -> str:
    *before, last = names
    return _("%(first)s and %(last)s", first=_(", ").join(before), last=last) if before else last


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
