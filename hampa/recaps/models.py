"""Thanks to the organisers of a run."""

import uuid

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class Thanks(Record, db.Model):
    """That somebody who came to a run thanked its organisers, who read how many did, and no names."""

    __tablename__ = "run_thanks"
    __table_args__ = (UniqueConstraint("run_id", "person_id"), Index("ix_run_thanks_person_id", "person_id"))

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
