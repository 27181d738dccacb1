"""Writing weekly summaries."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hampa.outbox.models import PRIORITIES, OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now
from hampa.summaries.queries import TEMPLATE, Summary, people_due, reader, summaries_of

STALE = timedelta(hours=12)


def write_summaries(after: uuid.UUID | None, size: int) -> tuple[int, uuid.UUID | None]:
    """Write the summaries that are due to `size` people after one; return how many, and the last of these people."""
    now = clock.now()
    people = people_due(now, after, size)
    return _write(people, now), people[-1].id if people else None


def write_summary(person: Person, key: str) -> None:
    """Write a person's summary now, if they want one, unless one with this key is written already."""
    row = reader(person.id, key)
    if row is not None:
        _write([row], clock.now())


def _write(people: Sequence[Any], now: datetime) -> int:
    rows = _rows(people, summaries_of(people, now), now) if people else []
    if rows:
        statement = insert(OutboxMessage).values(rows).on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        db.session.execute(statement)
        jobs.notify_workers(jobs.NORMAL)
    return len(rows)


def _rows(people: Sequence[Any], summaries: Mapping[uuid.UUID, Summary], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "kind": "mail",
            "purpose": "weekly_summary",
            "person_id": person.id,
            "recipient": person.email,
            "locale": person.locale,
            "template": TEMPLATE,
            "data": {},  # read when it is sent
            "key": person.key,
            "priority": PRIORITIES["bulk"],
            "next_attempt_at": db_now(),
            "expires_at": now + STALE,
        }
        for person in people
        if not summaries[person.id].is_empty
    ]
