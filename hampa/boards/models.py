"""The table of boards."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db


class Board(Record, Changing, db.Model):
    """The board of a crew or a series, which whoever has its link sees without signing in.

    The link is made of the id and `serial` by our key, and not stored; a higher serial ends the links before.
    """

    __tablename__ = "duty_boards"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint("serial > 0", name="serial"),
        Index("uq_duty_boards_crew_id", "crew_id", unique=True, postgresql_where="crew_id IS NOT NULL"),
        Index("uq_duty_boards_series_id", "series_id", unique=True, postgresql_where="series_id IS NOT NULL"),
        Index("ix_duty_boards_author_id", "author_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    serial: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
