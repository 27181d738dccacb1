"""Recording what happened, in the transaction in which it happens."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.timeline.models import TimelineEntry


@dataclass(frozen=True, slots=True)
class Occurrence:
    """That a person did something with a thing, when, and to which plan and crew it belongs."""

    person_id: uuid.UUID
    subject_id: uuid.UUID
    at: datetime
    plan_id: uuid.UUID | None = None
    crew_id: uuid.UUID | None = None


def record(
    kind: str,
    person_id: uuid.UUID,
    subject_id: uuid.UUID,
    *,
    at: datetime | None = None,
    plan_id: uuid.UUID | None = None,
    crew_id: uuid.UUID | None = None,
) -> None:
    """Record that a person did something with a thing, now unless a time is given."""
    record_all(kind, [Occurrence(person_id, subject_id, at or clock.now(), plan_id, crew_id)])


def record_all(kind: str, occurrences: Sequence[Occurrence]) -> None:
    """Record what several people did, in one statement; told again, an entry moves to where and when it is now."""
    if not occurrences:
        return
    now = clock.now()
    rows = [
        {
            "id": ids.new_id(),
            "kind": kind,
            "person_id": one.person_id,
            "subject_id": one.subject_id,
            "plan_id": one.plan_id,
            "crew_id": one.crew_id,
            "happened_at": one.at,
            "created_at": now,
        }
        for one in occurrences
    ]
    statement = insert(TimelineEntry).values(rows)
    changed = {name: statement.excluded[name] for name in ("happened_at", "plan_id", "crew_id")}
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["kind", "subject_id", "person_id"], set_=changed)
    )


def forget(kind: str, subject_id: uuid.UUID) -> None:
    """Forget what happened with a thing that is gone, with its likes and comments."""
    gone = TimelineEntry.kind == kind, TimelineEntry.subject_id == subject_id
    db.session.execute(delete(TimelineEntry).where(*gone).execution_options(synchronize_session=False))
