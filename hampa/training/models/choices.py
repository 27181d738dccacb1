"""The table of what people chose for all their activities."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import CIRCLES, ME, VISIBILITIES


class TrainingChoices(Record, Changing, db.Model):
    """Who sees new activities of a person, their lines and their pulse; who has no row shows them to nobody."""

    __tablename__ = "training_choices"
    __table_args__ = tuple(CheckConstraint(one_of(circle, VISIBILITIES), name=circle) for circle in CIRCLES)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
    map_visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
    heart_visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
