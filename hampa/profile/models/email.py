"""Mail addresses that people have asked to have verified."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class EmailVerification(Record, db.Model):
    """A link that was mailed to an address, so that whoever reads it there can say that it is theirs.

    Of its token a keyed hash is kept. Good until `expires_at`, once (`used_at`), and for the newest one of a person.
    """

    __tablename__ = "email_verifications"
    __table_args__ = (
        Index("ix_email_verifications_person_id_created_at", "person_id", "created_at"),
        Index("ix_email_verifications_address", func.lower(text("address")), "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    address: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
