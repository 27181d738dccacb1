"""Claiming messages, and recording what became of them."""

import uuid
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Interval,
    Numeric,
    Text,
    Uuid,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from hampa.outbox.models import (
    LEASE,
    OPEN,
    QUEUE_PRIORITIES,
    ClaimedMessage,
    DeliveryResult,
    OutboxEvent,
    OutboxMessage,
)
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.jobs.leases import LeasedTable, db_now, db_now_plus, in_seconds
from hampa.platform.security import crypto

KEY_PURPOSE = "outbox"
"""The purpose of the key that encrypts secrets."""
MOMENT = OutboxMessage.created_at.type
MESSAGES = LeasedTable(OutboxMessage, OutboxMessage.next_attempt_at, waiting="pending", held="sending")
HURRIED_WITHIN, HURRIED_TRIES = timedelta(seconds=10), 5
SAME_MOMENT = timedelta(seconds=1)
"""Within which a failure is recorded of a gateway and of its message."""
RESULT_TYPES: dict[str, Any] = {
    "status": Text(),
    "what": Text(),
    "detail": Text(),
    "next_attempt_at": MOMENT,
    "provider": Text(),
    "provider_id": Text(),
    "segments": Integer(),
    "price": Numeric(),
    "currency": Text(),
}
"""What is recorded of a `DeliveryResult`, with its types."""
UNSYNCED: dict[str, Any] = {"synchronize_session": False}


def claim_due(
    queue: str, limit: int, addresses: str | None = None, *, urgent_first: bool = True
) -> list[ClaimedMessage]:
    """Claim due messages of a queue, the most urgent first; the claim holds once it is committed.

    Each priority has a statement of its own, so that less urgent messages that wait are not even read. `addresses` is a
    regular expression of `gateways` for what can be sent, None for all; what has expired is claimed always.
    """
    claimed: list[ClaimedMessage] = []
    for priority in QUEUE_PRIORITIES[queue][:: 1 if urgent_first else -1]:
        if len(claimed) < limit:
            values = {"of_priority": priority, "at_most": limit - len(claimed), "addresses": addresses}
            claimed += [ClaimedMessage(**row._mapping) for row in db.session.execute(CLAIM, values)]
    return claimed


def secret_of(message: ClaimedMessage) -> str | None:
    """Return the secret of a message, None if it has none."""
    return crypto.decrypt(message.secret, KEY_PURPOSE) if message.secret is not None else None


def put_back(message: ClaimedMessage, until: datetime, reason: str) -> None:
    """Have a claimed message wait, without a try: no gateway was asked."""
    values = {
        "status": "pending",
        "attempts": OutboxMessage.attempts - 1,
        "next_attempt_at": until,
        "last_error": reason,
        "version": OutboxMessage.version + 1,
    }
    held = {"held_id": message.id, "held_version": message.version}
    db.session.execute(update(OutboxMessage).where(MESSAGES.is_held()).values(values), held, execution_options=UNSYNCED)


def put_back_all(message: ClaimedMessage, until: datetime, reason: str) -> None:
    """Have a claimed message wait, and with it all others of its kind to its person: they need not be claimed for that."""
    put_back(message, until, reason)
    if message.person_id is not None:
        others = (
            select(OutboxMessage.id)
            .where(
                OutboxMessage.person_id == message.person_id,
                OutboxMessage.kind == message.kind,
                OutboxMessage.status == "pending",
                OutboxMessage.next_attempt_at < until,
            )
            .with_for_update(skip_locked=True)
        )
        # A little apart from each other, in the order that they have.
        waited = OutboxMessage.next_attempt_at - (until - timedelta(hours=1))
        apart = waited.op("/", precedence=8, return_type=Interval())(literal(10_000, Integer))
        values = {"next_attempt_at": until + apart, "version": OutboxMessage.version + 1}
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.id.in_(others)).values(values), execution_options=UNSYNCED
        )


