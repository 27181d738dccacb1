"""Calendar feeds: their readers, their runs, and runs as calendar events."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, case, cast, false, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from hampa.calendars.models import EVENING as ALARM_EVENING, NO_ALARM, CalendarFeed
from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.people.queries import has_no_blocks, is_visible_to, page_opens
from hampa.platform import clock, ical, versions
from hampa.platform.caches import TTLCache
from hampa.platform.db import db, scalar_or_404, shared_alias
from hampa.platform.errors import NotFound
from hampa.platform.lasting import lasting_hash, lasting_hashes
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.markdown import to_plain
from hampa.reminders.queries import ReminderSettings
from hampa.run_search.queries import listing as run_search
from hampa.run_search.queries.filters import Filters, cancelled as called_off
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import LINK, PUBLIC, Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.runs import LISTING, visible_to
from hampa.series.models import Series
from hampa.series.queries import is_listed_with

TENTATIVE = (INTERESTED, REQUESTED, WAITLISTED, OFFERED)
EVENTS = "calendar.events"
"""The slot of further events of a person: what is contributed to it returns entries of a calendar."""
REFRESH = timedelta(hours=1)
FEED_SPAN = timedelta(days=90)
MOST = 1_000
"""Runs in a feed; further ones move up as those before them grow old."""
EXPORT_BATCH = 200
ALARM_BEFORE = {"30_minutes": timedelta(minutes=30), "1_hour": timedelta(hours=1), "2_hours": timedelta(hours=2)}
"""How long before the start the alarms remind whose time depends on nothing else."""

MOST_PUBLIC = 500
"""Runs in a feed that is open to everybody."""
MOST_CANCELLED = 100
PUBLIC_SPAN = timedelta(days=1)
"""How long a run that has begun stays in a feed that is open to everybody."""

EVENT_COLUMNS = tuple(
    getattr(Run, name)
    for name in (
        "id",
        "title",
        "description",
        "starts_at",
        "timezone",
        "duration_min",
        "meet_minutes_before",
        "place",
        "directions",
        "latitude",
        "longitude",
        "cancelled_at",
        "cancel_reason",
        "sequence",
        "created_at",
    )
)
"""The columns of a run that its event is made of."""

Address = Callable[[Row[Any]], str]
"""Returns the URL of the page of a run."""


@dataclass(frozen=True, slots=True)
class PublicFeed:
    """A calendar that is the same for everybody, and when it was found to differ from the one before."""

    body: bytes
    changed_at: datetime


_feeds: TTLCache[Any, bytes] = TTLCache(1_000, 8_000_000, seconds=86_400.0, name="feeds")
_public_feeds: TTLCache[Any, PublicFeed] = TTLCache(200, 8_000_000, lambda feed: len(feed.body), seconds=86_400.0)
_current_feeds: TTLCache[Any, PublicFeed] = TTLCache(200, 8_000_000, lambda feed: len(feed.body), seconds=300.0)
_participation = shared_alias(Participation, "mine")


def hash_feed_token(token: str) -> str:
    """Return the hash under which the token of a feed is stored."""
    return lasting_hash("calendar feed", token)


def opened_feed(token: str) -> tuple[Person, str]:
    """Return the person whose feed the token opens, and the alarm of the feed. Raise NotFound."""
    row = db.session.execute(
        select(Person, CalendarFeed.alarm)
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .where(CalendarFeed.token_hash.in_(lasting_hashes("calendar feed", token)), Person.state == "active")
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def feed_of(person: Person) -> CalendarFeed | None:
    """Return the person's feed, which was last opened at `updated_at`; None without one."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == person.id))


def opens_feed(person: Person, token: str) -> bool:
    """Return whether a token opens the person's feed."""
    feed = select(CalendarFeed.id).where(
        CalendarFeed.person_id == person.id, CalendarFeed.token_hash.in_(lasting_hashes("calendar feed", token))
    )
    return db.session.scalar(feed) is not None


def run_calendar(run: Run, organiser: str, url: str) -> bytes:
    """Return a calendar of one run, to be imported. `url` is the run's page, `organiser` a name, or ""."""
    return ical.calendar([_event(run, organiser, run.updated_at, url)])


