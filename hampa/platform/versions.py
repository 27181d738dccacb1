"""Which version a cached thing is of: a mark in Redis that changes with each commit that changes the thing.

What is kept under a name with the mark in it is never served once the thing has changed, so nothing has to be
found and deleted. Without Redis there is no mark, and nothing is cached.
"""

from __future__ import annotations

import secrets

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from hampa.platform.db import db
from hampa.platform.redis import cache

KEPT_SECONDS = 86_400
_BUMPED = "hampa.bumped"


def current(name: str) -> str | None:
    """The mark of the thing now; read it before the thing itself. None when Redis is away."""
    mark = cache.get(_name(name))
    if mark is None:
        _bump_now(name)
        mark = cache.get(_name(name))
    return mark.decode() if mark else None


def bump(name: str) -> None:
    """The thing is another one once the transaction is committed; once a commit, however often this is called."""
    db.session.info.setdefault(_BUMPED, set()).add(name)


def init_app(app: Flask) -> None:
    """Change marks after commits. (The session is shared by all apps of a process: listening once is enough.)"""
    if not event.contains(db.session, "after_commit", _after_commit):
        event.listen(db.session, "after_commit", _after_commit)
        event.listen(db.session, "after_soft_rollback", _after_rollback)


def _after_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        for name in session.info.pop(_BUMPED, ()):
            _bump_now(name)


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_BUMPED, None)


def _bump_now(name: str) -> None:
    cache.set(_name(name), secrets.token_hex(8), KEPT_SECONDS)


def _name(name: str) -> str:
    return f"version:{name}"
