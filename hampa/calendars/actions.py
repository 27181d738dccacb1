"""Giving a calendar program a way in, and taking it back."""

from __future__ import annotations

import secrets

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.calendars.models import CalendarFeed
from hampa.calendars.queries.feed import hash_of_feed
from hampa.people.models.person import Person
from hampa.platform import clock, ids
from hampa.platform.db import db


def open_feed(person: Person) -> str:
    """A new token for the person's feed, told this once; the one before opens nothing from now on."""
    token = secrets.token_urlsafe(32)
    new = insert(CalendarFeed).values(id=ids.new_id(), person_id=person.id, token_hash=hash_of_feed(token))
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=[CalendarFeed.person_id],
            set_={
                "token_hash": new.excluded.token_hash,
                "updated_at": clock.now(),
                "version": CalendarFeed.version + 1,
            },
        )
    )
    return token


def close_feed(person: Person) -> None:
    """From now on nobody reads the person's feed."""
    db.session.execute(
        delete(CalendarFeed).where(CalendarFeed.person_id == person.id).execution_options(synchronize_session=False)
    )
