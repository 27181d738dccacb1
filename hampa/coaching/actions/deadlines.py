"""Reminding people of deadlines of plans."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hampa.coaching.models.deadlines import DAYS_BEFORE, DeadlineChoice
from hampa.coaching.queries.deadlines import deadlines_due
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db

SHOWN_FOR = timedelta(days=2)


def choose_days(person: Person, days: Collection[int]) -> None:
    """Choose on which days before deadlines one is reminded, on none too; others than `DAYS_BEFORE` are left out."""
    now = clock.now()
    chosen = [day for day in DAYS_BEFORE if day in days]
    row = {"id": ids.new_id(), "person_id": person.id, "days": chosen, "created_at": now, "updated_at": now}
    made = insert(DeadlineChoice).values(row)
    changes = {"days": made.excluded.days, "updated_at": now, "version": DeadlineChoice.version + 1}
    db.session.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=changes))


def remind(after: tuple[str, uuid.UUID] | None, size: int) -> tuple[str, uuid.UUID] | None:
    """Remind people of what is due in 7, 3 or 1 days, or since yesterday, as they chose; return the last that was told.

    Each is told once. A deadline that is moved is another one.
    """
    rows = deadlines_due(clock.now(), after, size)
    events: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        events[row.event].append(row)
    for event, told in events.items():
        one = told[0]
        notify(
            [row.person_id for row in told],
            "deadline_near",
            subject_id=one.plan_id,
            data={"thing": str(one.thing_id), "due_on": one.due_on.isoformat(), "days": one.days},
            event=event,
            expires_at=clock.now() + SHOWN_FOR,
        )
    return (rows[-1].event, rows[-1].person_id) if rows else None
