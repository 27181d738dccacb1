"""The table of close-outs."""

import datetime as dt
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

LONGEST_THANKS = 500


class CloseOut(Record, Changing, db.Model):
    """The close-out of a day of duties of a crew or a series, asked for when its last shift was over (`ended_at`).

    The day goes from `since` to `until` in `timezone`. Somebody closes it once: `had_incidents` is then what they said;
    both may be corrected, and `said` counts how often they were said. Who came is thanked once. Until it is closed, who may do it is reminded once at `remind_at`.
    """

    __tablename__ = "duty_closeouts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint("until > since", name="day"),
        CheckConstraint("(closed_at IS NULL) = (had_incidents IS NULL)", name="closed"),
        CheckConstraint("(closed_at IS NULL) = (said = 0)", name="said"),
        CheckConstraint("corrected_at IS NULL OR closed_at IS NOT NULL", name="corrected"),
        CheckConstraint("thanked_at IS NOT NULL OR thanks = ''", name="thanked"),
        CheckConstraint("thanked_at IS NULL OR closed_at IS NOT NULL", name="thanked_when_closed"),
        CheckConstraint(f"char_length(thanks) <= {LONGEST_THANKS}", name="thanks_length"),
        Index("uq_duty_closeouts_crew_id", "crew_id", "day", unique=True, postgresql_where="crew_id IS NOT NULL"),
        Index("uq_duty_closeouts_series_id", "series_id", "day", unique=True, postgresql_where="series_id IS NOT NULL"),
        Index("ix_duty_closeouts_remind_at", "remind_at", postgresql_where="closed_at IS NULL AND reminded_at IS NULL"),
        Index("ix_duty_closeouts_ended_at", "ended_at", "id", postgresql_where="closed_at IS NULL"),
        Index("ix_duty_closeouts_closed_by_id", "closed_by_id"),
        Index("ix_duty_closeouts_corrected_by_id", "corrected_by_id"),
        Index("ix_duty_closeouts_thanked_by_id", "thanked_by_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    day: Mapped[dt.date]
    timezone: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime]
    remind_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    had_incidents: Mapped[bool | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    said: Mapped[int] = mapped_column(default=0, server_default="0")
    corrected_at: Mapped[datetime | None]
    corrected_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    thanks: Mapped[str] = mapped_column(default="", server_default="")
    thanked_at: Mapped[datetime | None]
    thanked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
