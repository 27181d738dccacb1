"""Messages and their history, for operators, and their data for rendering."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from hampa.outbox.models import OPEN, PRIORITIES, RECEIPTS, DataReader, OutboxEvent, OutboxMessage, find_reader
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import constants, db
from hampa.platform.errors import NotFound
from hampa.platform.jobs.leases import db_now
from hampa.platform.web.paging import Page, select_page

LATEST = 2_000
LONGEST_LIFE = timedelta(days=2)
"""A message that fails at each try does so in little more than a day."""


def get_message(message_id: uuid.UUID) -> OutboxMessage:
    """Return a message. Raise `NotFound` if there is none with this id."""
    message = db.session.get(OutboxMessage, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    return message


def data_of(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of messages for rendering, by their ids; None for those that tell of what is gone.

    Few statements for any number of messages (see `models.DataReader`).
    """
    data: dict[uuid.UUID, dict[str, Any] | None] = {message.id: message.data for message in messages}
    by_reader: defaultdict[DataReader, list[Any]] = defaultdict(list)
    for message in messages:
        if (reader := find_reader(message.template)) is not None:
            by_reader[reader].append(message)
    for reader, read in by_reader.items():
        data.update(reader(read))
    return data


def count_sent(to: str, purpose: str, *, because_of: uuid.UUID | None = None) -> int:
    """Return how many messages of a purpose a number or an address got, or gets, within a day.

    With `because_of`, only those of this person (`OutboxMessage.person_id`) count; withdrawn ones never do.
    """
    statement = select(func.count()).where(
        OutboxMessage.recipient == to,
        OutboxMessage.purpose == purpose,
        OutboxMessage.status != "cancelled",
        OutboxMessage.created_at > clock.now() - timedelta(days=1),
    )
    if because_of is not None:
        statement = statement.where(OutboxMessage.person_id == because_of)
    return db.session.scalar(statement) or 0


def today() -> datetime:
    """Return when the day of budgets began, by the clock of the site."""
    zone = ZoneInfo(settings().timezone)
    return clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def next_day() -> datetime:
    """Return when the next day of budgets begins."""
    zone = ZoneInfo(settings().timezone)
    tomorrow = today().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def spent_today() -> dict[str, Decimal]:
    """Return what the SMS of this day have cost, by currency."""
    rows = db.session.execute(
        select(OutboxMessage.currency, func.sum(OutboxMessage.price))
        .where(OutboxMessage.sent_at >= today(), OutboxMessage.currency.is_not(None))
        .group_by(OutboxMessage.currency)
    )
    return {currency: amount for currency, amount in rows if currency and amount is not None}


@dataclass(frozen=True)
class MessageFilters:
    """Which messages: `state` is a status, or what a receipt says."""

    state: str | None = None
    kind: str | None = None
    purpose: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the messages."""
        found: list[ColumnElement[bool]] = []
        if self.state in RECEIPTS:
            found.append(OutboxMessage.receipt == self.state)
        elif self.state:
            found.append(OutboxMessage.status == self.state)
        if self.kind:
            found.append(OutboxMessage.kind == self.kind)
        if self.purpose:
            found.append(OutboxMessage.purpose == self.purpose)
        return found


ALL_MESSAGES = MessageFilters()


def latest_messages(filters: MessageFilters = ALL_MESSAGES, limit: int = 50) -> Sequence[OutboxMessage]:
    """Return messages, the newest first."""
    statement = select(OutboxMessage).where(*filters.conditions())
    return db.session.scalars(
        statement.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(limit)
    ).all()


def messages_page(filters: MessageFilters, after: str | None, size: int) -> Page[OutboxMessage]:
    """Return a page of messages, the newest first."""
    key = (OutboxMessage.created_at, OutboxMessage.id)
    statement = select_page(select(OutboxMessage).where(*filters.conditions()), after, size, *key, descending=True)
    return Page.of(db.session.scalars(statement).all(), size, lambda message: (message.created_at, message.id))


def recent_purposes() -> list[str]:
    """Return the purposes of the latest messages."""
    latest = select(OutboxMessage.purpose).order_by(OutboxMessage.created_at.desc()).limit(LATEST).subquery()
    return list(db.session.scalars(select(latest.c.purpose).distinct().order_by(latest.c.purpose)))


@dataclass(frozen=True)
class Depth:
    """How many messages of a priority are due, wait for later and are at a gateway; since when the oldest is due."""

    priority: str
    due: int
    later: int
    held: int
    oldest: datetime | None


def depths() -> list[Depth]:
    """Return what waits, the most urgent first."""
    waits, is_due = OutboxMessage.status == "pending", OutboxMessage.next_attempt_at <= db_now()
    count = func.count()
    statement = (
        select(
            OutboxMessage.priority,
            count.filter(waits, is_due),
            count.filter(waits, ~is_due),
            count.filter(~waits),
            func.min(OutboxMessage.next_attempt_at).filter(waits, is_due),
        )
        .where(OutboxMessage.status.in_(constants(*OPEN)))
        .group_by(OutboxMessage.priority)
    )
    rows = {row[0]: row[1:] for row in db.session.execute(statement)}
    return [Depth(name, *rows.get(number, (0, 0, 0, None))) for name, number in PRIORITIES.items()]


@dataclass(frozen=True)
class Rates:
    """How many messages were sent, failed and were not delivered in a time."""

    sent: int
    failed: int
    undelivered: int


def rates(within: timedelta) -> Rates:
    """Return how the last minutes or hours went."""
    since = clock.now() - within
    sent = select(func.count()).where(OutboxMessage.sent_at > since).scalar_subquery()
    failed = select(func.count()).where(
        OutboxMessage.status.in_(("failed", "expired")),
        OutboxMessage.created_at > since - LONGEST_LIFE,
        OutboxMessage.updated_at > since,
    )
    undelivered = select(func.count()).where(
        OutboxMessage.receipt == "undelivered",
        OutboxMessage.created_at > since - LONGEST_LIFE,
        OutboxMessage.receipt_at > since,
    )
    row = db.session.execute(select(sent, failed.scalar_subquery(), undelivered.scalar_subquery())).one()
    return Rates(*row)


def events_of(message_id: uuid.UUID) -> Sequence[OutboxEvent]:
    """Return the history of a message, the oldest event first."""
    return db.session.scalars(
        select(OutboxEvent).where(OutboxEvent.message_id == message_id).order_by(OutboxEvent.created_at, OutboxEvent.id)
    ).all()


def message_counts() -> dict[str, int]:
    """Return the number of messages by status."""
    rows = db.session.execute(select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status))
    return {status: number for status, number in rows}  # noqa: C416 - rows are no pairs for the type checker
