"""Runs as calendar events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from icalendar import Event

from hampa.calendars.queries import feed as queries
from hampa.calendars.queries.feed import FeedRun
from hampa.people.models.person import Person
from hampa.platform import clock, ical
from hampa.platform.caches import TTLCache
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.markdown import to_plain
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED
from hampa.runs.models.run import Run

UNDECIDED = (INTERESTED, REQUESTED, WAITLISTED, OFFERED)
LOOK_AGAIN = timedelta(hours=1)
DAY = 86_400.0
MOST_FEEDS, MOST_BYTES = 1_000, 8_000_000

_feeds: TTLCache[Any, bytes] = TTLCache(MOST_FEEDS, MOST_BYTES, seconds=DAY)


def calendar_of(run: Run, organiser: str, url: str) -> bytes:
    """Return a calendar of the one run, to be taken over. `url` is the run's page, `organiser` a name, or ""."""
    event = event_of(run, organiser, run.updated_at, url, stamp=clock.now())
    return ical.calendar([event], method="PUBLISH")


def feed_of(person: Person, address: Callable[[FeedRun], str]) -> bytes:
    """Return a calendar of a person's own runs, to be subscribed to; runs they have not promised to come to are tentative.

    Programs ask for it all day long, so its bytes are kept by the version of the runs in it.
    """
    key = (person.id, queries.version_of_feed(person), i18n.locale_context())
    feed: bytes | None = _feeds.get(key)
    if feed is None:
        events = _events(queries.runs_in_feed(person), address)
        feed = _feeds[key] = ical.calendar(events, name=_("My runs · Hampa"), refresh=LOOK_AGAIN)
    return feed


def pieces_of(
    runs: Iterable[FeedRun], zones: Iterable[tuple[str, int, int]], address: Callable[[FeedRun], str]
) -> Iterator[bytes]:
    """Yield a calendar of any number of a person's own runs, bit by bit; `zones` as `queries.feed.zones_of` returns them."""
    named = ((i18n.find_zone(name), first, last) for name, first, last in zones)
    spans = [(zone, first, last) for zone, first, last in named if zone is not None and zone.key != "UTC"]
    return ical.pieces(_events(runs, address), spans, name=_("My runs · Hampa"))


def _events(runs: Iterable[FeedRun], address: Callable[[FeedRun], str]) -> Iterator[Event]:
    words = {status: _state_in_words(status) for status in (None, GOING, *UNDECIDED)}
    return (
        event_of(run, run.organiser, run.changed_at, address(run), run.status, words.get(run.status, ""))
        for run in runs
    )


def event_of(
    run: Any,
    organiser: str,
    changed_at: datetime,
    url: str,
    status: str | None = None,
    state: str = "",
    stamp: datetime | None = None,
) -> Event:
    """Return the event of a run (or a row of it). Its UID never changes and its SEQUENCE grows with each edit, so that
    programs replace what they had; the clock of the place is kept.
    """
    zone = i18n.find_zone(run.timezone) or i18n.UTC
    off = _("Cancelled") + (f": {run.cancel_reason}" if run.cancel_reason else "") if run.cancelled_at else ""
    early = timedelta(minutes=run.meet_minutes_before)
    meet = _("Be there at %(time)s.", time=dates.clock(run.starts_at - early, zone)) if early else ""
    pinned = run.latitude is not None and run.longitude is not None
    return ical.event(
        uid=f"{run.id}@hampa",
        sequence=run.sequence,
        status="CANCELLED" if off else "TENTATIVE" if status in UNDECIDED else "CONFIRMED",
        created_at=run.created_at,
        changed_at=changed_at,
        starts_at=run.starts_at,
        ends_at=run.starts_at + timedelta(minutes=run.duration_min),
        zone=zone,
        summary=run.title,
        location=run.place,
        description="\n\n".join(
            part for part in (off or state, meet, run.directions, to_plain(run.description), url) if part
        ),
        url=url,
        organiser=organiser,
        geo=(run.latitude, run.longitude) if pinned else None,
        stamp=stamp,
    )


def _state_in_words(status: str | None) -> str:
    """Return the person's state in a run, which its event says first."""
    return {
        None: _("You organise this run."),
        GOING: _("You're in."),
        WAITLISTED: _("You're on the waitlist."),
        OFFERED: _("A place is offered to you: take it or pass it on."),
        REQUESTED: _("You asked to join."),
        INTERESTED: _("You're interested."),
    }[status]
