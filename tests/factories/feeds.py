"""Calendar feeds."""

from __future__ import annotations

from hampa.calendars.actions import open_feed
from hampa.people.models import Person
from hampa.platform.db import db


def make_feed(person: Person) -> str:
    """Let the person's calendar read their runs; the path and query of its address."""
    token = open_feed(person)
    db.session.flush()
    return f"/runs.ics?token={token}"
