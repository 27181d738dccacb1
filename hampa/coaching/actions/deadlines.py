"""Reminding people of deadlines of plans."""

import uuid
from collections import defaultdict
from datetime import timedelta
from typing import Any

from hampa.coaching.queries.deadlines import deadlines_due
from hampa.notifications.actions.notifying import notify
from hampa.platform import clock

SHOWN_FOR = timedelta(days=2)


def remind(after: tuple[str, uuid.UUID] | None, size: int) -> tuple[str, uuid.UUID] | None:
    """Remind people of what is due in 7, 3 or 1 days, or since yesterday, each once; return the last that was told.

    A deadline that is moved is another one.
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
