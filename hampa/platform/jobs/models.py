"""The table of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

URGENT, NORMAL = "urgent", "normal"
QUEUES = (URGENT, NORMAL)
"""In the order in which a worker serves them."""


class Job(Record, Changing, db.Model):
    """A function to be run once, by its registered name and with plain arguments.

    `waiting` until `due_at`; `running` while a worker holds it, and `due_at` is then the end of the worker's lease, after
    which another worker may claim the row. Ends as `done` or `failed`. Ended rows are kept for some days, so that the
    same `key` is not enqueued again.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="status"),
        CheckConstraint("queue IN ('urgent', 'normal')", name="queue"),
        Index("ix_jobs_due", "queue", "due_at", postgresql_where="status IN ('waiting', 'running')"),
        Index("ix_jobs_status_updated_at", "status", "updated_at"),
    )

    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(unique=True)
    queue: Mapped[str] = mapped_column(default=NORMAL)
    status: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    last_error: Mapped[str | None]
