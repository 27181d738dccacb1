"""Open, record and end sessions; save the first settings of a new person."""

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, inspect, or_, update

from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.models import SESSION_LIFETIME, Device, NumberTries, Session, SignInCode
from hampa.auth.queries import is_device, session_token_hash
from hampa.people.actions import enqueue_reindexing, note_activity
from hampa.people.models import Person, of_person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.live import publish

SEEN_EVERY = timedelta(minutes=5)
LONGEST_USER_AGENT = 300
KEEP_CODES = timedelta(days=2)
KEEP_ENDED_SESSIONS = timedelta(days=30)
KEEP_TRIES = timedelta(days=90)
KEEP_DEVICES = timedelta(days=400)
"""The longest time for which browsers keep a cookie."""


def open_session(
    person: Person, *, address: str, agent: str, method: str, timezone: str = "", is_program: bool = False
) -> str:
    """Open a session of a person who has just proved their number, and return its token."""
    now = clock.now()
    token = secrets.token_urlsafe(32)
    session = Session(
        id=ids.new_id(),
        person_id=person.id,
        token_hash=session_token_hash(token),
        method=method,
        address=address,
        user_agent=agent[:LONGEST_USER_AGENT],
        timezone=timezone,
        proved_at=now,
        proved_by=method,
        last_seen_at=now,
        is_program=is_program,
    )
    db.session.add(session)
    # Not through the object, whose version would then be checked: two devices may come in at the same moment.
    came = update(Person).where(Person.id == person.id)
    came = came.values(last_sign_in_at=now, last_active_at=now, updated_at=Person.updated_at)
    db.session.execute(came, execution_options=of_person(person.id))
    person.session_id, person.session_token, person.session_seen_at = session.id, token, now
    return token


def is_visit_due(person: Person) -> bool:
    """Return whether the person's activity was not recorded for some minutes."""
    return person.session_seen_at is not None and person.session_seen_at <= clock.now() - SEEN_EVERY


def record_visit(person: Person) -> None:
    """Record the present time as the last activity of the session and of its person."""
    due = clock.now() - SEEN_EVERY
    person_id: uuid.UUID = inspect(person).identity[0]  # a commit before this has expired the columns
    seen = update(Session).where(Session.id == person.session_id, Session.last_seen_at <= due)
    seen = seen.values(last_seen_at=clock.now(), **_hash_of_now(person))
    db.session.execute(seen, execution_options={"synchronize_session": False} | of_person(person_id))
    note_activity(person_id, unless_since=due)


def _hash_of_now(person: Person) -> dict[str, str]:
    """Return the hash of the session's token with the present secret key, after a change of it."""
    token = person.session_token
    return {"token_hash": session_token_hash(token)} if token and settings().old_secret_keys else {}


def end_session(session: Session) -> None:
    """End a session, from the next request on; its open pages are told."""
    session.ended_at = clock.now()
    publish(f"session:{session.id}", "ended")


def end_sessions(person: Person, *, but: uuid.UUID | None = None) -> int:
    """End all of the person's sessions, or all but one, and return how many; their open pages are told."""
    open_ones = Session.person_id == person.id, Session.id.is_distinct_from(but), Session.ended_at.is_(None)
    ending = update(Session).where(*open_ones).values(ended_at=clock.now()).returning(Session.id)
    ended = db.session.scalars(ending, execution_options=of_person(person.id)).all()
    for session_id in ended:
        publish(f"session:{session_id}", "ended")
    return len(ended)


def forget_other_devices(person: Person, device_token: str | None) -> None:
    """Forget all of the person's browsers but the one with this token."""
    db.session.execute(delete(Device).where(Device.person_id == person.id, ~is_device(device_token or "")))


def save_welcome(person: Person, *, name: str, locale: str, city: str) -> None:
    """Save the first settings of a new person; the calendar follows the language."""
    if locale != person.locale:
        person.calendar = "solar" if locale == "fa" else "gregorian"
    if (person.name, person.city) != (name, city):
        enqueue_reindexing(person)
    person.name, person.locale, person.city = name, locale, city


def delete_expired() -> None:
    """Delete the codes, sessions, tries and devices that no limit counts and nobody can use any more."""
    now = clock.now()
    over = or_(
        Session.ended_at < now - KEEP_ENDED_SESSIONS,
        Session.last_seen_at < now - SESSION_LIFETIME - KEEP_ENDED_SESSIONS,
    )
    db.session.execute(delete(SignInCode).where(SignInCode.created_at < now - KEEP_CODES))
    db.session.execute(delete(Session).where(over))
    db.session.execute(delete(NumberTries).where(NumberTries.updated_at < now - KEEP_TRIES))
    db.session.execute(delete(Device).where(Device.last_sign_in_at < now - KEEP_DEVICES))


def record_proof(person: Person, method: str = "code") -> None:
    """Record that the person has just proved again, in the present session, who they are."""
    statement = update(Session).where(Session.id == person.session_id)
    statement = statement.values(proved_at=clock.now(), proved_by=method)
    db.session.execute(statement, execution_options=of_person(person.id))


@ends_on_theft(Session, Device)
def end_all_browsers(person: Person, _since: datetime) -> None:
    """End the sessions of all browsers and programs, and forget the browsers."""
    end_sessions(person)
    forget_other_devices(person, None)
