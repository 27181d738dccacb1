"""The table of goals: so much in each week or month, or until a day."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import KINDS

METRICS = DISTANCE, TIME, CLIMB, TIMES = ("distance", "time", "climb", "times")
"""What is counted: metres, seconds, metres of climb, or activities."""
PERIODS = WEEK, MONTH, UNTIL = ("week", "month", "until")
MOST_GOALS = 20
MOST_TARGET = 100_000_000


class Goal(Record, Changing, db.Model):
    """So much (`target`, in the unit of its metric) each week or month of the person's calendar, or until `ends_on`.

    It counts from `starts_on`, only activities of `kind` and of the plan if they are set.
    """

    __tablename__ = "training_goals"
    __table_args__ = (
        CheckConstraint(one_of("metric", METRICS), name="metric"),
        CheckConstraint(one_of("period", PERIODS), name="period"),
        CheckConstraint(f"target BETWEEN 1 AND {MOST_TARGET}", name="target"),
        CheckConstraint(f"kind = '' OR {one_of('kind', KINDS)}", name="kind"),
        CheckConstraint(f"(period = '{UNTIL}') = (ends_on IS NOT NULL)", name="ends"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index("ix_training_goals_person_id", "person_id", "created_at", "id"),
        Index("ix_training_goals_plan_id", "plan_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    metric: Mapped[str]
    period: Mapped[str]
    target: Mapped[int]
    kind: Mapped[str] = mapped_column(default="", server_default="")
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
