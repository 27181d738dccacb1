"""Opening and closing a person's calendar feed."""

import base64
import secrets
import uuid

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.theft import ends_on_theft
from hampa.calendars.models import CalendarFeed
from hampa.calendars.queries import hash_feed_token
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.security.crypto import keyed_hash


def feed_token(submission_id: uuid.UUID) -> str:
    """Return the token that a submission gives a feed, the same when it is sent twice; only our key can make it."""
    digest = bytes.fromhex(keyed_hash("calendar feed token", submission_id.hex))
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def open_feed(person: Person, token: str | None = None) -> str:
    """Open the person's feed to a new token and return that, which is shown only now; the token before opens nothing."""
    token = token or secrets.token_urlsafe(32)
    new = insert(CalendarFeed).values(id=ids.new_id(), person_id=person.id, token_hash=hash_feed_token(token))
    changes = {"token_hash": new.excluded.token_hash, "updated_at": clock.now(), "version": CalendarFeed.version + 1}
    db.session.execute(new.on_conflict_do_update(index_elements=[CalendarFeed.person_id], set_=changes))
    return token


def close_feed(person: Person) -> None:
    """Delete the person's feed."""
    statement = delete(CalendarFeed).where(CalendarFeed.person_id == person.id)
    db.session.execute(statement.execution_options(synchronize_session=False))


ends_on_theft(CalendarFeed)(lambda person, _since: close_feed(person))


def choose_alarm(person: Person, alarm: str) -> None:
    """Set the alarm (of `ALARMS`) of the person's feed, if they have one."""
    statement = update(CalendarFeed).where(CalendarFeed.person_id == person.id)
    values = {"alarm": alarm, "version": CalendarFeed.version + 1, "updated_at": CalendarFeed.updated_at}
    db.session.execute(statement.values(values).execution_options(synchronize_session=False))
