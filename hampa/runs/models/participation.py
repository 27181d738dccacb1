"""Who takes part in a run, and the state machine of its button."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.run import MOST_GUESTS

INTERESTED, REQUESTED, WAITLISTED, OFFERED = "INTERESTED", "REQUESTED", "WAITLISTED", "OFFERED"
GOING, COMPLETED, NO_SHOW, LEFT = "GOING", "COMPLETED", "NO_SHOW", "LEFT"
STATUSES = (INTERESTED, REQUESTED, WAITLISTED, OFFERED, GOING, COMPLETED, NO_SHOW, LEFT)
TAKING_PART = (GOING, OFFERED, WAITLISTED, REQUESTED, INTERESTED)
"""The ways of taking part in a run that is not over; after it, GOING becomes COMPLETED or NO_SHOW."""
INVOLVED = (*TAKING_PART, COMPLETED, NO_SHOW)
WANTS_TO_GO = (GOING, WAITLISTED, OFFERED, REQUESTED)
CAME = (GOING, COMPLETED)
HAD_PLACE = (GOING, COMPLETED, NO_SHOW)


class Participation(Record, Changing, db.Model):
    """One person in one run: at most one row for the two, kept when the person leaves.

    `rank` is the order of coming within the run, given under the run's lock, never twice: the queue
    goes by it. Who comes back, or turns from interested to going, comes anew. `guests` come along
    and take places. `card_id` is the runner card a person brought along; `note` a line to the
    organiser, `organiser_note` one of the organiser to them.

    Who waits may have a place taken for them (`take_at_once`), or is offered it until
    `offer_ends_at`. Two who name each other (`together_with_id`) are offered two places or none.
    `declined_at` is when an organiser said no; such a person can't ask again. `still_in_at` is when
    somebody said, the evening before, that they still come. `walked_in` people were added by an
    organiser at the meeting point, who `called` them so; `put_in` is whoever an organiser let come without a word of
    their own. Either ends with the first thing that the person says about the run. Who said on the way that they are late is so by `late_min` minutes.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        UniqueConstraint("run_id", "rank"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'LEFT') = (left_at IS NOT NULL)", name="left"),
        CheckConstraint("(status = 'OFFERED') = (offer_ends_at IS NOT NULL)", name="offer"),
        CheckConstraint(f"guests BETWEEN 0 AND {MOST_GUESTS}", name="guests"),
        CheckConstraint("together_with_id <> person_id", name="together"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        CheckConstraint("char_length(organiser_note) <= 200", name="organiser_note_length"),
        CheckConstraint("late_min BETWEEN 1 AND 60", name="late_min"),
        CheckConstraint("char_length(called) <= 60", name="called_length"),
        Index("ix_participations_pace_group_id", "pace_group_id", postgresql_where="pace_group_id IS NOT NULL"),
        Index(
            "ix_participations_together_with_id", "together_with_id", postgresql_where="together_with_id IS NOT NULL"
        ),
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
    guests: Mapped[int] = mapped_column(default=0, server_default="0")
    pace_group_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pace_groups.id", ondelete="SET NULL"))
    take_at_once: Mapped[bool] = mapped_column(default=True, server_default="true")
    together_with_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    offer_ends_at: Mapped[datetime | None]
    organiser_note: Mapped[str] = mapped_column(default="", server_default="")
    walked_in: Mapped[bool] = mapped_column(default=False, server_default="false")
    put_in: Mapped[bool] = mapped_column(default=False, server_default="false")
    called: Mapped[str] = mapped_column(default="", server_default="")
    still_in_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    late_min: Mapped[int | None]
    left_at: Mapped[datetime | None]

    def speak(self) -> None:
        """The person has said something about the run: it is their own from now on, and so is their name in it."""
        self.put_in, self.called = False, ""

    @property
    def seats(self) -> int:
        """How many places the person takes, or would take."""
        return 1 + self.guests


Door = Literal["open", "queue", "ask", "closed", "cancelled", "started", "over"]
WAYS_IN = {"open": "join", "queue": "wait", "ask": "ask"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a run, and what they can do about it: the state machine of its button.

    `door` says what a newcomer finds: "open" (a place), "queue" (the waitlist), "ask" (an organiser
    decides), or why there is no way in: "closed" (joining has), "cancelled", "started", "over".
    `mine` is the status of one's own participation, None without one. `ahead` counts those before me
    in the queue: for a newcomer, all who wait. `offer_ends_at` is when a place offered to me goes to
    the next; `barred` says in words why this person can't come, "" when they can.
    """

    door: Door
    mine: str | None = None
    ahead: int = 0
    offer_ends_at: datetime | None = None
    barred: str = ""

    @property
    def closed(self) -> bool:
        """Whether nothing about who takes part changes any more."""
        return self.door in ("cancelled", "started", "over")

    @property
    def ways(self) -> tuple[str, ...]:
        """What can be done now, the first thing first: join, wait, ask, take, pass, interest, leave."""
        if self.closed:
            return ()
        if self.mine == OFFERED:
            return ("take", "pass")
        if self.mine in (GOING, WAITLISTED, REQUESTED):
            return ("leave", "interest")
        come = (WAYS_IN[self.door],) if self.door in WAYS_IN and not self.barred else ()
        if self.mine == INTERESTED:
            return (*come, "leave")
        return (*come, "interest") if come else ()


def door_of(run: Any, at: datetime, seats: int = 1) -> Door:
    """What a newcomer with so many `seats` to take finds at `run` (a run, or a row of a list) at a moment.

    A free place may be had while others wait: they need more than there is, or it would be theirs.
    """
    if run.cancelled_at is not None:
        return "cancelled"
    if run.starts_at + timedelta(minutes=run.duration_min) <= at:
        return "over"
    if run.starts_at <= at:
        return "started"
    if run.joining_closes_at is not None and run.joining_closes_at <= at:
        return "closed"
    if run.join_policy == "approval":
        return "ask"
    return "open" if run.capacity is None or run.taken + seats <= run.capacity else "queue"