def feed_calendar(person: Person, alarm: str, address: Address, more: Sequence[ical.Entry] = ()) -> bytes:
    """Return a calendar of a person's runs since 90 days ago, with an alarm of `ALARMS`, to be subscribed to.

    `more` are events that higher features add.

    Runs that the person has not promised to come to are tentative. Programs ask for it all day long, so the bytes are
    cached under a hash of the rows, which the database computes before the rows are read.
    """
    query = _runs_of(person).where(Run.starts_at > clock.now() - FEED_SPAN).limit(MOST)
    quiet = person.reminders, person.quiet_from.isoformat(), person.quiet_to.isoformat()
    key = (person.id, _hash_of(query), i18n.locale_context(), alarm, quiet, tuple(more))
    feed: bytes | None = _feeds.get(key)
    if feed is None:
        events = _events(db.session.execute(query), address, lambda run: alarm_before(person, run, alarm))
        feed = _feeds[key] = ical.calendar([*events, *more], name=_("My runs · Hampa"), refresh=REFRESH)
    return feed


def blocking_viewer(viewer: Person | None) -> Person | None:
    """Return the viewer of a feed that is otherwise the same for everybody if anybody is hidden from them, else None."""
    return None if viewer is None or has_no_blocks(viewer) else viewer


def listed_calendar(
    viewer: Person | None, filters: Filters, name: str, address: Address, before: Callable[[], None]
) -> PublicFeed:
    """Return a calendar of the public runs that pass the filters, as a visitor sees them, to be subscribed to.

    `viewer` is a `blocking_viewer`, whose feed leaves out who is hidden from them; so in the feeds below.

    Cancelled runs stay in it, marked as such, until they would have begun. `before` is called before the database is
    asked: each filter is another feed, and somebody can think of any number.
    """
    filters = replace(filters, begun_within=PUBLIC_SPAN, viewer_id=viewer.id if viewer else None)

    def runs() -> Select[Any]:
        cancelled = select(Run.id).where(*called_off(filters)).order_by(Run.starts_at, Run.id).limit(MOST_CANCELLED)
        first = select(Run.id).where(*run_search.soonest(filters, MOST_PUBLIC)).order_by(Run.starts_at, Run.id)
        return _public_runs(viewer, Run.id.in_(union_all(first.limit(MOST_PUBLIC), cancelled)))

    return _public_feed(viewer, ("listed", filters), runs, name, address, before)


def organiser_calendar(viewer: Person | None, organiser: Person, address: Address) -> PublicFeed:
    """Return a calendar of the public runs that a person organises, to be subscribed to."""
    name = _("Runs of %(name)s · Hampa", name=organiser.name)
    where = Run.visibility == "public", Run.id.in_(runs_organised_by(organiser))
    return _public_feed(viewer, ("organiser", organiser.id), lambda: _recent_runs(viewer, *where), name, address)


def series_calendar(viewer: Person | None, series: Series, address: Address) -> PublicFeed:
    """Return a calendar of the runs of a series that its page shows to a visitor, to be subscribed to."""
    name = _("%(title)s · Hampa", title=series.plan["title"])
    where = Run.series_id == series.id, is_listed_with(series)
    return _public_feed(viewer, ("series", series.id), lambda: _recent_runs(viewer, *where), name, address)


def crew_calendar(viewer: Person | None, crew: Crew, address: Address, *, is_member: bool) -> PublicFeed:
    """Return a calendar of the public runs of a crew, to be subscribed to; a member's has all that they may see."""
    name = _("%(title)s · Hampa", title=crew.name)
    where = Run.crew_id == crew.id, Run.visibility != LINK if is_member else Run.visibility == PUBLIC
    key = "crew", crew.id, is_member
    return _public_feed(viewer, key, lambda: _recent_runs(viewer, *where), name, address)


def public_organiser(viewer: Person | None, person_id: uuid.UUID) -> Person:
    """Return a person whose page is open to everybody. Raise NotFound, also if they are hidden from the viewer."""
    is_open = page_opens(None, false()), is_visible_to(viewer, Person.id)
    return scalar_or_404(select(Person).where(Person.id == person_id, Person.name != "", *is_open))


