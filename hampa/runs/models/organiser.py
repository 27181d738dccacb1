"""Who organises a run beside its owner."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db


class RunOrganiser(Record, Changing, db.Model):
    """Somebody who organises a run with its owner (`runs.organiser_id`, who never stands here).

    They may do what the owner may, except delete the run and hand it over. `agreed_at` is when it became plain that
    they want to; before, no page names them to anybody else: whoever has a list of phone numbers could learn names
    from it, or put somebody's name under a run they never heard of. `added_by_id` typed their number, of which
    `number_mark` is kept: whoever changes their number does not show the new one to who knew the old one.
    """

    __tablename__ = "run_organisers"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        Index("ix_run_organisers_person_id_run_id", "person_id", "run_id"),
        Index("ix_run_organisers_added_by_id", "added_by_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    agreed_at: Mapped[datetime | None]
    number_mark: Mapped[str] = mapped_column(default="", server_default="")
