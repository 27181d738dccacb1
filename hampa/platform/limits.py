"""Rate limits: how often a person or a thing may do something within a sliding window.

One row has the moments of one subject under one limit. A single statement counts and adds to them under the lock of the
row, so that parallel requests can't pass the limit together; a transaction that is rolled back does not count.
"""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ARRAY, DateTime, Index, UniqueConstraint, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock, ids, jobs
from hampa.platform.db import Record, db
from hampa.platform.errors import DomainError
from hampa.platform.security.crypto import keyed_hash

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}

_TAKE = text("""
    INSERT INTO rate_limits AS existing (id, name, subject_id, moments, ends_at, created_at)
    VALUES (:id, :name, :subject_id, array_fill(CAST(:now AS timestamptz), ARRAY[:amount]), :ends_at, :now)
    ON CONFLICT (name, subject_id) DO UPDATE
    SET moments = ARRAY(SELECT moment FROM unnest(existing.moments) moment WHERE moment > :since) || excluded.moments,
        ends_at = excluded.ends_at
    WHERE (SELECT count(*) FROM unnest(existing.moments) moment WHERE moment > :since) + :amount <= :most
    RETURNING id
""")


class RateLimit(Record, db.Model):
    """The moments at which a subject did what `name` limits; none of them counts from `ends_at` on."""

    __tablename__ = "rate_limits"
    __table_args__ = (UniqueConstraint("name", "subject_id"), Index("ix_rate_limits_ends_at", "ends_at"))

    name: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    moments: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    ends_at: Mapped[datetime]


class Subject(Protocol):
    """What is limited: a row, or something with a name (`subject_named`)."""

    @property
    def id(self) -> uuid.UUID:
        """The id under which its moments are kept."""


@dataclass(frozen=True)
class NamedSubject:
    """Something that has no row, such as an address."""

    id: uuid.UUID


def subject_named(*parts: str) -> NamedSubject:
    """Return the subject with this name, of which a keyed hash is kept."""
    return NamedSubject(uuid.UUID(hex=keyed_hash("limit", *parts)[:32]))


def limit(
    subject: Subject,
    name: str,
    most: int,
    *,
    per: str | timedelta,
    error: Callable[[int], DomainError],
    amount: int = 1,
) -> None:
    """Count `amount` more of `name` for the subject; at most `most` are allowed within a period (a key of `PERIODS`).

    Otherwise raise what `error` returns for the seconds until it is allowed again. The row stays locked until the
    transaction ends.
    """
    now, period = clock.now(), _period(per)
    if amount > most:
        raise error(math.ceil(period.total_seconds()))
    values = {
        "id": ids.new_id(),
        "name": name,
        "subject_id": subject.id,
        "amount": amount,
        "most": most,
        "now": now,
        "since": now - period,
        "ends_at": now + period,
    }
    if db.session.scalar(_TAKE, values) is None:
        moments = _moments(subject, name, now - period)
        # The moment that has to leave the window first.
        blocking = moments[len(moments) + amount - most - 1]
        raise error(max(1, math.ceil((blocking + period - now).total_seconds())))


def count_within(subject: Subject, name: str, *, per: str | timedelta) -> int:
    """Return how many of `name` count for the subject within the period."""
    return len(_moments(subject, name, clock.now() - _period(per)))


@jobs.job("limits.forget", every=timedelta(hours=1))
def forget_limits() -> None:
    """Delete rows whose moments no longer count."""
    old = delete(RateLimit).where(RateLimit.ends_at <= clock.now())
    db.session.execute(old, execution_options={"synchronize_session": False})
    db.session.commit()


def _period(per: str | timedelta) -> timedelta:
    return per if isinstance(per, timedelta) else PERIODS[per]


def _moments(subject: Subject, name: str, since: datetime) -> list[datetime]:
    query = select(RateLimit.moments).where(RateLimit.name == name, RateLimit.subject_id == subject.id)
    return sorted(moment for moment in db.session.scalar(query) or [] if moment > since)