def hurry(provider: str, failed_at: datetime) -> None:
    """Make due, spread over some seconds, what a gateway put off until it worked again after `failed_at`.

    A message that was tried often already keeps its pauses: the fault may be its own.
    """
    db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.status == "pending",
            OutboxMessage.provider == provider,
            OutboxMessage.attempts.between(1, HURRIED_TRIES),
            OutboxMessage.updated_at <= failed_at + SAME_MOMENT,
            OutboxMessage.next_attempt_at > db_now_plus(HURRIED_WITHIN),
        )
        .values(next_attempt_at=in_seconds(func.random() * HURRIED_WITHIN.seconds), version=OutboxMessage.version + 1),
        execution_options=UNSYNCED,
    )


def record_results(results: Sequence[tuple[ClaimedMessage, DeliveryResult]]) -> set[uuid.UUID]:
    """Record the results of messages, and their history, and return the ids of those that were still held.

    Another worker has claimed the others, of which nothing is recorded. One statement for any number of messages.
    """
    if not results:
        return set()
    columns: dict[str, list[Any]] = {
        "held_id": [message.id for message, _result in results],
        "held_version": [message.version for message, _result in results],
        "event_id": [ids.new_id() for _result in results],
        **{f"new_{name}": [getattr(result, name) for _message, result in results] for name in RESULT_TYPES},
    }
    return set(db.session.scalars(RECORD, {"now": clock.now(), **columns}))


# Statements, built once: sending spends most of its time on them.


def _claim_statement() -> ReturningUpdate[Any]:
    addresses = bindparam("addresses", type_=Text)
    can_be_sent = or_(
        addresses.is_(None),
        OutboxMessage.expires_at <= db_now(),
        func.concat(OutboxMessage.kind, ":", OutboxMessage.recipient).regexp_match(addresses),
    )
    due = (
        select(OutboxMessage.id, OutboxMessage.status, Person.timezone, Person.calendar, Person.units)
        .outerjoin(Person, Person.id == OutboxMessage.person_id)
        .where(OutboxMessage.priority == bindparam("of_priority"), MESSAGES.is_due(), can_be_sent)
        .order_by(OutboxMessage.next_attempt_at)
        .limit(bindparam("at_most", type_=Integer))
    )
    # The number counts as much as the account: somebody may have typed that of a demo person.
    is_demo = exists().where(
        Person.is_demo, or_(Person.phone == OutboxMessage.recipient, Person.id == OutboxMessage.person_id)
    )
    names = [field.name for field in fields(ClaimedMessage)]
    columns = [getattr(OutboxMessage, name) for name in names if hasattr(OutboxMessage, name)]
    return MESSAGES.claim(due, LEASE, *columns, is_demo.label("is_demo"))


def _record_statement() -> ReturningInsert[Any]:
    """Build one statement that updates the messages that are still held and inserts their events, for lists of values."""
    now = bindparam("now", type_=MOMENT)
    types: dict[str, Any] = {"held_id": Uuid(), "held_version": Integer(), "event_id": Uuid()}
    types |= {f"new_{name}": type_ for name, type_ in RESULT_TYPES.items()}
    lists: list[Any] = [bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
    columns: list[Any] = [column(name, type_) for name, type_ in types.items()]
    result = func.unnest(*lists).table_valued(*columns, name="result").render_derived()
    status = result.c.new_status
    updated = (
        update(OutboxMessage)
        .where(OutboxMessage.id == result.c.held_id, OutboxMessage.version == result.c.held_version)
        .values(
            status=status,
            secret=case((status.in_(OPEN), OutboxMessage.secret)),
            last_error=result.c.new_detail,
            provider=result.c.new_provider,
            provider_id=result.c.new_provider_id,
            segments=result.c.new_segments,
            price=result.c.new_price,
            currency=result.c.new_currency,
            sent_at=case((status == "sent", now)),
            next_attempt_at=func.coalesce(result.c.new_next_attempt_at, OutboxMessage.next_attempt_at),
            updated_at=now,
            version=OutboxMessage.version + 1,
        )
        .returning(OutboxMessage.id, result.c.event_id, result.c.new_what, result.c.new_detail)
        .cte("updated")
    )
    event = select(updated.c.event_id, updated.c.id, now, updated.c.new_what, updated.c.new_detail)
    return (
        insert(OutboxEvent.__table__)
        .from_select(["id", "message_id", "created_at", "what", "detail"], event, include_defaults=False)
        .returning(OutboxEvent.__table__.c.message_id)
    )


CLAIM = _claim_statement()
RECORD = _record_statement()
