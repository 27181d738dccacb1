"""Messages of organisers to all who take part, and what one would cost."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hampa.announcements.models import RunMessage
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.runs.actions.snapshots import run_snapshot
from hampa.runs.models.run import Run
from hampa.runs.queries.people import participant_ids

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent, as the organisers' page shows it."""

    text: str
    name: str
    statuses: list[str]
    sent_at: datetime | None
    people: int
    texted: int


@dataclass(frozen=True, slots=True)
class Readers:
    """How many people read one language, and how many of them can be texted: who has signed in once."""

    people: int
    phones: int


def message_of(organiser: Person, run_id: uuid.UUID, message_id: uuid.UUID) -> RunMessage:
    """A message that this organiser wrote for the run, sent or not. Raises NotFound."""
    found = db.session.scalar(
        select(RunMessage).where(
            RunMessage.id == message_id, RunMessage.run_id == run_id, RunMessage.sender_id == organiser.id
        )
    )
    if found is None:
        raise NotFound
    return found


def sent_in(run: Run) -> Sequence[Sent]:
    """The last messages of a run, the newest first."""
    rows = db.session.execute(
        select(
            RunMessage.text,
            Person.name,
            RunMessage.statuses,
            RunMessage.sent_at,
            RunMessage.people,
            RunMessage.texted,
        )
        .join(Person, Person.id == RunMessage.sender_id)
        .where(RunMessage.run_id == run.id, RunMessage.sent_at.is_not(None))
        .order_by(RunMessage.sent_at.desc(), RunMessage.id)
        .limit(SHOWN)
    )
    return [Sent(*row) for row in rows]


def readers(message: RunMessage) -> dict[str, Readers]:
    """How many people a message goes to, by the language they read."""
    rows = db.session.execute(
        select(Person.locale, func.count(), func.count(Person.last_sign_in_at))
        .where(
            Person.id.in_(participant_ids(message.run_id, *message.reaches)),
            Person.id != message.sender_id,
            Person.state == "active",
        )
        .group_by(Person.locale)
        .order_by(Person.locale)
    )
    return {locale: Readers(people, phones) for locale, people, phones in rows}


def message_data(run: Run, sender: str, text: str) -> dict[str, Any]:
    """What a message of an organiser is made of."""
    return {**run_snapshot(run), "name": sender, "text": text}
