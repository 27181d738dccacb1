"""Calendars as programs read them (RFC 5545), written line by line.

The library that reads them in our tests takes twelve times as long to write one of 500 entries, and its zones
change an hour late when clocks go forward: their onset is told by the clock of before (§3.6.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

PRODUCT: Final = "-//Hampa//Runs//EN"
LONGEST_LINE: Final = 75
"""Octets of a line (§3.1); longer ones are folded."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
_UNSAYABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


Span = tuple[ZoneInfo, int, int]
"""A zone other than UTC, and the first and the last year in which something is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event. `starts_at` and `ends_at` are moments, told by the clock of `zone`.

    `status` is CONFIRMED, TENTATIVE or CANCELLED; `changed_at` when anything of it changed last. The
    organiser is a name and an address that is nobody's mailbox. `geo` is degrees north and east.
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
    organiser: str
    geo: tuple[float, float] | None = None


def calendar(
    entries: Iterable[Entry],
    *,
    method: str | None = None,
    made_at: datetime | None = None,
    name: str | None = None,
    refresh: str | None = None,
) -> bytes:
    """A calendar of these entries, with the rules of the zones they are in.

    `method` makes a message of it (RFC 5546), which says when it was made (`made_at`); without one an entry's
    stamp is its last change (§3.8.7.2), so that the same entries are the same bytes. `refresh` is how often
    who subscribes should look again, such as PT1H (RFC 7986 §5.7).
    """
    listed = list(entries)
    return b"".join(pieces(listed, _spans(listed), method=method, made_at=made_at, name=name, refresh=refresh))


def pieces(
    entries: Iterable[Entry],
    spans: Iterable[Span],
    *,
    method: str | None = None,
    made_at: datetime | None = None,
    name: str | None = None,
    refresh: str | None = None,
) -> Iterator[bytes]:
    """As `calendar`, bit by bit, for any number of entries: `spans` says before which zones they are in."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    if method:
        lines.append(f"METHOD:{method}")
    if name:
        lines += [f"NAME:{text(name)}", f"X-WR-CALNAME:{text(name)}"]
    if refresh:
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}", f"X-PUBLISHED-TTL:{refresh}"]
    for zone, first, last in spans:
        lines += _zone_lines(zone, first, last)
    yield _written(lines)
    for entry in entries:
        yield _written(_entry_lines(entry, made_at or entry.changed_at))
    yield _written(["END:VCALENDAR"])


def text(value: str) -> str:
    """A text as a value (§3.3.11)."""
    return _UNSAYABLE.sub("", value.translate(_ESCAPES))


def quoted(value: str) -> str:
    """A text as a parameter, in quotes, with what those can't hold written as RFC 6868 says."""
    safe = value.replace("^", "^^").replace("\r", "").replace("\n", "^n").replace('"', "^'")
    return f'"{_UNSAYABLE.sub("", safe)}"'


def folded(line: str) -> str:
    """The line in pieces of at most 75 octets, none of which cuts a letter in two."""
    if len(line) * 4 <= LONGEST_LINE or (line.isascii() and len(line) <= LONGEST_LINE):
        return line
    pieces, rest, room = [], line.encode(), LONGEST_LINE
    while len(rest) > room:
        cut = room
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(rest[:cut].decode())
        rest, room = rest[cut:], LONGEST_LINE - 1
    return "\r\n ".join([*pieces, rest.decode()])


def _written(lines: Iterable[str]) -> bytes:
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def _entry_lines(entry: Entry, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{_utc(stamp)}"
    yield f"CREATED:{_utc(entry.created_at)}"
    yield f"LAST-MODIFIED:{_utc(entry.changed_at)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"STATUS:{entry.status}"
    yield f"TRANSP:{'OPAQUE' if entry.status == 'CONFIRMED' else 'TRANSPARENT'}"
    yield f"DTSTART{_wall(entry.starts_at, entry.zone)}"
    yield f"DTEND{_wall(entry.ends_at, entry.zone)}"
    yield f"SUMMARY:{text(entry.summary)}"
    yield f"LOCATION:{text(entry.location)}"
    if entry.geo is not None:
        yield f"GEO:{entry.geo[0]:.6f};{entry.geo[1]:.6f}"
    yield f"DESCRIPTION:{text(entry.description)}"
    if entry.organiser:
        yield f"ORGANIZER;CN={quoted(entry.organiser)}:{entry.url}"
    yield f"URL:{entry.url}"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    """The moment by the clock of its zone; in UTC where that clock shows the same time for the second time."""
    there = moment.astimezone(zone)
    if zone.key == "UTC" or there.fold:
        return f":{_utc(moment)}"
    return f";TZID={zone.key}:{there:%Y%m%dT%H%M%S}"


def _spans(entries: list[Entry]) -> list[Span]:
    """Each zone that is used, with the first and the last year in which it is."""
    years: dict[ZoneInfo, tuple[int, int]] = {}
    for entry in entries:
        if entry.zone.key != "UTC":
            first, last = years.get(entry.zone, (entry.starts_at.year, entry.ends_at.year))
            years[entry.zone] = min(first, entry.starts_at.year), max(last, entry.ends_at.year)
    return [(zone, *span) for zone, span in sorted(years.items(), key=lambda item: item[0].key)]


@lru_cache(maxsize=500)
def _zone_lines(zone: ZoneInfo, first: int, last: int) -> tuple[str, ...]:
    """The rules of a zone from the year before `first` to the one after `last`, each change by itself."""
    moment, end = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone.key}"]
    before = moment.astimezone(zone).utcoffset() or timedelta()
    lines += _observance(moment, before, zone)
    while (change := _next_change(moment, end, zone)) is not None:
        lines += _observance(change, before, zone)
        moment, before = change, change.astimezone(zone).utcoffset() or timedelta()
    return (*lines, "END:VTIMEZONE")


def _observance(onset: datetime, before: timedelta, zone: ZoneInfo) -> list[str]:
    """What the clocks of a zone show from `onset` on; its start is told by the clock of before."""
    there = onset.astimezone(zone)
    kind = "DAYLIGHT" if there.dst() else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{(onset + before):%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(there.utcoffset() or timedelta())}",
        f"TZNAME:{there.tzname()}",
        f"END:{kind}",
    ]


def _next_change(after: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `after` at which the zone's clocks are set, if that is before `end`.

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


def _offset(offset: timedelta) -> str:
    minutes = round(offset / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
