"""The run itself, one row each."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from hampa.people.models.person import Person
from hampa.platform import ids
from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.search_index import FINDING_INDEXES, LISTED, SearchIndexed

LEVELS = ("all", "beginner", "regular", "advanced")
TERRAINS = ("road", "trail", "track", "mixed")
VISIBILITIES = ("public", "link")
COMPANIES = ("anyone", "women")
JOIN_POLICIES = ("open", "approval")
MOST_GUESTS = 3
MOST_PACE_GROUPS = 6

DEFAULT_DURATION = 60


class Run(Record, Changing, SearchIndexed, db.Model):
    """A joint run at one time and place.

    `starts_at` is the moment; `starts_local` and `timezone` are what the organiser said, the wall
    clock there; a moved run remembers when it would have started (`previous_starts_at`). People meet
    `meet_minutes_before`. `capacity` None means as many as come. `taken`
    counts the places of those who go, of their guests and of open offers (these once more in
    `offered`); `waiting`, `interested` and `requested` count people. Whoever changes who takes part
    holds the run's lock and changes these with it, and the database refuses more taken places than
    there are. `next_rank` is the rank the next comer gets. `guests_allowed` is how many guests each
    may bring. `directions` say how to find each other at the place. `paces` are those of its pace groups,
    the quickest first, for lists and searches. Nobody new comes after `joining_closes_at`; None means until the start.
    `sequence` counts the organiser's edits (RFC 5545 §3.8.7.4), not the joins. A run "by link" is in
    no list; who knows its id or its code may see it. A run of a series keeps the day that the rule
    has it on (`occurrence_on`), wherever it moves. `search` holds the folded words of the texts.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 3 AND 120", name="title_length"),
        CheckConstraint("char_length(description) <= 5000", name="description_length"),
        CheckConstraint("char_length(place) BETWEEN 2 AND 120", name="place_length"),
        CheckConstraint("char_length(directions) <= 500", name="directions_length"),
        CheckConstraint("duration_min BETWEEN 10 AND 2880", name="duration"),
        CheckConstraint("distance_km BETWEEN 0.5 AND 500", name="distance"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_pin"),
        CheckConstraint(one_of("level", LEVELS), name="level"),
        CheckConstraint(one_of("terrain", TERRAINS), name="terrain"),
        CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        CheckConstraint("capacity BETWEEN 2 AND 10000", name="capacity"),
        CheckConstraint("taken BETWEEN 0 AND capacity OR capacity IS NULL AND taken >= 0", name="room"),
        CheckConstraint("waiting >= 0 AND interested >= 0 AND requested >= 0", name="counts"),
        CheckConstraint("offered BETWEEN 0 AND taken", name="offered"),
        CheckConstraint(one_of("company", COMPANIES), name="company"),
        CheckConstraint(one_of("join_policy", JOIN_POLICIES), name="join_policy"),
        CheckConstraint(f"guests_allowed BETWEEN 0 AND {MOST_GUESTS}", name="guests_allowed"),
        CheckConstraint("meet_minutes_before BETWEEN 0 AND 120", name="meet_minutes_before"),
        CheckConstraint("joining_closes_at <= starts_at", name="joining_closes"),
        Index(
            "ix_runs_listed",
            "starts_at",
            "id",
            postgresql_where=LISTED,
        ),
        Index("ix_runs_organiser_id_starts_at", "organiser_id", "starts_at", "id"),
        CheckConstraint("(series_id IS NULL) = (occurrence_on IS NULL)", name="occurrence"),
        UniqueConstraint("series_id", "occurrence_on"),
        Index("ix_runs_series_id_starts_at", "series_id", "starts_at", postgresql_where="series_id IS NOT NULL"),
        *FINDING_INDEXES,
        Index("ix_runs_begun", "starts_at", postgresql_where="cancelled_at IS NULL"),
    )

    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    starts_at: Mapped[datetime]
    previous_starts_at: Mapped[datetime | None]
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    timezone: Mapped[str]
    duration_min: Mapped[int] = mapped_column(default=DEFAULT_DURATION, server_default="60")
    place: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    directions: Mapped[str] = mapped_column(default="", server_default="")
    distance_km: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    level: Mapped[str] = mapped_column(default="all", server_default="all")
    terrain: Mapped[str] = mapped_column(default="road", server_default="road")
    capacity: Mapped[int | None]
    visibility: Mapped[str] = mapped_column(default="public", server_default="public")
    company: Mapped[str] = mapped_column(default="anyone", server_default="anyone")
    join_policy: Mapped[str] = mapped_column(default="open", server_default="open")
    joining_closes_at: Mapped[datetime | None]
    meet_minutes_before: Mapped[int] = mapped_column(default=0, server_default="0")
    guests_allowed: Mapped[int] = mapped_column(default=0, server_default="0")
    paces: Mapped[tuple[int, ...]] = mapped_column(ARRAY(Integer, as_tuple=True), default=(), server_default="{}")
    short_code: Mapped[str] = mapped_column(default=ids.short_code, unique=True)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    offered: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    interested: Mapped[int] = mapped_column(default=0, server_default="0")
    requested: Mapped[int] = mapped_column(default=0, server_default="0")
    next_rank: Mapped[int] = mapped_column(default=1, server_default="1")
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id"))
    occurrence_on: Mapped[date | None]

    organiser: Mapped[Person] = relationship(lazy="raise")

    @validates("starts_at")
    def _remember_start(self, _name: str, starts_at: datetime) -> datetime:
        if self.starts_at is not None and self.starts_at != starts_at:
            self.previous_starts_at = self.starts_at
        return starts_at

    @hybrid_property
    def ends_at(self) -> datetime:
        """When the run ends, in Python and in SQL."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @ends_at.inplace.expression
    @classmethod
    def _ends_at_in_sql(cls) -> ColumnElement[datetime]:
        return cls.starts_at + func.make_interval(0, 0, 0, 0, 0, cls.duration_min)

    @property
    def meets_at(self) -> datetime:
        """When people meet, which may be some minutes before they leave."""
        return self.starts_at - timedelta(minutes=self.meet_minutes_before)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the place where it starts."""
        return ZoneInfo(self.timezone)

    @property
    def listed(self) -> bool:
        """Whether it is (or was, once over) among the runs that anybody finds."""
        return self.visibility == "public" and self.cancelled_at is None

    @property
    def places_left(self) -> int | None:
        """None means: as many as come."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def coming(self) -> int:
        """How many come, guests included."""
        return self.taken - self.offered


class PaceGroup(Record, db.Model):
    """One of the paces that a run goes in: `pace` in seconds a kilometre, `size` None for any number.

    The groups of a run stand in the order of `position`, from 0. Its leader takes part or organises.
    """

    __tablename__ = "pace_groups"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 40", name="name_length"),
        CheckConstraint("pace BETWEEN 120 AND 1200", name="pace"),
        CheckConstraint("size BETWEEN 1 AND 10000", name="size"),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_PACE_GROUPS - 1}", name="position"),
        Index("ix_pace_groups_leader_id", "leader_id", postgresql_where="leader_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    pace: Mapped[int]
    leader_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    size: Mapped[int | None]
