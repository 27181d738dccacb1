"""The table of messages to people with duties."""

import datetime as dt
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

LONGEST = 500
AUDIENCES = SHIFT, DAY, ROLE, ALL = ("shift", "day", "role", "all")
"""Those on duty of a shift or on a day, those who have or had a duty of a schedule, and all of a crew or a series."""
STATES = DRAFT, SCHEDULED, SENDING, SENT, STOPPED = ("draft", "scheduled", "sending", "sent", "stopped")
TO_BE_SENT = (SCHEDULED, SENDING)
CHOSEN_CHANNELS = PUSH, SMS, MAIL = ("push", "sms", "mail")
"""The channels that its writer chooses among, besides the app."""


class Broadcast(Record, Changing, db.Model):
    """A message to people with duties of a crew or a series.

    It is a draft until its writer has seen its recipients and its cost. It is sent from `send_at` on, in chunks in the
    order of people's ids: `last_id` is the last person who was told. Who stops it keeps it from the others. `people` are
    the recipients in the app, `texted` those of them who got an SMS too.
    """

    __tablename__ = "duty_broadcasts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        CheckConstraint(one_of("audience", AUDIENCES), name="audience"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(audience IN ('shift', 'role')) = (schedule_id IS NOT NULL)", name="schedule"),
        CheckConstraint("(audience = 'shift') = (starts_at IS NOT NULL)", name="shift"),
        CheckConstraint("(audience = 'day') = (day IS NOT NULL)", name="day"),
        CheckConstraint("(state = 'draft') = (approved_at IS NULL)", name="approved"),
        Index("ix_duty_broadcasts_crew_id", "crew_id", "created_at", "id"),
        Index("ix_duty_broadcasts_series_id", "series_id", "created_at", "id"),
        Index("ix_duty_broadcasts_sender_id", "sender_id"),
        Index("ix_duty_broadcasts_stopped_by_id", "stopped_by_id"),
        Index("ix_duty_broadcasts_schedule_id", "schedule_id"),
        Index("ix_duty_broadcasts_send_at", "send_at", postgresql_where="state IN ('scheduled', 'sending')"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    text: Mapped[str]
    audience: Mapped[str]
    schedule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("duty_schedules.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime | None]
    day: Mapped[dt.date | None]
    timezone: Mapped[str]
    channels: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default=DRAFT, server_default=DRAFT)
    send_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    last_id: Mapped[uuid.UUID | None]
    people: Mapped[int] = mapped_column(default=0, server_default="0")
    texted: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def by_sms(self) -> bool:
        """Return whether it goes by SMS too."""
        return SMS in self.channels

    @property
    def waits(self) -> bool:
        """Return whether it is still to be sent, or goes out, and so can be stopped."""
        return self.state in TO_BE_SENT

    @property
    def is_scheduled(self) -> bool:
        """Return whether it waits for its time."""
        return self.state == SCHEDULED

    @property
    def tone(self) -> str:
        """Return the kind of the pill that names its state."""
        return tone_of(self.state)

    @property
    def is_of_time(self) -> bool:
        """Return whether it is to those on duty at a time, whom it concerns whoever wrote it."""
        return self.audience in (SHIFT, DAY)


def tone_of(state: str) -> str:
    """Return the kind of the pill that names a state."""
    return {STOPPED: "stop", SENT: "mine"}.get(state, "")
