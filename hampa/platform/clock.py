"""The one clock: everything in Hampa that asks for the time asks here.

It is this machine's, which a worker lets run by the database's (`keep_to`), so that any number of them agree on what is
due. Tests stop or move it; nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_stopped_at: datetime | None = None
_ahead = timedelta()
_off = timedelta()

TOLERANCE = timedelta(seconds=1)
"""So far two clocks agree: a clock that jumps to and fro by milliseconds would help nobody."""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    if _stopped_at is not None:
        return _stopped_at
    return datetime.now(UTC) + _off + _ahead


def set_by_test() -> datetime | None:
    """Return the moment at which a test has stopped the clock or to which it has moved it, or None."""
    return now() if _stopped_at is not None or _ahead else None


def keep_to(moment: datetime, doubt: timedelta = timedelta()) -> bool:
    """Run from now on like a clock that shows `moment`, or up to `doubt` later, at this instant.

    Says whether that is another time than before.
    """
    global _off
    off = moment - datetime.now(UTC)
    if abs(off - _off) <= TOLERANCE + doubt:
        return False
    _off = off if abs(off) > TOLERANCE + doubt else timedelta()
    return True


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at an aware moment, for tests."""
    global _stopped_at
    if at.tzinfo is None:
        raise ValueError("the clock is stopped at an aware moment only")
    before, _stopped_at = _stopped_at, at.astimezone(UTC)
    try:
        yield
    finally:
        _stopped_at = before


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let the clock run on, but ahead of (or behind) the real one, for tests."""
    global _stopped_at, _ahead
    before = (_stopped_at, _ahead)
    if _stopped_at is not None:
        _stopped_at += by
    else:
        _ahead += by
    try:
        yield
    finally:
        _stopped_at, _ahead = before
