"""Runs, and who takes part in them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person, one_of
from hampa.platform import ids
from hampa.platform.db import Changing, Record, db
from hampa.platform.text import fold

LEVELS = ("all", "beginner", "regular", "advanced")
TERRAINS = ("road", "trail", "track", "mixed")
VISIBILITIES = ("public", "link")

INTERESTED, WAITLISTED, GOING, LEFT = "INTERESTED", "WAITLISTED", "GOING", "LEFT"
STATUSES = (
    INTERESTED,
    "REQUESTED",
    WAITLISTED,
    "OFFERED",
    GOING,
    "COMPLETED",
    "NO_SHOW",
    LEFT,
)

DEFAULT_DURATION = 60
LONGEST_WORD, MOST_WORDS = 40, 1000


class Run(Record, Changing, db.Model):
    """A joint run at one time and place.

    `starts_at` is the moment; `starts_local` and `timezone` are what the organiser said, the wall
    clock there. `capacity` None means as many as come. `taken`, `waiting` and `interested` count the
    participations; whoever changes those holds the run's lock and changes these with them, and the
    database refuses more taken places than there are. `next_rank` is the rank the next comer gets.
    `sequence` counts the organiser's edits (RFC 5545 §3.8.7.4), not the joins. A run "by link" is in
    no list; who knows its id or its code may see it. `search` holds the folded words of the texts.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 3 AND 120", name="title_length"),
        CheckConstraint("char_length(description) <= 5000", name="description_length"),
        CheckConstraint("char_length(place) BETWEEN 2 AND 120", name="place_length"),
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
        CheckConstraint("waiting >= 0 AND interested >= 0", name="counts"),
        Index(
            "ix_runs_listed",
            "starts_at",
            "id",
            postgresql_where="visibility = 'public' AND cancelled_at IS NULL",
        ),
        Index("ix_runs_organiser_id_starts_at", "organiser_id", "starts_at", "id"),
        Index("ix_runs_search", "search", postgresql_using="gin"),
    )

    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    starts_at: Mapped[datetime]
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    timezone: Mapped[str]
    duration_min: Mapped[int] = mapped_column(default=DEFAULT_DURATION, server_default="60")
    place: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    distance_km: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    level: Mapped[str] = mapped_column(default="all", server_default="all")
    terrain: Mapped[str] = mapped_column(default="road", server_default="road")
    capacity: Mapped[int | None]
    visibility: Mapped[str] = mapped_column(default="public", server_default="public")
    short_code: Mapped[str] = mapped_column(default=ids.short_code, unique=True)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    interested: Mapped[int] = mapped_column(default=0, server_default="0")
    next_rank: Mapped[int] = mapped_column(default=1, server_default="1")
    search: Mapped[Any] = mapped_column(TSVECTOR, deferred=True)

    organiser: Mapped[Person] = relationship(lazy="raise")

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.duration_min)

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


class Participation(Record, Changing, db.Model):
    """One person in one run: at most one row for the two, kept when the person leaves.

    `rank` is the order of coming within the run, given under the run's lock, never twice: the queue
    goes by it. Who comes back, or turns from interested to going, comes anew. `card_id` is the
    runner card a person brought along; `note` a line to the organiser.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        UniqueConstraint("run_id", "rank"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'LEFT') = (left_at IS NOT NULL)", name="left"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        Index("ix_participations_run_id_status_rank", "run_id", "status", "rank"),
        Index("ix_participations_person_id_run_id", "person_id", "run_id"),
        Index("ix_participations_card_id", "card_id", postgresql_where="card_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    status: Mapped[str]
    rank: Mapped[int]
    note: Mapped[str] = mapped_column(default="", server_default="")
    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"))
    left_at: Mapped[datetime | None]


Door = Literal["open", "queue", "cancelled", "started", "over"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a run, and what they can do about it: the state machine of its button.

    `door` says what a newcomer finds: "open" (a place), "queue" (the waitlist), or why there is no way
    in: "cancelled", "started", "over". `mine` is the status of one's own participation, None without
    one. `ahead` counts those before me in the queue: for a newcomer, all who wait.
    """

    door: Door
    mine: str | None = None
    ahead: int = 0

    @property
    def closed(self) -> bool:
        return self.door not in ("open", "queue")

    @property
    def offers(self) -> tuple[str, ...]:
        """What can be done now, the first thing first: join, wait, interest, leave."""
        if self.closed:
            return ()
        come = "join" if self.door == "open" else "wait"
        if self.mine in (GOING, WAITLISTED):
            return ("leave", "interest")
        if self.mine == INTERESTED:
            return (come, "leave")
        return (come, "interest")


def door_of(run: Any, at: datetime) -> Door:
    """What a newcomer to `run` (a run, or a row of a list) finds at a moment."""
    if run.cancelled_at is not None:
        return "cancelled"
    if run.starts_at + timedelta(minutes=run.duration_min) <= at:
        return "over"
    if run.starts_at <= at:
        return "started"
    full = run.capacity is not None and run.taken >= run.capacity
    return "queue" if full or run.waiting else "open"


def words_of(*texts: str) -> list[str]:
    """The words of texts as search compares them, each once.

    Done here and not by PostgreSQL, whose parser knows no Persian and splits by the database's
    locale; long words are cut, since a lexeme has a limit (2 kB).
    """
    folded = fold(" ".join(texts))
    words = (word[:LONGEST_WORD] for word in re.findall(r"\w+", folded))
    return list(dict.fromkeys(words))[:MOST_WORDS]
