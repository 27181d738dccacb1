"""The table of gear: shoes, bikes and what else wears out."""

import datetime as dt
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

GEAR_KINDS = SHOES, BIKE, OTHER_GEAR = ("shoes", "bike", "other")
LONGEST_GEAR_NAME = 60
MOST_GEAR = 100
USUAL = "usual"
"""In the place of the id of gear: what the person uses for this kind of activity."""
MOST_GEAR_METRES = 1_000_000_000


class Gear(Record, Changing, db.Model):
    """Something that a person wears or rides.

    Its kilometres are those of its activities and `before_m`, which it had already. It is chosen by itself for the kinds
    of activities in `default_kinds`; no other gear of the person has one of these. Beyond `limit_m` its person is told
    once (`warned_at`). Since `retired_at` it is not offered any more.
    """

    __tablename__ = "training_gear"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_GEAR_NAME}", name="name_length"),
        CheckConstraint(one_of("kind", GEAR_KINDS), name="kind"),
        CheckConstraint(f"before_m BETWEEN 0 AND {MOST_GEAR_METRES}", name="before"),
        CheckConstraint(f"limit_m BETWEEN 1 AND {MOST_GEAR_METRES}", name="limit"),
        CheckConstraint("jsonb_typeof(default_kinds) = 'array'", name="default_kinds"),
        Index("ix_training_gear_person_id", "person_id", "created_at", "id"),
        Index(
            "ix_training_gear_to_watch",
            "id",
            postgresql_where="limit_m IS NOT NULL AND warned_at IS NULL AND retired_at IS NULL",
        ),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default=SHOES, server_default=SHOES)
    since: Mapped[dt.date | None]
    before_m: Mapped[int] = mapped_column(default=0, server_default="0")
    limit_m: Mapped[int | None]
    default_kinds: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    warned_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
