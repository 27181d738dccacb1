"""Runs as calendar entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from hampa.calendars.queries.feed import FeedRun
from hampa.platform import clock, dates, i18n, ical
from hampa.platform.i18n import gettext as _
from hampa.platform.markdown import to_plain
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED
from hampa.runs.models.run import Run

UNDECIDED = (INTERESTED, REQUESTED, WAITLISTED, OFFERED)
LOOK_AGAIN = "PT1H"


def calendar_of(run: Run, organiser: str, url: str) -> bytes:
    """A calendar of the one run, to be taken over. `url` is the run's page, `organiser` a name, or ""."""
    entry = entry_of(run, organiser, run.updated_at, url)
    return ical.calendar([entry], method="PUBLISH", made_at=clock.now())


def feed_of(runs: Iterable[FeedRun], address: Callable[[FeedRun], str]) -> bytes:
    """A calendar of somebody's own runs, to be subscribed to; runs they have not promised to come to are tentative."""
    return ical.calendar(_entries(runs, address), name=_("My runs · Hampa"), refresh=LOOK_AGAIN)


def pieces_of(
    runs: Iterable[FeedRun], zones: Iterable[tuple[str, int, int]], address: Callable[[FeedRun], str]
) -> Iterator[bytes]:
    """A calendar of any number of somebody's own runs, bit by bit; `zones` as `queries.feed.zones_of` names them."""
    found = ((i18n.find_zone(name), first, last) for name, first, last in zones)
    spans = [(zone, first, last) for zone, first, last in found if zone is not None and zone.key != "UTC"]
    return ical.pieces(_entries(runs, address), spans, name=_("My runs · Hampa"))


def _entries(runs: Iterable[FeedRun], address: Callable[[FeedRun], str]) -> Iterator[ical.Entry]:
    said = {status: _state_in_words(status) for status in (None, GOING, *UNDECIDED)}
    return (
        entry_of(run, run.organiser, run.changed_at, address(run), run.status, said.get(run.status, "")) for run in runs
    )


def entry_of(
    run: Any, organiser: str, changed_at: Any, url: str, status: str | None = None, state: str = ""
) -> ical.Entry:
    """The entry of a run (or a row of it). Its UID never changes and its SEQUENCE grows with each edit, so that
    programs replace what they had; the clock of the place is kept.
    """
    zone = i18n.find_zone(run.timezone) or i18n.UTC
    off = _("Cancelled") + (f": {run.cancel_reason}" if run.cancel_reason else "") if run.cancelled_at else ""
    known = "CANCELLED" if off else "TENTATIVE" if status in UNDECIDED else "CONFIRMED"
    early = timedelta(minutes=run.meet_minutes_before)
    meet = _("Be there at %(time)s.", time=dates.clock(run.starts_at - early, zone)) if early else ""
    pinned = run.latitude is not None and run.longitude is not None
    return ical.Entry(
        uid=f"{run.id}@hampa",
        sequence=run.sequence,
        status=known,
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
    )


def _state_in_words(status: str | None) -> str:
    """How I stand to a run, as its entry says it first."""
    return {
        None: _("You organise this run."),
        GOING: _("You're in."),
        WAITLISTED: _("You're on the waitlist."),
        OFFERED: _("A place is offered to you: take it or pass it on."),
        REQUESTED: _("You asked to join."),
        INTERESTED: _("You're interested."),
    }[status]
