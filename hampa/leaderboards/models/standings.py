"""Tables: who stands on which boards, flags of implausible activities, and changes that boards have still to follow."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import Activity

FLAG_STATES = FLAGGED, APPEALED, UPHELD, LIFTED = ("flagged", "appealed", "upheld", "lifted")
"""An activity counts nowhere from its flag on, through an appeal and when the flag is upheld, until it is lifted."""
SHORTEST_REASON, LONGEST_REASON = 3, 500
MOST_FLAGS_A_DAY = 100


class Standing(Record, db.Model):
    """A person who chose to stand on the boards of a crew or of a plan, or, without either, on those of everybody.

    Triggers delete the row when the person does not belong to the crew or the plan any more: whoever comes back chooses
    again.
    """

    __tablename__ = "leaderboard_standings"
    __table_args__ = (
        UniqueConstraint("person_id", "crew_id", "plan_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("crew_id IS NULL OR plan_id IS NULL", name="one_scope"),
        Index("ix_leaderboard_standings_crew_id", "crew_id", "person_id"),
        Index("ix_leaderboard_standings_plan_id", "plan_id", "person_id"),
        Index("ix_leaderboard_standings_everyone", "person_id", postgresql_where="crew_id IS NULL AND plan_id IS NULL"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))


class ActivityFlag(Record, Changing, db.Model):
    """A moderator's or an operator's word that an activity is implausible, its person's note, and the decision.

    `crew_id` is the crew for whose boards a moderator flagged it; None of an operator.
    """

    __tablename__ = "activity_flags"
    __table_args__ = (
        UniqueConstraint("activity_id"),
        CheckConstraint(one_of("state", FLAG_STATES), name="state"),
        CheckConstraint(
            f"reason = '' OR char_length(reason) BETWEEN {SHORTEST_REASON} AND {LONGEST_REASON}", name="reason_length"
        ),
        CheckConstraint(f"char_length(appeal) <= {LONGEST_REASON}", name="appeal_length"),
        CheckConstraint(f"char_length(answer) <= {LONGEST_REASON}", name="answer_length"),
        Index("ix_activity_flags_person_id", "person_id"),
        Index("ix_activity_flags_flagged_by_id", "flagged_by_id"),
        Index("ix_activity_flags_decided_by_id", "decided_by_id"),
        Index("ix_activity_flags_crew_id", "crew_id"),
        Index("ix_activity_flags_state", "state", "created_at", "id"),
    )

    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    flagged_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default=FLAGGED, server_default=FLAGGED)
    appeal: Mapped[str] = mapped_column(default="", server_default="")
    appealed_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    activity: Mapped[Activity] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])

    @property
    def holds(self) -> bool:
        """Return whether the activity counts nowhere."""
        return self.state != LIFTED

    @property
    def may_appeal(self) -> bool:
        """Return whether the person may still say why it is right."""
        return self.state == FLAGGED


class BoardChange(Record, db.Model):
    """A person of whom something changed that boards count, written by triggers; the worker follows and deletes it.

    `who` refers to nobody, so that it outlives its person. With `gone` they do not stand any more on the boards of the
    scope, without one on any, and pages leave them out until the worker has done so.
    """

    __tablename__ = "leaderboard_changes"
    __table_args__ = (
        Index("ix_leaderboard_changes_created_at", "created_at", "id"),
        Index("ix_leaderboard_changes_gone", "scope", "scope_key", postgresql_where="gone"),
    )

    who: Mapped[uuid.UUID]
    scope: Mapped[str] = mapped_column(default="", server_default="")
    scope_key: Mapped[uuid.UUID | None]
    gone: Mapped[bool] = mapped_column(default=False, server_default="false")
