"""Looks of organisers at the phone numbers of participants."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class PhoneLook(Record, db.Model):
    """That an organiser has seen a participant's phone number, because the time of the run opened it to them.

    One row for each run, organiser and participant; `last_at` is the last hour in which the number was shown.
    """

    __tablename__ = "phone_looks"
    __table_args__ = (
        UniqueConstraint("run_id", "organiser_id", "person_id"),
        Index("ix_phone_looks_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_phone_looks_organiser_id", "organiser_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    last_at: Mapped[datetime]
