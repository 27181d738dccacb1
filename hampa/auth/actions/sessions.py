"""Sessions begin, are seen, and end; a new person says who they are."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, or_, update

from hampa.auth.models import SESSION_LIFETIME, Device, NumberTries, Session, SignInCode
from hampa.auth.queries import hash_of_device, hash_of_session
from hampa.people.actions import note_activity
from hampa.people.models.person import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.jobs import enqueue

SEEN_EVERY = timedelta(minutes=5)
LONGEST_USER_AGENT = 300
KEEP_CODES = timedelta(days=2)
KEEP_ENDED_SESSIONS = timedelta(days=30)
KEEP_TRIES = timedelta(days=90)
KEEP_DEVICES = timedelta(days=400)
"""As long as browsers keep a cookie at most."""


def open_session(person: Person, *, address: str, agent: str, method: str, timezone: str = "") -> str:
    """Begin a session of this person, who has just proved that the number is theirs; its token."""
    now = clock.now()
    token = secrets.token_urlsafe(32)
    session = Session(
        id=ids.new_id(),
        person_id=person.id,
        token_hash=hash_of_session(token),
        method=method,
        address=address,
        user_agent=agent[:LONGEST_USER_AGENT],
        timezone=timezone,
        proved_at=now,
        last_seen_at=now,
    )
    db.session.add(session)
    # Not through the object, whose version would then be checked: two devices may come in at the same moment.
    db.session.execute(
        update(Person)
        .where(Person.id == person.id)
        .values(last_sign_in_at=now, last_active_at=now, updated_at=Person.updated_at)
    )
    person.session_id, person.session_token, person.session_seen_at = session.id, token, now
    return token


def is_visit_due(person: Person) -> bool:
    """Whether it is time to write down again that the person is here."""
    return person.session_seen_at is not None and person.session_seen_at <= clock.now() - SEEN_EVERY


def note_visit(person: Person) -> None:
    """Remember that the person is here, and by which session."""
    due = clock.now() - SEEN_EVERY
    db.session.execute(
        update(Session)
        .where(Session.id == person.session_id, Session.last_seen_at <= due)
        .values(last_seen_at=clock.now())
    )
    note_activity(person.id, unless_since=due)


def end_session(session: Session) -> None:
    """End a session; from the next request on it opens nothing."""
    session.ended_at = clock.now()


def end_all_sessions(person: Person) -> None:
    """End every session of a person who may not be here any more."""
    db.session.execute(
        update(Session)
        .where(Session.person_id == person.id, Session.ended_at.is_(None))
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def end_other_sessions(person: Person) -> int:
    """End all of the person's sessions but the one they are using; how many."""
    ended = db.session.execute(
        update(Session)
        .where(Session.person_id == person.id, Session.id != person.session_id, Session.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(Session.id)
    )
    return len(ended.all())


def forget_other_devices(person: Person, device_token: str | None) -> None:
    """Know none of the person's browsers any more but the one with this token."""
    others = delete(Device).where(Device.person_id == person.id)
    db.session.execute(others.where(Device.token_hash != hash_of_device(device_token or "")))


def introduce(person: Person, *, name: str, locale: str, city: str) -> None:
    """Take down what a new person says of themselves; the calendar goes with the language."""
    if locale != person.locale:
        person.calendar = "solar" if locale == "fa" else "gregorian"
    if (person.name, person.city) != (name, city):
        enqueue("runs.follow_organiser", person_id=person.id)
        enqueue("cards.follow_owner", person_id=person.id)
    person.name, person.locale, person.city = name, locale, city


def prune() -> None:
    """Delete what no limit counts and nobody can use any more."""
    now = clock.now()
    over = or_(
        Session.ended_at < now - KEEP_ENDED_SESSIONS,
        Session.last_seen_at < now - SESSION_LIFETIME - KEEP_ENDED_SESSIONS,
    )
    db.session.execute(delete(SignInCode).where(SignInCode.created_at < now - KEEP_CODES))
    db.session.execute(delete(Session).where(over))
    db.session.execute(delete(NumberTries).where(NumberTries.updated_at < now - KEEP_TRIES))
    db.session.execute(delete(Device).where(Device.last_sign_in_at < now - KEEP_DEVICES))


def note_proof(person: Person) -> None:
    """Remember that the person has just shown again, in this session, that the number is theirs."""
    here = update(Session).where(Session.id == person.session_id)
    db.session.execute(here.values(proved_at=clock.now()))
