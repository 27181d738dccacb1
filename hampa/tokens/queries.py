"""Questions about tokens: who bears one, and which a person has."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from hampa.auth.models import Session, SignInCode
from hampa.auth.queries import (
    browser_secret_hash,
    ended_among as ended_sessions,
    load_program,
    select_viewer,
    viewer_of,
)
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.api.tokens import Bearer
from hampa.platform.db import db, scalar_or_404
from hampa.platform.security import access_tokens
from hampa.platform.security.crypto import keyed_hash, keyed_hashes
from hampa.platform.statements import built_once, is_one_of
from hampa.tokens.models import MOST_TOKENS, PREFIX, PersonalToken


def bearer_of(token: str) -> Bearer | None:
    """Return who bears a token, in one statement; None if it is not good, or not any more."""
    if token.startswith(PREFIX):
        return _bearer_of_personal(token)
    claims = access_tokens.decode(token)
    person = load_program(claims.session_id, claims.person_id) if claims is not None else None
    if claims is None or person is None or person.id != claims.person_id:
        return None
    return Bearer(person, claims.session_id, claims.scopes)


def _bearer_of_personal(token: str) -> Bearer | None:
    row = _personal(keyed_hashes("personal token", token), clock.now()).one_or_none()
    if row is None:
        return None
    *rest, scopes, token_id = row
    person = viewer_of(rest)
    if person is None:
        return None
    person.session_id = None
    return Bearer(person, None, frozenset(scopes), token_id=token_id)


@built_once
def _personal(hashes: list[str], now: datetime) -> Select[*tuple[Any, ...]]:
    token = PersonalToken
    viewer = select_viewer(token.id, token.last_used_at.label("seen_at")).join(token, token.person_id == Person.id)
    mine = viewer.add_columns(token.scopes, token.id.label("token_id"))
    return mine.where(is_one_of(token.token_hash, hashes), token.ended_at.is_(None), token.expires_at > now)


def ended_among(session_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some sessions, or personal tokens, that have ended, or whose person may not sign in."""
    ended = ended_sessions(session_ids)
    if not ended:
        return ended
    token = PersonalToken
    good = (
        select(token.id)
        .join(Person, Person.id == token.person_id)
        .where(
            is_one_of(token.id, list(ended)),
            token.ended_at.is_(None),
            token.expires_at > clock.now(),
            Person.state == "active",
        )
    )
    return ended.difference(db.session.scalars(good))


def tokens_of(person: Person) -> Sequence[PersonalToken]:
    """Return the person's tokens that are good, the newest first."""
    return _tokens(person.id, clock.now()).scalars().all()


@built_once
def _tokens(person_id: uuid.UUID, now: datetime) -> Any:
    good = PersonalToken.person_id == person_id, PersonalToken.ended_at.is_(None), PersonalToken.expires_at > now
    query = select(PersonalToken).where(*good)
    return query.order_by(PersonalToken.created_at.desc(), PersonalToken.id.desc())


def token_of(person: Person, token_id: uuid.UUID) -> PersonalToken:
    """Return one of the person's tokens that are good, or raise NotFound."""
    return scalar_or_404(_good(person).where(PersonalToken.id == token_id))


def has_too_many(person: Person) -> bool:
    """Return whether the person has as many tokens as one can have."""
    count = select(func.count()).where(*_conditions(person))
    return bool((db.session.scalar(count) or 0) >= MOST_TOKENS)


def latest_code(secret: str, purpose: str, phone: str | None = None) -> SignInCode | None:
    """Return the last code for a purpose that a program with this secret has asked for, in whatever state.

    With a number (E.164) it is the last that went there.
    """
    asked = select(SignInCode).where(
        SignInCode.browser_hash == browser_secret_hash(secret), SignInCode.purpose == purpose
    )
    if phone is not None:
        asked = asked.where(SignInCode.phone == phone)
    return db.session.scalar(asked.order_by(SignInCode.created_at.desc(), SignInCode.id.desc()).limit(1))


def personal_token_hash(token: str) -> str:
    """Return the stored hash of a personal token."""
    return keyed_hash("personal token", token)


def _good(person: Person) -> Select[PersonalToken]:
    return select(PersonalToken).where(*_conditions(person))


def _conditions(person: Person) -> tuple[Any, ...]:
    token = PersonalToken
    return token.person_id == person.id, token.ended_at.is_(None), token.expires_at > clock.now()


def session_of_program(session_id: uuid.UUID) -> Session | None:
    """Return a session of a program that lasts and whose person may sign in, locked until the transaction ends."""
    if ended_sessions([session_id]):
        return None
    query = select(Session).where(Session.id == session_id, Session.is_program, Session.ended_at.is_(None))
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
