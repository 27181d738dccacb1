"""Sending the reminders that are due, some at a time."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.checkin_reminders.models import CheckInReminder
from hampa.checkin_reminders.queries.due import DueReminder, people_to_remind
from hampa.notifications.actions.notifying import notify
from hampa.platform.db import db


def remind(due: Sequence[DueReminder], size: int) -> int:
    """Send at most `size` of the reminders that are due in some crews, and return how many.

    One statement for all of them, and some for each crew that has any: none for each person.
    """
    chosen = people_to_remind(due, size).subquery()
    rows = select(func.gen_random_uuid(), *chosen.c)
    columns = ["id", "person_id", "crew_id", "period_from", "day", "created_at"]
    added = insert(CheckInReminder).from_select(columns, rows, include_defaults=False).on_conflict_do_nothing()
    reminded: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for crew_id, person_id in db.session.execute(added.returning(CheckInReminder.crew_id, CheckInReminder.person_id)):
        reminded[crew_id].append(person_id)
    for one in due:
        if people := reminded.get(one.crew_id):
            notify(
                people,
                "check_in_open",
                subject_id=one.crew_id,
                data={"period_from": one.period_from.isoformat(), "day": one.day},
                event=f"{one.crew_id}:{one.period_from.isoformat()}:{one.day}",
                expires_at=one.ends_at,
            )
    return sum(len(people) for people in reminded.values())


def delete_reminders(before: datetime) -> None:
    """Delete the rows of reminders that were sent before a time."""
    statement = delete(CheckInReminder).where(CheckInReminder.created_at < before)
    db.session.execute(statement.execution_options(synchronize_session=False))
