"""User names that were given up."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db

REST = timedelta(days=30)
"""For so long only who gave a name up may have it back, so that nobody passes for them by links that others still have."""


class FreedHandle(Record, db.Model):
    """A name that rests until `free_from`. Of whoever was erased it says neither the name, of which a keyed hash is kept as
    of all, nor whose it was: then nobody may have it meanwhile.
    """

    __tablename__ = "freed_handles"

    handle_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    free_from: Mapped[datetime]
