"""Recurrence rules (RFC 5545) over days.

A rule gives days; a wall clock and a zone turn them into moments. So the clock time stays when the clocks change.
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
"""The longest span that `Rule.between` expands."""
LONGEST_INTERVAL: Final = 104
"""The most weeks or months from one turn of a rule to the next: to look for the next one costs more, the longer it is."""

FIRST_YEAR, LAST_YEAR = 1900, 2200

_CODES: Final = {code: code[:2].upper() for code in dates.CODES}
_NAMES: Final = {short: code for code, short in _CODES.items()}
_PARTS = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
_DAY = re.compile(r"(-1|[1-4])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A recurrence rule (RFC 5545 §3.3.10), weekly or monthly.

    Without `nth` it is weekly, on `days` (`mon` … `sun`) of every `interval`th week that begins with `week_starts`; with
    it monthly (Gregorian), on the nth of the one day in `days`, or the last (-1). It ends with the day `until`, after
    `count` times, or never.
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
        if self.interval > LONGEST_INTERVAL:
            raise ValueError(f"a rule comes round every {LONGEST_INTERVAL} weeks or months at least")

    @classmethod
    def parse(cls, text: str, zone: str) -> Rule:
        """Read a rule that `text` wrote in `zone`. Raise ValueError for any other."""
        parts = dict(part.split("=", 1) for part in text.split(";"))
        if parts["FREQ"] not in ("WEEKLY", "MONTHLY") or not parts.keys() <= _PARTS:
            raise ValueError(f"not a rule of ours: {text}")
        listed = parts["BYDAY"].split(",")
        days = [match for match in map(_DAY.fullmatch, listed) if match]
        nths = {day[1] for day in days}
        if len(days) != len(listed) or len(nths) != 1 or (parts["FREQ"] == "MONTHLY") != (None not in nths):
            raise ValueError(f"not a rule of ours: {text}")
        until = parts.get("UNTIL")
        last = dt.datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC) if until else None
        if last is not None and not FIRST_YEAR <= last.year <= LAST_YEAR:
            raise ValueError(f"a rule ends between the years {FIRST_YEAR} and {LAST_YEAR}")
        return cls(
            days=tuple(_NAMES[day[2]] for day in days),
            nth=int(days[0][1]) if days[0][1] else None,
            interval=int(parts.get("INTERVAL", 1)),
            until=last.astimezone(ZoneInfo(zone)).date() if last else None,
            count=int(parts["COUNT"]) if "COUNT" in parts else None,
            week_starts=_NAMES[parts.get("WKST", "MO")],
        )

    def text(self, zone: str) -> str:
        """Return the rule as RFC 5545 writes it; a last day becomes its last second in `zone`, in UTC."""
        days = ",".join(f"{self.nth or ''}{_CODES[day]}" for day in self.days)
        parts = [f"FREQ={'MONTHLY' if self.nth else 'WEEKLY'}", f"INTERVAL={self.interval}", f"BYDAY={days}"]
        if self.until is not None:
            last = localise(dt.datetime.combine(self.until, dt.time(23, 59, 59)), zone)
            parts.append(f"UNTIL={last:%Y%m%dT%H%M%SZ}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join([*parts, f"WKST={_CODES[self.week_starts]}"])

    def between(self, first: dt.date, since: dt.date, last: dt.date) -> list[dt.date]:
        """Return the days from `since` to `last` inclusive of a rule that counts from `first`, ten years at most."""
        last = min(last, since + min(SPAN, dt.date.max - since))
        return [at.date() for at in self._from(first).between(_midnight(since), _midnight(last), inc=True)]

    def next_from(self, first: dt.date, since: dt.date) -> dt.date | None:
        """Return the first day on or after `since`, or None if the rule has ended by then."""
        at = self._from(first).after(_midnight(since), inc=True)
        return at.date() if at else None

    def falls_on(self, day: dt.date) -> bool:
        """Return whether the rule can begin with this day."""
        return self.next_from(day, day) == day

    def _from(self, first: dt.date) -> rrule.rrule:
        return rrule.rrule(
            rrule.MONTHLY if self.nth else rrule.WEEKLY,
            dtstart=_midnight(first),
            interval=self.interval,
            byweekday=[rrule.weekday(dates.CODES.index(day), self.nth) for day in self.days],
            wkst=dates.CODES.index(self.week_starts),
            count=self.count,
            until=_midnight(self.until) if self.until else None,
        )


def nth_in_month(day: dt.date) -> int:
    """Return the position of a day among the same weekdays of its month; the fifth is the last (-1)."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth in NTH else LAST


def localise(wall: dt.datetime, zone: str) -> dt.datetime:
    """Return the moment (in UTC) of a wall clock in `zone`, by RFC 5545 §3.3.5.

    It is the first one of a time that comes twice; a skipped time is read with the offset from before, so that 2:30
    becomes 3:30.
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC)


def describe_rule(rule: Rule, at: dt.time) -> str:
    """Describe a rule: “Every Tuesday and Thursday at 6:00, until 30 June”."""
    text = _frequency(rule, dates.clock(at))
    if rule.until is not None:
        return _("%(rule)s, until %(date)s", rule=text, date=dates.date(rule.until))
    if rule.count is not None:
        return ngettext("%(rule)s, %(num)d time", "%(rule)s, %(num)d times", rule.count, rule=text)
    return text


def _frequency(rule: Rule, time: str) -> str:
    if rule.nth is not None:
        words = {"nth": str(NTH[rule.nth]), "day": dates.weekday_name(rule.days[0]), "time": time}
        if rule.interval > 1:
            return ngettext(
                "Every %(num)d month on the %(nth)s %(day)s at %(time)s",
                "Every %(num)d months on the %(nth)s %(day)s at %(time)s",
                rule.interval,
                **words,
            )
        if i18n.calendar() == "solar":
            return _("Every Gregorian month on the %(nth)s %(day)s at %(time)s", **words)
        return _("Every month on the %(nth)s %(day)s at %(time)s", **words)
    *before, days = [dates.weekday_name(code) for code in dates.week() if code in rule.days]
    if before:
        days = _("%(first)s and %(last)s", first=_(", ").join(before), last=days)
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


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min)
