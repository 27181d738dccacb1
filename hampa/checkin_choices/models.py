"""Tables of choices: of a person in one crew, and of a person for all of theirs."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

NOBODY, FROM_SHARED, FROM_ALL = "nobody", "shared", "all"
ASKING = (NOBODY, FROM_SHARED, FROM_ALL)
"""Whether organisers may be told that a member might like to be asked: no; by what they share; by private ones too."""


class CheckInChoices(Record, Changing, db.Model):
    """What a member chose about the check-ins of one crew; the row stays when they leave, and has no effect then."""

    __tablename__ = "check_in_choices"
    __table_args__ = (
        UniqueConstraint("person_id", "crew_id"),
        CheckConstraint(one_of("asking", ASKING), name="asking"),
        Index("ix_check_in_choices_crew_id", "crew_id"),
        Index("ix_check_in_choices_asking", "id", postgresql_where=f"asking <> '{NOBODY}'"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    reminders: Mapped[bool] = mapped_column(default=True, server_default="true")
    asking: Mapped[str] = mapped_column(default=NOBODY, server_default=NOBODY)


class CheckInPreferences(Record, Changing, db.Model):
    """What a person chose for all their check-ins; `sharing` is what the form of a new one begins with."""

    __tablename__ = "check_in_preferences"
    __table_args__ = (CheckConstraint("sharing IN ('private', 'numbers', 'crew')", name="sharing"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    reminders: Mapped[bool] = mapped_column(default=True, server_default="true")
    sharing: Mapped[str] = mapped_column(default="private", server_default="private")
