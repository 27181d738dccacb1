"""Calendars (RFC 5545), written by icalendar.

The rules of time zones are built here: icalendar 7.3 writes the onset of summer time by the clock of after instead of
before, an hour late (§3.6.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # two megabytes, which a web process loads with its first calendar
    from icalendar import Alarm, Timezone, TimezoneDaylight, TimezoneStandard

PRODUCT: Final = "-//Hampa//Runs//EN"
END: Final = b"END:VCALENDAR\r\n"
_CONTROL_CHARACTERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_LEAST_DEGREES: Final = 0.0001
"""Smaller numbers Python writes with an exponent, which GEO does not allow."""

Span = tuple[ZoneInfo, int, int]
"""A zone other than UTC, and the first and the last year of its events."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an event says, from `starts_at` to `ends_at`, which are written by the clock of `zone`.

    `status` is CONFIRMED, TENTATIVE or CANCELLED. `geo` is degrees north and east. There is no ORGANIZER: programs would
    ask for an answer to it. `alarm` is how long before the start programs remind.
    """

    uid: str
    sequence: int
    status: str
    created_at: datetime
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    location: str
    description: str
    url: str
    geo: tuple[float, float] | None = None
    alarm: timedelta | None = None


@lru_cache(maxsize=1000)
def _written(entry: Entry) -> bytes:
    """Return an entry as an event; the stamp is the last change, as in a calendar that is no message (§3.8.7.2).

    Writing an event costs more than reading its run, and many feeds have the same ones.
    """
    from icalendar import Event

    made = Event()
    made.add("uid", entry.uid)
    made.add("dtstamp", entry.changed_at.astimezone(UTC))
    made.add("created", entry.created_at.astimezone(UTC))
    made.add("last-modified", entry.changed_at.astimezone(UTC))
    made.add("sequence", entry.sequence)
    made.add("status", entry.status)
    made.add("transp", "OPAQUE" if entry.status == "CONFIRMED" else "TRANSPARENT")
    made.add("dtstart", _local(entry.starts_at, entry.zone))
    made.add("dtend", _local(entry.ends_at, entry.zone))
    made.add("summary", _clean(entry.summary))
    made.add("location", _clean(entry.location))
    if entry.geo is not None:
        made.add("geo", tuple(round(degrees, 6) if abs(degrees) >= _LEAST_DEGREES else 0.0 for degrees in entry.geo))
    made.add("description", _clean(entry.description))
    made.add("url", entry.url)
    if entry.alarm is not None:
        made.add_component(_alarm(entry.alarm, _clean(entry.summary)))
    return bytes(made.to_ical(sorted=False))


def _alarm(before: timedelta, text: str) -> Alarm:
    """Return an alarm that shows a text so long before the start (§3.6.6)."""
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", -before)
    return alarm


def calendar(entries: Iterable[Entry], *, name: str | None = None, refresh: timedelta | None = None) -> bytes:
    """Return a calendar of entries, with the rules of their zones.

    It has no METHOD, which would make it a message (RFC 5546). `refresh` is how often subscribers should fetch it (RFC 7986 §5.7).
    """
    entries = list(entries)
    return b"".join(pieces(entries, _spans(entries), name=name, refresh=refresh))


def pieces(
    entries: Iterable[Entry], spans: Iterable[Span], *, name: str | None = None, refresh: timedelta | None = None
) -> Iterator[bytes]:
    """Yield a calendar of any number of entries in pieces; `spans` are the zones of all of them."""
    from icalendar import Calendar, vDuration

    head = Calendar()
    head.add("version", "2.0")
    head.add("prodid", PRODUCT)
    head.add("calscale", "GREGORIAN")
    if name:
        head.add("name", name)
        head.add("x-wr-calname", name)
    if refresh:
        head.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
        head.add("x-published-ttl", vDuration(refresh))
    for span in spans:
        head.add_component(_rules(*span))
    yield head.to_ical(sorted=False).removesuffix(END)
    for entry in entries:
        yield _written(entry)
    yield END


def _clean(text: str) -> str:
    return _CONTROL_CHARACTERS.sub("", text)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment by the clock of its zone, or in UTC when that clock shows the same time for the second time."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if zone.key == "UTC" or local.fold else local


def _spans(entries: list[Entry]) -> list[Span]:
    years: dict[ZoneInfo, list[int]] = {}
    for entry in entries:
        for when in (_local(entry.starts_at, entry.zone), _local(entry.ends_at, entry.zone)):
            if isinstance(when.tzinfo, ZoneInfo):
                years.setdefault(when.tzinfo, []).append(when.year)
    return [(zone, min(used), max(used)) for zone, used in sorted(years.items(), key=lambda item: item[0].key)]


@lru_cache(maxsize=500)
def _rules(zone: ZoneInfo, first: int, last: int) -> Timezone:
    """Return the rules of a zone from the year before `first` to the one after `last`, one for each change."""
    from icalendar import Timezone

    moment, end = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    rules = Timezone()
    rules.add("tzid", zone.key)
    before = moment.astimezone(zone).utcoffset() or timedelta()
    rules.add_component(_observance(moment, before, zone))
    while (change := _next_change(moment, end, zone)) is not None:
        rules.add_component(_observance(change, before, zone))
        moment, before = change, change.astimezone(zone).utcoffset() or timedelta()
    return rules


def _observance(onset: datetime, before: timedelta, zone: ZoneInfo) -> TimezoneStandard | TimezoneDaylight:
    """Return the rule of a zone from `onset` on; `before` is the offset until then, by which the onset is written."""
    from icalendar import TimezoneDaylight, TimezoneStandard

    local = onset.astimezone(zone)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("dtstart", (onset + before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", local.utcoffset() or timedelta())
    observance.add("tzname", local.tzname())
    return observance


def _next_change(after: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first change of a zone's offset after `after`, or None if that is not before `end`.

    Changes are more than a week apart and at a full minute.
    """
    offset = after.astimezone(zone).utcoffset()
    low, high = after, after
    while high.astimezone(zone).utcoffset() == offset:
        low, high = high, high + timedelta(days=7)
        if low >= end:
            return None
    while high - low > timedelta(minutes=1):
        middle = (low + (high - low) // 2).replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
