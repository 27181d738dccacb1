"""The tables of series and of their members."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db
from hampa.platform.locale import dates
from hampa.platform.locale.recurrence import Rule


class Series(Record, Changing, db.Model):
    """Runs that recur by a rule, at the same clock time, each with participants of its own.

    `rule` is an RRULE (RFC 5545) that counts from the day of `first_local`, the wall clock in `timezone`; `skipped` are
    the ISO dates that the series leaves out. `plan` is a `RunPlan` without its start and its crew (`crew_id`), which the runs
    follow. A run
    belongs to the day that the rule has for it (`occurrence_on`), even if it was moved. All days before `next_on` are
    done, and no run is ever made for them again; None means that there are no more. To make or change runs, lock the
    series first and the runs after it.
    """

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR next_on IS NULL", name="ended"),
        Index("ix_series_organiser_id", "organiser_id"),
        Index("ix_series_crew_id", "crew_id", postgresql_where="crew_id IS NOT NULL"),
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
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))

    organiser: Mapped[Person] = relationship(lazy="raise")

    @property
    def recurrence(self) -> Rule:
        """Return the parsed rule."""
        return Rule.parse(self.rule, self.timezone)

    @property
    def first_day(self) -> date:
        """Return the day from which the rule counts."""
        return self.first_local.date()

    @property
    def days_off(self) -> list[date]:
        """Return the skipped days in order."""
        return sorted(map(date.fromisoformat, self.skipped))

    @property
    def days_off_to_come(self) -> list[date]:
        """Return the skipped days that are not past in the zone of the series."""
        today = dates.today(self.timezone)
        return [day for day in self.days_off if day >= today]

    def days(self, since: date, last: date) -> list[date]:
        """Return the days from `since` to `last` on which the series has a run."""
        days = self.recurrence.between(self.first_day, since, last)
        return [day for day in days if day.isoformat() not in self.skipped]

    def times_left(self, day: date) -> int | None:
        """Return how many days the rule has from a day on; None if it has no number of times."""
        rule, first = self.recurrence, self.first_day
        return None if rule.count is None else rule.count - len(rule.between(first, first, day - timedelta(days=1)))

    def rule_from(self, day: date) -> Rule:
        """Return the rule as it counts from a day on."""
        return replace(self.recurrence, count=self.times_left(day))


class SeriesMembership(Record, db.Model):
    """A person who joins each new run of a series, in the order of the memberships."""

    __tablename__ = "series_memberships"
    __table_args__ = (
        UniqueConstraint("series_id", "person_id"),
        Index("ix_series_memberships_series_id_created_at", "series_id", "created_at", "id"),
        Index("ix_series_memberships_person_id", "person_id"),
    )

    series_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
