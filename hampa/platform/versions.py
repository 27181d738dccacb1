"""Versions of what is cached: a random value in Redis that changes with each commit that changes the thing.

With the version in the key of a cache, old values are never served and need not be deleted. Without Redis there is no
version, and nothing is cached. A change that Redis could not be told of is told before the process reads a version again.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import cast

from flask import Flask, g, has_request_context
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from hampa.platform.db import db
from hampa.platform.redis import cache

LIFETIME_SECONDS, SHORT_SECONDS = 86_400, 600
_BUMPED = "hampa.bumped"
_KNOWN, _EXPECTED = "hampa.versions", "hampa.expected_versions"
_current_g = g._get_current_object


def current(name: str) -> str | None:
    """Return the version of a thing, to be read before the thing itself; None when Redis is away."""
    if not _told_all():
        return None
    version = cache.get(_key(name)) or _first(name)
    return version.decode() if version else None


def _first(name: str) -> bytes | None:
    """Return the version of a thing that had none a moment ago: it gets one, unless another process was quicker."""
    return cache.get_or_set(_key(name), secrets.token_hex(8), _lifetime(name))


def current_of(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the versions of several things, in one question to Redis; None when Redis is away.

    A request asks once for each thing, so that all of its page is at least as new as the first version that was read.
    """
    known: dict[str, str | None] = _current_g().setdefault(_KNOWN, {}) if has_request_context() else {}
    asked = [name for name in names if name not in known]
    if asked and not _told_all():
        return None
    if asked:
        expected = _current_g().pop(_EXPECTED, ()) if has_request_context() else ()
        asked = [name for name in dict.fromkeys((*asked, *expected)) if name not in known]
        stored = cache.get_many([_key(name) for name in asked])
        found = [value or _first(name) for name, value in zip(asked, stored, strict=True)]
        known.update((name, value.decode() if value else None) for name, value in zip(asked, found, strict=True))
    versions = tuple(known[name] for name in names)
    return None if None in versions else cast(tuple[str, ...], versions)


def expect(names: Iterable[str]) -> None:
    """Have the first question of this request to Redis ask for these versions too: the request will need them."""
    g.setdefault(_EXPECTED, []).extend(names)


def bump(name: str) -> None:
    """Change the version when the transaction is committed, once a commit, and those that depend on it."""
    db.session.info.setdefault(_BUMPED, set()).update({name}, _dependent.get(name, ()))


def depends(name: str, *, on: str) -> None:
    """Have a version change whenever another does, as that of a list with the names of people."""
    _dependent.setdefault(on, set()).add(name)


short_lived: set[str] = set()
"""How names begin of which there are many, as of each person's: a version that nobody asks for is soon forgotten."""
_dependent: dict[str, set[str]] = {}
_untold: set[str] = set()
"""The names of versions that have changed while Redis was away."""


def init_app(app: Flask) -> None:
    """Change versions after commits. All apps of a process share the session, which needs one listener."""
    if not event.contains(db.session, "after_commit", _after_commit):
        event.listen(db.session, "after_commit", _after_commit)
        event.listen(db.session, "after_soft_rollback", _after_rollback)


def _after_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        if has_request_context():
            g.pop(_KNOWN, None)
        for name in session.info.pop(_BUMPED, ()):
            _bump_now(name)
        _told_all()


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_BUMPED, None)


def _bump_now(name: str) -> None:
    if cache.set(_key(name), secrets.token_hex(8), _lifetime(name)):
        _untold.discard(name)
    else:
        _untold.add(name)


def _lifetime(name: str) -> int:
    return SHORT_SECONDS if name.startswith(tuple(short_lived)) else LIFETIME_SECONDS


def _told_all() -> bool:
    """Tell Redis of the changes that it missed, and return whether it knows of all."""
    for name in tuple(_untold):
        _bump_now(name)
        if name in _untold:
            return False
    return True


def _key(name: str) -> str:
    return f"version:{name}"
