"""The one clock: everything in Hampa that asks for the time asks here.

Tests stop or move it; nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_stopped_at: datetime | None = None
_ahead = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    if _stopped_at is not None:
        return _stopped_at
    return datetime.now(UTC) + _ahead


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
