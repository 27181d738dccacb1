"""The table of timers that run."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import KINDS

ASKED_AFTER = timedelta(hours=5)
"""How long a timer runs before its person is asked whether it still should."""
STOPPED_AFTER = timedelta(hours=24)
"""How long a timer runs at most, with its breaks: then it is stopped."""
MOST_PAUSES = 500
"""The limit of breaks that are kept one by one: the last ones."""


class Timer(Record, Changing, db.Model):
    """The timer of a person, one at a time, from `started_at` until it is stopped: then it is an activity.

    It stands still since `paused_at`, if that is set, and has stood still for `paused_s` seconds before: `pauses` has
    each break, as seconds from the start to its beginning, and its length. `asked_at` is when the person was asked
    whether it still runs.
    """

    __tablename__ = "activity_timers"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("paused_s >= 0", name="paused_s"),
        CheckConstraint("paused_at >= started_at", name="paused_at"),
        Index("ix_activity_timers_started_at", "started_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[str]
    timezone: Mapped[str]
    started_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    paused_s: Mapped[int] = mapped_column(default=0, server_default="0")
    pauses: Mapped[list[list[int]]] = mapped_column(JSONB, default=list, server_default="[]")
    asked_at: Mapped[datetime | None]

    @property
    def is_running(self) -> bool:
        """Return whether it does not stand still."""
        return self.paused_at is None

    def seconds_at(self, moment: datetime) -> int:
        """Return the seconds that it shows at a moment: the time since its start without the breaks."""
        end = self.paused_at or moment
        return max(0, int((end - self.started_at).total_seconds()) - self.paused_s)

    def paused_s_until(self, moment: datetime) -> int:
        """Return the seconds for which it stood still before a moment, without what stands still now."""
        at = (moment - self.started_at).total_seconds()
        later = sum(length - max(0, min(length, round(at - begin))) for begin, length in self.pauses)
        return self.paused_s - later
