"""The table of invites."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class RunInvite(Record, db.Model):
    """A person who was asked along to a run, by one of those who go to it or organise it; once for each run.

    Joining the run is the yes. `declined_at` is when the person said no, which nobody is told.
    """

    __tablename__ = "run_invites"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        CheckConstraint("asker_id <> person_id", name="two_people"),
        Index("ix_run_invites_person_id", "person_id"),
        Index("ix_run_invites_asker_id", "asker_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    asker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    declined_at: Mapped[datetime | None]
