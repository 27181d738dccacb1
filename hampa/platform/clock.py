"""The clock that all of Hampa reads.

It is this machine's. A worker adjusts it to the database's (`keep_to`), so that all workers agree on what is due; tests
stop or move it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_stopped_at: datetime | None = None
_ahead = timedelta()
_off = timedelta()

TOLERANCE = timedelta(seconds=1)
"""Clocks that differ by less agree; a clock that jumps by milliseconds would help nobody."""


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    if _stopped_at is not None:
        return _stopped_at
    return datetime.now(UTC) + _off + _ahead


def set_by_test() -> datetime | None:
    """Return the time to which a test has set the clock, or None."""
    return now() if _stopped_at is not None or _ahead else None


def keep_to(moment: datetime, doubt: timedelta = timedelta()) -> bool:
    """Adjust the clock to one that now shows `moment`, or up to `doubt` later; return whether the time changed."""
    global _off
    off = moment - datetime.now(UTC)
    if abs(off - _off) <= TOLERANCE + doubt:
        return False
    _off = off if abs(off) > TOLERANCE + doubt else timedelta()
    return True


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at an aware time, for tests."""
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
    """Let the clock run ahead of the real one, or behind it, for tests."""
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
