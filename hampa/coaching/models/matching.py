"""The table of activities of which their persons said to which session they belong."""

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db
from hampa.training.models.activities import HIKE, RUN, TRAIL, WALK

FAMILIES = {TRAIL: RUN, HIKE: WALK}
"""Kinds that stand for others where an activity is matched to a session; others stand for themselves."""
NEAR_DAYS = 3
"""Days around a session on which an activity lies that its person may choose for it."""


class MatchChoice(Record, db.Model):
    """That a person said to which session an activity belongs, or that it belongs to none: it is not matched by itself."""

    __tablename__ = "coaching_match_choices"

    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), unique=True)


def family_of(kind: str) -> str:
    """Return the kind for which a kind stands when it is matched."""
    return FAMILIES.get(kind, kind)
