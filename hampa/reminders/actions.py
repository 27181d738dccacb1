"""Reminding those who go of their run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Uuid, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions import notify
from hampa.platform import clock
from hampa.platform.db import db
from hampa.reminders.models import EVENING, Reminder
from hampa.reminders.queries import Round
from hampa.runs.actions.snapshots import personal_links, run_snapshot
from hampa.runs.models.run import Run

COLUMNS = ("id", "run_id", "person_id", "kind", "start", "created_at")


def remind(run: Run, round: Round) -> int:
    """Remind those of a round who have not been, in the app and by SMS; how many those were.

    Four statements for any number of people. Each SMS carries a link of its own, by which its reader
    says in one tap whether they still come.
    """
    start = run.starts_local.date().isoformat() if round.kind == EVENING else run.starts_at.isoformat()
    now = clock.now()
    if not _note(run, round, start, now):
        return 0
    reminded = select(Reminder.person_id).where(
        Reminder.run_id == run.id, Reminder.kind == round.kind, Reminder.start == start, Reminder.created_at == now
    )
    return notify(
        reminded,
        "run_reminder",
        subject_id=run.id,
        data={**run_snapshot(run), "kind": round.kind},
        event=f"{run.id}:{round.kind}:{start}",
        expires_at=run.starts_at,
        personal_sms_data=personal_links(run),
    )


def forget_reminders(before: datetime) -> None:
    """Delete the notes of reminders that went out before some time."""
    db.session.execute(
        delete(Reminder).where(Reminder.created_at < before).execution_options(synchronize_session=False)
    )


def _note(run: Run, round: Round, start: str, now: datetime) -> int:
    """One row for each who was not yet reminded of this start in this way; how many those were."""
    people = round.people().subquery()
    chosen = select(
        func.gen_random_uuid(),
        literal(run.id, Uuid),
        people.c.person_id,
        literal(round.kind, String),
        literal(start, String),
        literal(now, Reminder.created_at.type),
    )
    noted = db.session.execute(
        insert(Reminder).from_select(COLUMNS, chosen, include_defaults=False).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    return int(noted.rowcount)  # type: ignore[attr-defined]
