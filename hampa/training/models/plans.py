"""The tables of plans: bodies of work, who belongs to them, and their milestones."""

import datetime as dt
import uuid
from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.texts.search import WordVector

VISIBILITIES = PRIVATE, MEMBERS, PUBLIC = ("private", "members", "public")
"""Who sees a plan: its owner alone, its members, or everybody who is signed in."""
STATUSES = PLANNED, UNDERWAY, ON_HOLD, COMPLETED, ARCHIVED = ("planned", "active", "on_hold", "completed", "archived")
OPEN_STATUSES = (PLANNED, UNDERWAY)
"""The statuses of plans on which activities are logged."""
ROLES = OWNER, CONTRIBUTOR, VIEWER = ("owner", "contributor", "viewer")
MEMBER_STATUSES = INVITED, JOINED = ("invited", "joined")
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 2_000
MOST_MEMBERS, MOST_MILESTONES, MOST_PLANS_A_DAY = 100, 50, 50
PLANS_MADE = "training_plans.create"
"""The limit that counts the plans that somebody makes."""


class TrainingPlan(Record, Changing, db.Model):
    """A body of work: what it is for, until when, and how far it has come."""

    __tablename__ = "training_plans"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"char_length(description) <= {LONGEST_DESCRIPTION}", name="description_length"),
        CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        Index("ix_training_plans_deadline", "deadline", postgresql_where="deadline IS NOT NULL"),
        Index("ix_training_plans_public", "created_at", "id", postgresql_where=f"visibility = '{PUBLIC}'"),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    visibility: Mapped[str] = mapped_column(default=PRIVATE, server_default=PRIVATE)
    status: Mapped[str] = mapped_column(default=UNDERWAY, server_default=UNDERWAY)
    deadline: Mapped[dt.date | None]


PLAN_WORDS = Column("search", WordVector, nullable=True)
"""The words of name and description, which a trigger keeps and only the search reads: no attribute, so that no list loads them."""
TrainingPlan.__table__.append_column(PLAN_WORDS)
Index("ix_training_plans_words", PLAN_WORDS, postgresql_using="gin", postgresql_where=f"visibility = '{PUBLIC}'")


class PlanMember(Record, Changing, db.Model):
    """A person who belongs to a plan, once each, or is invited to; who leaves or is removed has no row."""

    __tablename__ = "training_plan_members"
    __table_args__ = (
        UniqueConstraint("plan_id", "person_id"),
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint(one_of("status", MEMBER_STATUSES), name="status"),
        CheckConstraint(f"role <> '{OWNER}' OR status = '{JOINED}'", name="owner"),
        Index("uq_training_plan_members_owner", "plan_id", unique=True, postgresql_where=f"role = '{OWNER}'"),
        Index("ix_training_plan_members_person_id", "person_id", "plan_id"),
        Index("ix_training_plan_members_invited_by_id", "invited_by_id"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(default=CONTRIBUTOR, server_default=CONTRIBUTOR)
    status: Mapped[str] = mapped_column(default=INVITED, server_default=INVITED)
    invited_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    plan: Mapped[TrainingPlan] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])

    keeps_as = cast(str | None, None)
    """The role that a higher feature gives who keeps the plan for its owner; without a status there is no row."""

    @property
    def keeps(self) -> bool:
        """Return whether the person keeps the plan for its owner, whether or not they have joined."""
        return self.keeps_as is not None

    @property
    def owns(self) -> bool:
        """Return whether the person decides on the plan."""
        return OWNER in (self.role, self.keeps_as)

    @property
    def belongs(self) -> bool:
        """Return whether the person has joined."""
        return self.status == JOINED

    @property
    def contributes(self) -> bool:
        """Return whether the person changes the milestones of the plan."""
        return self.logs or self.keeps_as in (OWNER, CONTRIBUTOR)

    @property
    def logs(self) -> bool:
        """Return whether the person logs activities on the plan."""
        return self.belongs and self.role != VIEWER


class Milestone(Record, Changing, db.Model):
    """A step of a plan, by a day if it has one, and since when it is done."""

    __tablename__ = "training_milestones"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        Index("ix_training_milestones_plan_id", "plan_id", "due_on", "id"),
        Index("ix_training_milestones_due_on", "due_on", postgresql_where="done_at IS NULL AND due_on IS NOT NULL"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    name: Mapped[str]
    due_on: Mapped[dt.date | None]
    done_at: Mapped[datetime | None]
