"""Who was told of the last change of time or place of a run, and whom it has not reached yet."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, lateral, not_, or_, select, true

from hampa.notifications.models import Notification, get_kind
from hampa.outbox.models import OPEN, OutboxMessage
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of
from hampa.plans.actions import ALWAYS_TOLD
from hampa.platform.statements import built_once
from hampa.runs.models.participation import WANTS_TO_GO, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.names import display_name_column

KIND = "run_changed"
LAST_CHANGES = 20
"""So many of the last changes of a run are looked through for one of time or place."""
NAMED = 6
"""People whom a change has not reached, who are named."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A change of time or place that those who still want to go were told of.

    `changes` are the names of the columns, `people` counts those who were told, and `waiting` those of them to whom a
    message is still to be sent. `missed` counts whom no message reached, who did not read of it on the site either; some
    of them have their names in `names`.
    """

    changes: tuple[str, ...]
    told_at: datetime
    people: int
    waiting: int
    missed: int
    names: tuple[str, ...]


def telling_of(organiser: Person, run: Run) -> Telling | None:
    """Return who was told of the last change of time or place of a run, None if there was none."""
    if not run.sequence:
        return None
    kind = get_kind(KIND)
    numbers = range(max(1, run.sequence - LAST_CHANGES + 1), run.sequence + 1)
    rows = _changes([kind.event_key(f"{run.id}:{number}") for number in numbers])
    last = next((row for row in rows if not ALWAYS_TOLD.isdisjoint(row.data["changes"])), None)
    if last is None:
        return None
    people, waiting, missed = _counts(last.event, run.id, str(run.id)).one()
    names: Sequence[str] = ()
    if missed:
        names = _missed(last.event, run.id, str(run.id), hidden_ids(organiser), NAMED).scalars().all()
    return (
        Telling(tuple(last.data["changes"]), last.created_at, people, waiting, missed, tuple(names)) if people else None
    )


@built_once
def _changes(events: list[str]) -> Any:
    """Select one notification of each event, the latest first."""
    asked, row = func.unnest(events).table_valued("event", name="asked").render_derived(), Notification
    one = lateral(select(row.event, row.created_at, row.data).where(row.event == asked.c.event).limit(1))
    rows = select(one.c.event, one.c.created_at, one.c.data).select_from(asked).join(one, true())
    return rows.order_by(one.c.created_at.desc())


def _message(subject: str, *conditions: Any) -> Any:
    """Return the condition that the person of a notification has a message about the same run, written before or after."""
    message = OutboxMessage
    about = message.person_id == Notification.person_id, message.purpose == KIND
    return exists().where(*about, message.data["subject"].astext == subject, *conditions).correlate(Notification)


def _states(subject: str) -> tuple[Any, Any]:
    """Return the conditions that a person has heard of a change, and that a message is on its way to them."""
    arrived = OutboxMessage.receipt.is_distinct_from("undelivered")
    sent = OutboxMessage.status == "sent", OutboxMessage.sent_at >= Notification.created_at, arrived
    has_read = and_(Notification.in_app, Notification.read_at.is_not(None))
    return or_(has_read, _message(subject, *sent)), _message(subject, OutboxMessage.status.in_(OPEN))


def _of_event(event: str, run_id: uuid.UUID) -> tuple[Any, ...]:
    goes = Participation.run_id == run_id, Participation.person_id == Notification.person_id
    return Notification.event == event, *goes, Participation.status.in_(WANTS_TO_GO)


@built_once
def _counts(event: str, run_id: uuid.UUID, subject: str) -> Any:
    has_heard, is_coming = _states(subject)
    waits, missed = and_(not_(has_heard), is_coming), and_(not_(has_heard), not_(is_coming))
    counted = func.count(), func.count().filter(waits), func.count().filter(missed)
    return select(*counted).select_from(Notification).join(Participation, true()).where(*_of_event(event, run_id))


@built_once
def _missed(event: str, run_id: uuid.UUID, subject: str, hidden: list[uuid.UUID], most: int) -> Any:
    has_heard, is_coming = _states(subject)
    name = display_name_column().label("name")
    seen = is_none_of(Person.id, hidden), not_(has_heard), not_(is_coming)
    people = select(name).select_from(Notification).join(Participation, true())
    return (
        people.join(Person, Person.id == Notification.person_id)
        .where(*_of_event(event, run_id), *seen)
        .order_by(Participation.rank)
        .limit(most)
    )
