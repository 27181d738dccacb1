"""Tables of members who drift, of looks at them, and of links to help."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db, one_of

DROPPED, STOPPED = "dropped", "stopped"
REASONS = (DROPPED, STOPPED)
LOCALES = ("", "en", "fa")
LONGEST_TITLE, LONGEST_NOTE, LONGEST_ADDRESS = 100, 200, 300
MOST_LINKS = 20


class Drift(Record, db.Model):
    """That the check-ins of a member dropped below their own mean, or stopped, `since` the first day of a period.

    `basis` is the consent by which the worker looked: a member who takes it back is not shown, whatever is stored. A
    trigger deletes the row when a check-in of the member in the crew is made, changed or deleted.
    """

    __tablename__ = "drifts"
    __table_args__ = (
        UniqueConstraint("crew_id", "person_id"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("basis IN ('shared', 'all')", name="basis"),
        Index("ix_drifts_person_id", "person_id"),
        Index("ix_drifts_crew_id", "crew_id", "since", "id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    reason: Mapped[str]
    basis: Mapped[str]
    since: Mapped[date]
    periods: Mapped[int] = mapped_column(SmallInteger)


class DriftLook(Record, db.Model):
    """That an organiser saw a member among those who might like to be asked; `last_at` is the last time."""

    __tablename__ = "drift_looks"
    __table_args__ = (
        UniqueConstraint("crew_id", "viewer_id", "person_id", "since"),
        Index("ix_drift_looks_viewer_id", "viewer_id"),
        Index("ix_drift_looks_person_id", "person_id", "last_at"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    viewer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    since: Mapped[date]
    last_at: Mapped[datetime]


class HelpLink(Record, db.Model):
    """Where help is found, as the operator chose it: a page (https) or a phone number (tel), for readers of a language."""

    __tablename__ = "help_links"
    __table_args__ = (
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title_length"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note_length"),
        CheckConstraint(f"char_length(address) <= {LONGEST_ADDRESS}", name="address_length"),
        CheckConstraint("address ~ '^(https://|tel:)'", name="address"),
        CheckConstraint(one_of("locale", LOCALES), name="locale"),
        Index("ix_help_links_created_at", "created_at", "id"),
    )

    title: Mapped[str]
    address: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    locale: Mapped[str] = mapped_column(default="", server_default="")
