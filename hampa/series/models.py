"""The series: a rule that makes runs, and those who come every time."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models.person import Person
from hampa.platform.db import Changing, Record, db
from hampa.platform.locale import dates
from hampa.platform.locale.recurrence import Rule


class Series(Record, Changing, db.Model):
    """Runs that come again by a rule, at the same clock time, each with participants of its own.

    `rule` is an RRULE (RFC 5545) that counts from the day of `first_local`, the wall clock in `timezone`; `skipped` are
    the days it leaves out, in ISO. `plan` is what the runs follow, all of a `Plan` but when it starts. A run is known by
    the day on which the rule has it, wherever it was moved since. All days before `next_on` have been seen to, and no run
    is ever made for them again; with None there are no more. Whoever makes or changes runs of it holds its lock, taken
    before those of its runs.
    """

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR next_on IS NULL", name="ended"),
        Index("ix_series_organiser_id", "organiser_id"),
        Index("ix_series_next_on", "next_on", "id", postgresql_where="next_on IS NOT NULL"),
    )

    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    rule: Mapped[str]
    timezone: Mapped[str]
    first_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    skipped: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    plan: Mapped[dict[str, Any]]
    next_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    organiser: Mapped[Person] = relationship(lazy="raise")

    @property
    def recurs(self) -> Rule:
        """The rule, read."""
        return Rule.parse(self.rule, self.timezone)

    @property
    def days_off(self) -> list[date]:
        """The days that it leaves out, in their order."""
        return sorted(map(date.fromisoformat, self.skipped))

    @property
    def days_off_to_come(self) -> list[date]:
        """Those of them that are not past, on the calendar of its place."""
        today = dates.today(self.timezone)
        return [day for day in self.days_off if day >= today]

    def days(self, since: date, last: date) -> list[date]:
        """The days from `since` to `last` on which it has a run, those that are skipped left out."""
        days = self.recurs.between(self.first_local.date(), since, last)
        return [day for day in days if day.isoformat() not in self.skipped]


class SeriesMembership(Record, db.Model):
    """Somebody who comes every time: each new run of the series has them going, in the order of their coming."""

    __tablename__ = "series_memberships"
    __table_args__ = (
        UniqueConstraint("series_id", "person_id"),
        Index("ix_series_memberships_series_id_created_at", "series_id", "created_at", "id"),
        Index("ix_series_memberships_person_id", "person_id"),
    )

    series_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
