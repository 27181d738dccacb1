"""Refresh tokens: each is used once, and the use of an old one ends the session."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import structlog
from sqlalchemy import delete, func, select

from hampa.auth.actions.sessions import end_session
from hampa.auth.models import Session
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.crypto import keyed_hash, keyed_hashes
from hampa.tokens import queries
from hampa.tokens.models import REFRESH_LIFETIME, REFRESH_PREFIX, RETRY_WITHIN, RefreshToken

NETWORKS = uuid.UUID("0b7d4f5e-3a0c-4b1e-9c61-6a53f0a4d1b7")
"""The namespace of the ids under which wrong tokens of networks are counted."""
MINUTE = timedelta(minutes=1)
SEEN_EVERY = timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Refresh:
    """The result of using a refresh token: the next one, for its person; or None, and whether it was an old one."""

    token: str | None = None
    person: Person | None = None
    session_id: uuid.UUID | None = None
    was_old: bool = False


def first_refresh_token(session_id: uuid.UUID) -> str:
    """Return the first refresh token of a session that has just been opened."""
    return _add(session_id, 1, keyed_hash("refresh seed", str(ids.new_id()), _randomness()))


def refresh(token: str, network: str) -> Refresh:
    """Use a refresh token, and return the next one.

    The one of just before gets the same next one for some seconds, since its answer may have been lost; any older one
    has been copied, and ends the session. The session's row decides races. What this writes must be committed whatever
    the result. Raise TooFast for too many wrong tokens from a network, or too many new tokens of a person.
    """
    row = _row_of(token)
    session = queries.session_of_program(row.session_id) if row is not None else None
    if row is None or session is None:
        _count_wrong(network)
        return Refresh()
    db.session.refresh(row)
    now = clock.now()
    number = db.session.scalar(select(func.max(RefreshToken.number)).where(RefreshToken.session_id == session.id)) or 0
    if row.number == number:
        if row.created_at <= now - REFRESH_LIFETIME:
            return Refresh()
        _count_new(session.person_id)
        row.used_at = now
        _mark_seen(session)
        return _next(session, _add(session.id, number + 1, token))
    if row.number == number - 1 and row.used_at is not None and row.used_at > now - RETRY_WITHIN:
        return _next(session, _successor(session.id, number, token))
    end_session(session)
    log.warning("tokens.reuse", session=str(session.id), person=str(session.person_id))
    return Refresh(was_old=True)


def delete_old_tokens() -> None:
    """Delete refresh tokens that nobody can use any more, nor be caught by."""
    now = clock.now()
    ended = select(Session.id).where(Session.id == RefreshToken.session_id, Session.ended_at.is_not(None)).exists()
    for old in (RefreshToken.created_at < now - 2 * REFRESH_LIFETIME, ended):
        db.session.execute(delete(RefreshToken).where(old), execution_options={"synchronize_session": False})


def _row_of(token: str) -> RefreshToken | None:
    hashes = keyed_hashes("refresh token", token)
    return db.session.scalar(select(RefreshToken).where(RefreshToken.token_hash.in_(hashes)))


def _next(session: Session, token: str) -> Refresh:
    person = db.session.get_one(Person, session.person_id)
    return Refresh(token, person, session.id)


def _add(session_id: uuid.UUID, number: int, before: str) -> str:
    token = _successor(session_id, number, before)
    token_hash = keyed_hash("refresh token", token)
    db.session.add(RefreshToken(session_id=session_id, token_hash=token_hash, number=number))
    db.session.flush()
    return token


def _successor(session_id: uuid.UUID, number: int, before: str) -> str:
    """Return the token that comes after another: it can be made again from that one, and is stored nowhere."""
    return REFRESH_PREFIX + keyed_hash("refresh successor", str(session_id), str(number), before)


def _randomness() -> str:
    return ids.new_id().hex + uuid.uuid4().hex


def _mark_seen(session: Session) -> None:
    if session.last_seen_at <= clock.now() - SEEN_EVERY:
        session.last_seen_at = clock.now()


def _count_wrong(network: str) -> None:
    subject = cast(Record, SimpleNamespace(id=uuid.uuid5(NETWORKS, network)))
    limit(subject, "tokens.refresh", settings().refreshes_per_address_minute, per=MINUTE, error=_too_many)


def _count_new(person_id: uuid.UUID) -> None:
    """Count a new token of a person, over all their programs, from whatever networks."""
    subject = cast(Record, SimpleNamespace(id=person_id))
    limit(subject, "tokens.new", settings().refreshes_per_person_minute, per=MINUTE, error=_too_many_new)


def _too_many_new(seconds: int) -> TooFast:
    return TooFast(_("Your programs ask for new tokens too often. Try again in a minute."), seconds)


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("Too many wrong tokens came from here. Try again in a minute."), seconds)
