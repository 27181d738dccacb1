"""A run as a calendar entry (RFC 5545)."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event, vGeo

from hampa.platform import clock
from hampa.runs.models.run import Run

ZONE_RULES = timedelta(days=366)
"""How long before and after the run the rules of its zone are given: programs want the change before it."""


def calendar_of(run: Run, url: str) -> bytes:
    """A calendar of the one run. Its UID never changes and its SEQUENCE grows with each edit, so
    that programs replace what they had; the wall clock of the place is kept, with the rules of its
    zone. `url` is the run's page.
    """
    event = Event()
    event.add("uid", f"{run.id}@hampa")
    event.add("sequence", run.sequence)
    event.add("dtstamp", clock.now())
    event.add("created", run.created_at)
    event.add("last-modified", run.updated_at)
    event.add("status", "CANCELLED" if run.cancelled_at else "CONFIRMED")
    event.add("summary", run.title)
    event.add("dtstart", run.starts_local.replace(tzinfo=run.zone))
    event.add("dtend", run.ends_at.astimezone(run.zone))
    event.add("location", run.place)
    if run.latitude is not None and run.longitude is not None:
        event.add("geo", vGeo((run.latitude, run.longitude)))
    event.add("description", f"{run.description}\n\n{url}".strip())
    event.add("url", url)
    calendar = Calendar()
    calendar.add("prodid", "-//Hampa//Runs//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    day = run.starts_local.date()
    calendar.add_missing_timezones(first_date=day - ZONE_RULES, last_date=day + ZONE_RULES)
    return calendar.to_ical()
