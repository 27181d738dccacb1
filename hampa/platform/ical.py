"""Calendars (RFC 5545), written by icalendar.

The rules of time zones are built here: icalendar 7.3 writes the onset of summer time by the clock of after instead of
before, an hour late (§3.6.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDuration, vUri

PRODUCT: Final = "-//Hampa//Runs//EN"
END: Final = b"END:VCALENDAR\r\n"
_UNSAYABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_NEXT_TO_NOTHING: Final = 0.0001
"""Degrees that Python would write with an exponent, which GEO has not."""

Span = tuple[ZoneInfo, int, int]
"""A zone other than UTC, and the first and the last year in which something is in it."""


def event(
    *,
    uid: str,
    sequence: int,
    status: str,
    created_at: datetime,
    changed_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    summary: str,
    location: str,
    description: str,
    url: str,
    organiser: str,
    geo: tuple[float, float] | None = None,
    stamp: datetime | None = None,
) -> Event:
    """Return an event. `starts_at` and `ends_at` are moments, shown by the clock of `zone`.

    `status` is CONFIRMED, TENTATIVE or CANCELLED; `changed_at` when anything of it changed last, which is its stamp in
    a calendar that is no message (§3.8.7.2). The organiser is a name beside the event's own address, nobody's mailbox.
    `geo` is degrees north and east.
    """
    made = Event()
    made.add("uid", uid)
    made.add("dtstamp", (stamp or changed_at).astimezone(UTC))
    made.add("created", created_at.astimezone(UTC))
    made.add("last-modified", changed_at.astimezone(UTC))
    made.add("sequence", sequence)
    made.add("status", status)
    made.add("transp", "OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")
    made.add("dtstart", _wall(starts_at, zone))
    made.add("dtend", _wall(ends_at, zone))
    made.add("summary", _sayable(summary))
    made.add("location", _sayable(location))
    if geo is not None:
        made.add("geo", tuple(round(degrees, 6) if abs(degrees) >= _NEXT_TO_NOTHING else 0.0 for degrees in geo))
    made.add("description", _sayable(description))
    if organiser:
        made.add("organizer", vUri(url), parameters={"CN": _sayable(organiser)})
    made.add("url", url)
    return made


def calendar(
    events: Iterable[Event], *, method: str | None = None, name: str | None = None, refresh: timedelta | None = None
) -> bytes:
    """Return a calendar of these events, with the rules of the zones they are in.

    `method` makes a message of it (RFC 5546). `refresh` is how often subscribers should look again (RFC 7986 §5.7).
    """
    listed = list(events)
    return b"".join(pieces(listed, _spans(listed), method=method, name=name, refresh=refresh))


def pieces(
    events: Iterable[Event],
    spans: Iterable[Span],
    *,
    method: str | None = None,
    name: str | None = None,
    refresh: timedelta | None = None,
) -> Iterator[bytes]:
    """Yield a calendar of any number of events, bit by bit; `spans` says before which zones they are in."""
    head = Calendar()
    head.add("version", "2.0")
    head.add("prodid", PRODUCT)
    head.add("calscale", "GREGORIAN")
    if method:
        head.add("method", method)
    if name:
        head.add("name", name)
        head.add("x-wr-calname", name)
    if refresh:
        head.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
        head.add("x-published-ttl", vDuration(refresh))
    for span in spans:
        head.add_component(_rules(*span))
    yield head.to_ical(sorted=False).removesuffix(END)
    for one in events:
        yield one.to_ical(sorted=False)
    yield END


def _sayable(text: str) -> str:
    return _UNSAYABLE.sub("", text)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment by the clock of its zone; in UTC where that clock shows the same time for the second time."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if zone.key == "UTC" or local.fold else local


def _spans(events: list[Event]) -> list[Span]:
    """Return each zone that is used, with the first and the last year in which it is."""
    years: dict[ZoneInfo, list[int]] = {}
    for one in events:
        for when in (one.start, one.end):
            if isinstance(when, datetime) and isinstance(when.tzinfo, ZoneInfo):
                years.setdefault(when.tzinfo, []).append(when.year)
    return [(zone, min(found), max(found)) for zone, found in sorted(years.items(), key=lambda item: item[0].key)]


@lru_cache(maxsize=500)
def _rules(zone: ZoneInfo, first: int, last: int) -> Timezone:
    """Return the rules of a zone from the year before `first` to the one after `last`, each change by itself."""
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
    """Return what the clocks of a zone show from `onset` on; its start is told by the clock of before."""
    local = onset.astimezone(zone)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("dtstart", (onset + before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", local.utcoffset() or timedelta())
    observance.add("tzname", local.tzname())
    return observance


def _next_change(after: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment after `after` at which the zone's clocks are set, or None if that is not before `end`.

    Clocks are set more than a week apart and at a full minute.
    """
    here = after.astimezone(zone).utcoffset()
    low, high = after, after
    while high.astimezone(zone).utcoffset() == here:
        low, high = high, high + timedelta(days=7)
        if low >= end:
            return None
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == here:
            low = middle
        else:
            high = middle
    return high
