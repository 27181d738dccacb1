"""Tables of appeals: how a crew or a series asks, who wants to be asked, the appeals, and whom they asked."""

import datetime as dt
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

USUAL_DAYS, USUAL_MOST = 14, 10
LONGEST_DAYS, MOST_AT_ONCE = 365, 50
ANSWERS = TAKEN, DECLINED = ("taken", "declined")


class AppealSettings(Record, Changing, db.Model):
    """How a crew or a series asks: each person once in `every_days` at most, and `most` people in one appeal.

    With `is_automatic` the worker appeals by itself for shifts that are short when their coordinators are warned.
    """

    __tablename__ = "duty_appeal_settings"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(f"every_days BETWEEN 1 AND {LONGEST_DAYS}", name="every_days"),
        CheckConstraint(f"most BETWEEN 1 AND {MOST_AT_ONCE}", name="most"),
        Index("uq_duty_appeal_settings_crew_id", "crew_id", unique=True, postgresql_where="crew_id IS NOT NULL"),
        Index("uq_duty_appeal_settings_series_id", "series_id", unique=True, postgresql_where="series_id IS NOT NULL"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    is_automatic: Mapped[bool] = mapped_column(default=False, server_default="false")
    every_days: Mapped[int] = mapped_column(SmallInteger, default=USUAL_DAYS, server_default=str(USUAL_DAYS))
    most: Mapped[int] = mapped_column(SmallInteger, default=USUAL_MOST, server_default=str(USUAL_MOST))


class AppealChoice(Record, db.Model):
    """That a person wants to be asked when a shift of a crew or a series is short; `asked_at` is when they last were."""

    __tablename__ = "duty_appeal_choices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        Index(
            "uq_duty_appeal_choices_crew_id",
            "crew_id",
            "person_id",
            unique=True,
            postgresql_where="crew_id IS NOT NULL",
        ),
        Index(
            "uq_duty_appeal_choices_series_id",
            "series_id",
            "person_id",
            unique=True,
            postgresql_where="series_id IS NOT NULL",
        ),
        Index("ix_duty_appeal_choices_person_id", "person_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime | None]


class Appeal(Record, db.Model):
    """An appeal to take a place in a shift, by a coordinator or by the worker, by which once a day for each shift."""

    __tablename__ = "duty_appeals"
    __table_args__ = (
        Index("ix_duty_appeals_schedule_id", "schedule_id", "starts_at"),
        Index("ix_duty_appeals_author_id", "author_id"),
        Index(
            "uq_duty_appeals_automatic", "schedule_id", "starts_at", "day", unique=True, postgresql_where="is_automatic"
        ),
    )

    schedule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_schedules.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    is_automatic: Mapped[bool] = mapped_column(default=False, server_default="false")
    day: Mapped[dt.date]


class Ask(Record, db.Model):
    """That an appeal asked a person, and what they answered."""

    __tablename__ = "duty_asks"
    __table_args__ = (
        UniqueConstraint("appeal_id", "person_id"),
        CheckConstraint(f"answer IS NULL OR {one_of('answer', ANSWERS)}", name="answer"),
        Index("ix_duty_asks_person_id", "person_id"),
    )

    appeal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_appeals.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