def _recent_runs(viewer: Person | None, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return _public_runs(viewer, *conditions, visible_to(viewer), Run.starts_at > clock.now() - PUBLIC_SPAN)


def _public_runs(viewer: Person | None, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select runs for everybody, soonest first, with the columns of `_runs_of`."""
    organiser = case((is_visible_to(viewer, Person.id), Person.name), else_="").label("organiser")
    # Who joins changes a run's row, but nothing of what a feed says.
    changed_at = func.coalesce(Run.edited_at, Run.created_at).label("changed_at")
    columns = changed_at, organiser, literal(GOING).label("status")
    return (
        select(*EVENT_COLUMNS, *columns)
        .join(Person, Person.id == Run.organiser_id)
        .where(*conditions)
        .order_by(Run.starts_at, Run.id)
        .limit(MOST_PUBLIC)
    )


def _public_feed(
    viewer: Person | None,
    key: Any,
    runs: Callable[[], Select[Any]],
    name: str,
    address: Address,
    before: Callable[[], None] = lambda: None,
) -> PublicFeed:
    """Return the feed of a SELECT of `_public_runs`.

    As long as no run changes it costs no statement. Otherwise the database computes a hash of the rows, under which the
    feed may be cached: most changes are of other runs, or are people who join. `before` is called before the first.
    """
    key = (*key, name, i18n.locale_context(), viewer.id if viewer else None)
    version = versions.current(LISTING) if viewer is None else None  # a block changes no version
    feed = _current_feeds.get((version, key)) if version else None
    if feed is not None:
        return feed
    before()
    query = runs()
    hashed = key, _hash_of(query)
    feed = _public_feeds.get(hashed)
    if feed is None:
        events = (_event(run, run.organiser, run.changed_at, address(run)) for run in db.session.execute(query))
        feed = PublicFeed(ical.calendar(events, name=name, refresh=REFRESH), clock.now())
        _public_feeds[hashed] = feed
    if version:
        _current_feeds[version, key] = feed
    return feed


def _hash_of(query: Select[Any]) -> str:
    rows = query.subquery()
    in_order = aggregate_order_by(literal("\n"), rows.c.starts_at, rows.c.id)
    return db.session.scalar(select(func.md5(func.string_agg(cast(rows.table_valued(), Text), in_order)))) or ""


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
            *EVENT_COLUMNS,
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


def alarm_before(person: Person, run: Any, alarm: str) -> timedelta | None:
    """Return how long before the start of a run of theirs a person's calendar is to remind them, None for not at all.

    It does so of runs that the person goes to or organises, except when the site itself reminds them at that time.
    """
    if alarm == NO_ALARM or run.cancelled_at is not None or run.status in TENTATIVE:
        return None
    settings = ReminderSettings(person.timezone, person.quiet_from, person.quiet_to)
    at = settings.eve(run.starts_at) if alarm == ALARM_EVENING else run.starts_at - ALARM_BEFORE[alarm]
    reminded = run.status == GOING and person.reminders
    if reminded and at in settings.reminders(run.starts_at).values():
        return None
    return run.starts_at - at


def _no_alarm(_run: Any) -> None:
    return None


def _events(
    runs: Iterable[Row[Any]], address: Address, alarm: Callable[[Row[Any]], timedelta | None] = _no_alarm
) -> Iterator[ical.Entry]:
    labels = {
        None: _("You organise this run."),
        GOING: _("You're in."),
        WAITLISTED: _("You're on the waitlist."),
        OFFERED: _("A place is offered to you: take it or pass it on."),
        REQUESTED: _("You asked to join."),
        INTERESTED: _("You're interested."),
    }
    return (
        _event(run, run.organiser, run.changed_at, address(run), run.status, labels.get(run.status, ""), alarm(run))
        for run in runs
    )


def _event(
    run: Any,
    organiser: str,
    changed_at: datetime,
    url: str,
    status: str | None = None,
    label: str = "",
    alarm: timedelta | None = None,
) -> ical.Entry:
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
    return ical.Entry(
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
        alarm=alarm,
    )
