"""Sending reminders of runs."""

from datetime import datetime

from sqlalchemy import String, Uuid, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.platform import clock
from hampa.platform.db import db
from hampa.reminders.models import EVENING, Reminder
from hampa.reminders.queries import DueReminder
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import personal_link_ids, run_snapshot

COLUMNS = ("id", "run_id", "person_id", "kind", "start", "created_at")


def remind(run: Run, reminder: DueReminder) -> int:
    """Send a reminder to people who have not had it, in the app and by SMS, and return their number.

    Four statements for any number of people. Each SMS carries a link of its own, with which its reader answers in one
    tap whether they still come.
    """
    kind, now = reminder.kind, clock.now()
    start = run.starts_local.date().isoformat() if kind == EVENING else run.starts_at.isoformat()
    if not _insert_reminders(run, reminder, start, now):
        return 0
    reminded = select(Reminder.person_id).where(
        Reminder.run_id == run.id, Reminder.kind == kind, Reminder.start == start, Reminder.created_at == now
    )
    return notify(
        reminded,
        "run_reminder",
        subject_id=run.id,
        data={**run_snapshot(run), "kind": kind},
        event=f"{run.id}:{kind}:{start}",
        expires_at=run.starts_at,
        personal_sms_data=personal_link_ids(run),
    )


def delete_reminders(before: datetime) -> None:
    """Delete the rows of reminders that were sent before a time."""
    statement = delete(Reminder).where(Reminder.created_at < before)
    db.session.execute(statement.execution_options(synchronize_session=False))


def _insert_reminders(run: Run, reminder: DueReminder, start: str, now: datetime) -> int:
    """Insert a row for each person who has not had this reminder, and return their number."""
    people = reminder.people().subquery()
    rows = select(
        func.gen_random_uuid(),
        literal(run.id, Uuid),
        people.c.person_id,
        literal(reminder.kind, String),
        literal(start, String),
        literal(now, Reminder.created_at.type),
    )
    result = db.session.execute(
        insert(Reminder).from_select(COLUMNS, rows, include_defaults=False).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
