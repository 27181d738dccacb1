"""The table of check-ins."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.crews.models import FEWEST_NUMBERS, MOST_NUMBERS
from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of

SCALES = ("productive", "satisfied", "body", "care")
"""What is answered from 1 to 10; the first three count for the score, and cares against it."""
LOWEST, HIGHEST = 1, 10
LONGEST_NOTE = 1_000
MOODS = ("🤩", "🙂", "😐", "😴", "😟", "😢", "😠")
WELL, ILL, INJURED = "well", "ill", "injured"
HEALTH = (WELL, ILL, INJURED)
CREW, NUMBERS, PRIVATE = "crew", "numbers", "private"
SHARING = (CREW, NUMBERS, PRIVATE)
"""Who learns of a check-in besides its person: the members of the crew, who read it; the numbers of the crew alone, in
which it counts without a name; or nobody."""


class CheckIn(Record, Changing, db.Model):
    """What a person answered for one period of a crew, once each.

    The period is made of days of the crew's zone, from `period_from` until before `period_to`, and ends at `ends_at`;
    it stays as it was when the crew changes its rhythm. A check-in stays with its person when the crew is gone.
    `counted_from` is how many answers by numbers only the person was promised to be among, whatever the crew says later.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("person_id", "crew_id", "period_from"),
        *(CheckConstraint(f"{name} BETWEEN {LOWEST} AND {HIGHEST}", name=name) for name in SCALES),
        CheckConstraint("energy BETWEEN 1 AND 5", name="energy"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note_length"),
        CheckConstraint("char_length(mood) <= 8", name="mood_length"),
        CheckConstraint(one_of("health", HEALTH), name="health"),
        CheckConstraint(one_of("sharing", SHARING), name="sharing"),
        CheckConstraint(f"counted_from BETWEEN {FEWEST_NUMBERS} AND {MOST_NUMBERS}", name="counted_from"),
        CheckConstraint("period_from < period_to", name="period"),
        Index("ix_check_ins_person_id_period_from", "person_id", "period_from", "id"),
        Index(
            "ix_check_ins_crew_id_period_from", "crew_id", "period_from", "id", postgresql_where=f"sharing = '{CREW}'"
        ),
        Index("ix_check_ins_period", "crew_id", "period_from", "period_to"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    ends_at: Mapped[datetime]
    productive: Mapped[int] = mapped_column(SmallInteger)
    satisfied: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[int] = mapped_column(SmallInteger)
    care: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int] = mapped_column(SmallInteger, Computed("productive + satisfied + body - care", persisted=True))
    note: Mapped[str] = mapped_column(default="", server_default="")
    mood: Mapped[str] = mapped_column(default="", server_default="")
    energy: Mapped[int | None] = mapped_column(SmallInteger)
    health: Mapped[str] = mapped_column(default=WELL, server_default=WELL)
    sharing: Mapped[str] = mapped_column(default=PRIVATE, server_default=PRIVATE)
    counted_from: Mapped[int] = mapped_column(SmallInteger, default=MOST_NUMBERS, server_default=str(MOST_NUMBERS))

    @property
    def last_day(self) -> date:
        """Return the last day of the period."""
        return self.period_to - timedelta(days=1)

    @property
    def may_be_changed(self) -> bool:
        """Return whether the period goes on."""
        return clock.now() < self.ends_at
