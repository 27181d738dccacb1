"""Who takes part in a run, and the state machine of its button."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models import one_of
from hampa.platform.db import Changing, Record, db

INTERESTED, WAITLISTED, GOING, LEFT = "INTERESTED", "WAITLISTED", "GOING", "LEFT"
STATUSES = (
    INTERESTED,
    "REQUESTED",
    WAITLISTED,
    "OFFERED",
    GOING,
    "COMPLETED",
    "NO_SHOW",
    LEFT,
)


class Participation(Record, Changing, db.Model):
    """One person in one run: at most one row for the two, kept when the person leaves.

    `rank` is the order of coming within the run, given under the run's lock, never twice: the queue
    goes by it. Who comes back, or turns from interested to going, comes anew. `card_id` is the
    runner card a person brought along; `note` a line to the organiser.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        UniqueConstraint("run_id", "rank"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'LEFT') = (left_at IS NOT NULL)", name="left"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        Index("ix_participations_run_id_status_rank", "run_id", "status", "rank"),
        Index("ix_participations_person_id_run_id", "person_id", "run_id"),
        Index("ix_participations_card_id", "card_id", postgresql_where="card_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    status: Mapped[str]
    rank: Mapped[int]
    note: Mapped[str] = mapped_column(default="", server_default="")
    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"))
    left_at: Mapped[datetime | None]


Door = Literal["open", "queue", "cancelled", "started", "over"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a run, and what they can do about it: the state machine of its button.

    `door` says what a newcomer finds: "open" (a place), "queue" (the waitlist), or why there is no way
    in: "cancelled", "started", "over". `mine` is the status of one's own participation, None without
    one. `ahead` counts those before me in the queue: for a newcomer, all who wait.
    """

    door: Door
    mine: str | None = None
    ahead: int = 0

    @property
    def closed(self) -> bool:
        return self.door not in ("open", "queue")

    @property
    def offers(self) -> tuple[str, ...]:
        """What can be done now, the first thing first: join, wait, interest, leave."""
        if self.closed:
            return ()
        come = "join" if self.door == "open" else "wait"
        if self.mine in (GOING, WAITLISTED):
            return ("leave", "interest")
        if self.mine == INTERESTED:
            return (come, "leave")
        return (come, "interest")


def door_of(run: Any, at: datetime) -> Door:
    """What a newcomer to `run` (a run, or a row of a list) finds at a moment."""
    if run.cancelled_at is not None:
        return "cancelled"
    if run.starts_at + timedelta(minutes=run.duration_min) <= at:
        return "over"
    if run.starts_at <= at:
        return "started"
    full = run.capacity is not None and run.taken >= run.capacity
    return "queue" if full or run.waiting else "open"
