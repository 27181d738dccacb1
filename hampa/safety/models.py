"""Watches over runners, and looks at emergency contacts."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.run import Run

WAITING, NUDGED, ASKED, TOLD, HOME, CANCELLED = "waiting", "nudged", "asked", "told", "home", "cancelled"
RUNNING = (WAITING, NUDGED, ASKED, TOLD)
STATUSES = (*RUNNING, HOME, CANCELLED)
IS_RUNNING = one_of("status", RUNNING)

NUDGE_BEFORE = timedelta(minutes=10)
TELL_AFTER = timedelta(minutes=15)
MORE_MINUTES = (15, 30, 60)
LINK_LASTS = timedelta(days=2)
"""How long a link is valid after the time at which the runner was expected."""


class Watch(Record, Changing, db.Model):
    """A runner who is out and expected home; a person has at most one running watch.

    It is `waiting` until ten minutes before `expected_at`, when the runner is `nudged`; at that time they are `asked`,
    fifteen minutes later their contact is `told`. It ends when the runner says that they are `home` or do not go out
    (`cancelled`). `next_at` is the time of the next step: the row is the timer, and each step moves it in its own
    transaction. `heard_at` is the time of the runner's last answer, `told_at` that of the last alert to the contact.
    Without a run the runner is alone and starts at `place`.
    """

    __tablename__ = "safety_watches"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(f"({IS_RUNNING}) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(status IN ('waiting', 'nudged', 'asked')) = (next_at IS NOT NULL)", name="next"),
        CheckConstraint("char_length(contact_name) BETWEEN 1 AND 60", name="contact_name_length"),
        CheckConstraint(r"contact_phone ~ '^\+[1-9][0-9]{6,14}$'", name="contact_phone_e164"),
        CheckConstraint("char_length(place) <= 120", name="place_length"),
        Index("uq_safety_watches_running", "person_id", unique=True, postgresql_where=IS_RUNNING),
        Index("ix_safety_watches_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_safety_watches_next_at", "next_at", postgresql_where="next_at IS NOT NULL"),
        Index("ix_safety_watches_run_id", "run_id", postgresql_where="run_id IS NOT NULL"),
        Index("ix_safety_watches_contact_phone", "contact_phone"),
        Index("ix_safety_watches_ended_at", "ended_at", postgresql_where="ended_at IS NOT NULL"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    place: Mapped[str] = mapped_column(default="", server_default="")
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    expected_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=WAITING, server_default=WAITING)
    next_at: Mapped[datetime | None]
    heard_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    alerts_sent: Mapped[int] = mapped_column("tellings", default=0, server_default="0")
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")
    run: Mapped[Run | None] = relationship(lazy="raise")

    @property
    def running(self) -> bool:
        """Whether the watch has not ended."""
        return self.status in RUNNING

    @property
    def is_home(self) -> bool:
        """Whether the watch ended with the runner at home."""
        return self.status == HOME

    @property
    def tell_at(self) -> datetime:
        """The time at which the contact is alerted if the runner does not answer."""
        return self.expected_at + TELL_AFTER

    @property
    def zone(self) -> str | None:
        """The time zone of the watch: that of the run; None for that of the runner, who is alone."""
        return self.run.timezone if self.run is not None else None

    @property
    def where(self) -> str:
        """The starting place in the organiser's or the runner's words; may be empty."""
        return self.run.place if self.run is not None else self.place

    def link_ended(self, at: datetime) -> bool:
        """Return whether the links of this watch are too old at a time."""
        return at > max(self.expected_at, self.ended_at or self.expected_at) + LINK_LASTS


class ContactLook(Record, db.Model):
    """An organiser's look at a participant's emergency contact, one row for each run and full hour (UTC).

    The title stays when the run is deleted.
    """

    __tablename__ = "contact_looks"
    __table_args__ = (
        UniqueConstraint("run_id", "organiser_id", "person_id", "hour"),
        Index("ix_contact_looks_person_id_created_at", "person_id", "created_at", "id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    run_title: Mapped[str]
    hour: Mapped[datetime]
