"""Runs, and people who take part in them."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.cleaning import to_persian_digits
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, Run, RunOrganiser
from tests.factories.base import made, number
from tests.factories.people import make_person

SOON = (clock.now() + timedelta(days=10)).date()
SHORT_FORM = {
    "title": "Easy lake loop",
    "starts_on": SOON.isoformat(),
    "starts_at": "06:30",
    "place": "Chitgar, north gate",
}
"""The short form of a run in ten days, filled in."""

COUNTS = {
    "GOING": ("taken",),
    "OFFERED": ("taken", "offered"),
    "WAITLISTED": ("waiting",),
    "INTERESTED": ("interested",),
    "REQUESTED": ("requested",),
}


def make_run(organiser: Person | None = None, **given: Any) -> Run:
    """Make a public run without a limit, the day after tomorrow at six in Tehran.

    `starts_local` moves it, also into the past.
    """
    values: dict[str, Any] = {
        "title": f"Run {number()}",
        "place": "Laleh Park, west gate",
        "timezone": "Asia/Tehran",
        "starts_local": in_days(2),
    }
    values |= given
    zone = ZoneInfo(values["timezone"])
    values.setdefault("starts_at", values["starts_local"].replace(tzinfo=zone))
    organiser = organiser or make_person()
    run = Run(organiser_id=organiser.id, **values)
    run.update_search_index(organiser)
    db.session.add(run)
    db.session.flush()
    for position, pace in enumerate(values.get("paces", ())):
        db.session.add(PaceGroup(run_id=run.id, position=position, name=f"Group {position + 1}", pace=pace))
    invalidate_listing()
    return run


def in_days(days: int, hour: int = 6, minute: int = 0, zone: str = "Asia/Tehran") -> datetime:
    """Return a local time in Tehran, so many days from today."""
    today = clock.now().astimezone(ZoneInfo(zone))
    day = today.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None)
    return day + timedelta(days=days)


def meet(*people: Person) -> None:
    """Let the people have come to a run of long ago, whose list names them to everybody who is signed in."""
    run = make_run(starts_local=in_days(-60), visibility="link")
    for person in people:
        take_part(run, person, "COMPLETED")


def place_of(run: Run, person: Person) -> uuid.UUID:
    """Return the id of the person's participation, by which organisers' forms name it."""
    place = db.session.scalar(
        select(Participation.id).where(Participation.run_id == run.id, Participation.person_id == person.id)
    )
    if place is None:
        raise LookupError(f"{person.name} is not in the run")
    return place


def take_part(run: Run, person: Person | None = None, status: str = "GOING", **given: Any) -> Person:
    """Somebody who is in the run in this way (LEFT: was), and counted."""
    person = person or make_person()
    seats = 1 + given.get("guests", 0) if status in ("GOING", "OFFERED") else 1
    for count in COUNTS.get(status, ()):
        setattr(run, count, getattr(run, count) + seats)
    if status == "LEFT":
        given.setdefault("left_at", clock.now())
    if status == "OFFERED":
        given.setdefault("offer_ends_at", clock.now() + timedelta(hours=1))
    if not given.get("added_by_organiser"):
        given.setdefault("agreed_starts_at", run.starts_at)
    rank, run.next_rank = run.next_rank, run.next_rank + 1
    made(Participation, run_id=run.id, person_id=person.id, status=status, rank=rank, **given)
    invalidate_listing()
    return person


def add_organiser(run: Run, person: Person | None = None, **given: Any) -> Person:
    """Somebody who organises the run with its owner, and has said that they like to."""
    person = person or make_person()
    values: dict[str, Any] = {"added_by_id": run.organiser_id, "agreed_at": clock.now()}
    made(RunOrganiser, run_id=run.id, person_id=person.id, **(values | given))
    invalidate_listing()
    return person


def solar(day: date) -> str:
    """Return a day as a Persian writes it: ۱۴۰۵/۹/۶."""
    written = JalaliDate(day)
    return to_persian_digits(f"{written.year}/{written.month}/{written.day}")
