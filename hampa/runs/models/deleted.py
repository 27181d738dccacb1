"""Runs that were deleted."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class DeletedRun(Record, db.Model):
    """The id and the short code of a run that its organiser deleted, and nothing else of it.

    Links in messages and calendars live for years: they say that the run is gone, not that it never was.
    """

    __tablename__ = "deleted_runs"

    short_code: Mapped[str] = mapped_column(unique=True)
