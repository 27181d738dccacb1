"""Calendar feeds: their readers, their runs, and runs as calendar events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, Text, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from hampa.calendars.models import CalendarFeed
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.platform import clock, ical
from hampa.platform.caches import TTLCache
from hampa.platform.db import db, scalar_or_404
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.texts.markdown import to_plain
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by

TENTATIVE = (INTERESTED, REQUESTED, WAITLISTED, OFFERED)
REFRESH = timedelta(hours=1)
FEED_SPAN = timedelta(days=90)
MOST = 1_000
"""Runs in a feed; further ones move up as those before them grow old."""
EXPORT_BATCH = 200

Address = Callable[[Row[Any]], str]
"""Returns the URL of the page of a run."""

_feeds: TTLCache[Any, bytes] = TTLCache(1_000, 8_000_000, seconds=86_400.0)
_participation = aliased(Participation, name="mine")


def hash_feed_token(token: str) -> str:
    """Return the hash under which the token of a feed is stored."""
    return keyed_hash("calendar feed", token)


def person_by_feed_token(token: str) -> Person:
    """Return the person whose feed the token opens. Raise NotFound."""
    return scalar_or_404(
        select(Person)
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .where(CalendarFeed.token_hash == hash_feed_token(token), Person.state == "active")
    )


def feed_created_at(person: Person) -> datetime | None:
    """Return when the current token of the person's feed was made; None without a feed."""
    return db.session.scalar(select(CalendarFeed.updated_at).where(CalendarFeed.person_id == person.id))


def opens_feed(person: Person, token: str) -> bool:
    """Return whether a token opens the person's feed."""
    feed = select(CalendarFeed.id).where(
        CalendarFeed.person_id == person.id, CalendarFeed.token_hash == hash_feed_token(token)
    )
    return db.session.scalar(feed) is not None


def run_calendar(run: Run, organiser: str, url: str) -> bytes:
    """Return a calendar of one run, to be imported. `url` is the run's page, `organiser` a name, or ""."""
    return ical.calendar([_event(run, organiser, run.updated_at, url)])


def feed_calendar(person: Person, address: Address) -> bytes:
    """Return a calendar of a person's runs since 90 days ago, to be subscribed to.

    Runs that the person has not promised to come to are tentative. Programs ask for it all day long, so the bytes are
    cached under a hash of the rows, which the database computes before the rows are read.
    """
    query = _runs_of(person).where(Run.starts_at > clock.now() - FEED_SPAN).limit(MOST)
    rows = query.subquery()
    in_order = aggregate_order_by(literal("\n"), rows.c.starts_at, rows.c.id)
    version = db.session.scalar(select(func.md5(func.string_agg(cast(rows.table_valued(), Text), in_order)))) or ""
    key = (person.id, version, i18n.locale_context())
    feed: bytes | None = _feeds.get(key)
    if feed is None:
        events = _events(db.session.execute(query), address)
        feed = _feeds[key] = ical.calendar(events, name=_("My runs · Hampa"), refresh=REFRESH)
    return feed


def export_calendar(person: Person, address: Address) -> Iterator[bytes]:
    """Yield a calendar of all runs that the person ever organised or took part in, a few rows at a time in memory."""
    year = func.extract("year", Run.starts_at)
    zones = db.session.execute(
        select(Run.timezone, func.min(year), func.max(year))
        .where(Run.id.in_(_run_ids_of(person)))
        .group_by(Run.timezone)
        .order_by(Run.timezone)
    )
    spans = [
        (zone, int(first), int(last))
        for name, first, last in zones
        if (zone := i18n.find_zone(name)) is not None and zone.key != "UTC"
    ]
    runs = db.session.execute(_runs_of(person), execution_options={"yield_per": EXPORT_BATCH})
    return ical.pieces(_events(runs, address), spans, name=_("My runs · Hampa"))


def _run_ids_of(person: Person) -> Any:
    joined = select(Participation.run_id).where(Participation.person_id == person.id, Participation.status != LEFT)
    return union_all(joined, runs_organised_by(person))


def _runs_of(person: Person) -> Select[*tuple[Any, ...]]:
    """Select a person's runs, soonest first.

    `status` is the person's own, NULL if they only organise the run; `changed_at` is when the run or that status
    changed last; `organiser` is "" when hidden from the person.
    """
    return (
        select(
            Run.id,
            Run.title,
            Run.description,
            Run.starts_at,
            Run.timezone,
            Run.duration_min,
            Run.meet_minutes_before,
            Run.place,
            Run.directions,
            Run.latitude,
            Run.longitude,
            Run.cancelled_at,
            Run.cancel_reason,
            Run.sequence,
            Run.created_at,
            func.greatest(Run.updated_at, _participation.updated_at).label("changed_at"),
            case((is_visible_to(person, Person.id), Person.name), else_="").label("organiser"),
            _participation.status,
        )
        .join(Person, Person.id == Run.organiser_id)
        .outerjoin(
            _participation,
            (_participation.run_id == Run.id)
            & (_participation.person_id == person.id)
            & (_participation.status != LEFT),
        )
        .where(Run.id.in_(_run_ids_of(person)))
        .order_by(Run.starts_at, Run.id)
    )


def _events(runs: Iterable[Row[Any]], address: Address) -> Iterator[ical.Event]:
    labels = {
        None: _("You organise this run."),
        GOING: _("You're in."),
        WAITLISTED: _("You're on the waitlist."),
        OFFERED: _("A place is offered to you: take it or pass it on."),
        REQUESTED: _("You asked to join."),
        INTERESTED: _("You're interested."),
    }
    return (
        _event(run, run.organiser, run.changed_at, address(run), run.status, labels.get(run.status, "")) for run in runs
    )


def _event(
    run: Any, organiser: str, changed_at: datetime, url: str, status: str | None = None, label: str = ""
) -> ical.Event:
    """Return the event of a run, or of a row of one.

    The UID never changes and the SEQUENCE grows with each edit, so that programs replace what they had; the clock of
    the place is kept.
    """
    zone = i18n.find_zone(run.timezone) or i18n.UTC
    cancelled = _("Cancelled") + (f": {run.cancel_reason}" if run.cancel_reason else "") if run.cancelled_at else ""
    early = timedelta(minutes=run.meet_minutes_before)
    meeting = _("Be there at %(time)s.", time=dates.clock_in(run.starts_at - early, zone)) if early else ""
    host = _("Organiser: %(name)s", name=organiser) if organiser else ""
    paragraphs = (cancelled or label, meeting, run.directions, to_plain(run.description), host, url)
    has_pin = run.latitude is not None and run.longitude is not None
    return ical.event(
        uid=f"{run.id}@hampa",
        sequence=run.sequence,
        status="CANCELLED" if cancelled else "TENTATIVE" if status in TENTATIVE else "CONFIRMED",
        created_at=run.created_at,
        changed_at=changed_at,
        starts_at=run.starts_at,
        ends_at=run.starts_at + timedelta(minutes=run.duration_min),
        zone=zone,
        summary=run.title,
        location=run.place,
        description="\n\n".join(filter(None, paragraphs)),
        url=url,
        geo=(run.latitude, run.longitude) if has_pin else None,
    )
