"""The tables of athletes, of their coaches with what these may, of invitations, and of what happened."""

import datetime as dt
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.texts.search import WordVector

STATUSES = ACTIVE, PAUSED, COMPLETED = ("active", "paused", "completed")
ROLES = HEAD, ASSISTANT, FOLLOWER = ("head", "assistant", "follower")
"""What a coach of an athlete is: who decides, who helps, and who only reads."""
CHANGING_ROLES = (HEAD, ASSISTANT)
RIGHTS = ACTIVITIES, MAP, HEART, CHECKINS, PLANS, AVAILABILITY = (
    *("activities", "map", "heart"),
    *("checkins", "plans", "availability"),
)
"""What an athlete lets a coach see, and, of plans, change."""
USUAL_RIGHTS = (ACTIVITIES, PLANS, AVAILABILITY)
"""What the form of an agreement proposes; the athlete chooses."""
LONGEST_NAME, LONGEST_RACE, LONGEST_NOTE = 80, 100, 2_000
MOST_ATHLETES, MOST_COACHES, MOST_A_DAY = 500, 10, 100
WORKS_FOR = timedelta(days=14)
"""How long an invitation is open."""


class Athlete(Record, Changing, db.Model):
    """Whom somebody coaches: a record that coaches keep, and the account of the athlete once they agreed.

    `person_id` is None as long as there is no account that agreed. What an athlete with an account lets a coach see
    and change is a row of `Coach`.
    """

    __tablename__ = "coaching_athletes"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"char_length(goal_race) <= {LONGEST_RACE}", name="goal_race_length"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note_length"),
        CheckConstraint("birth_year BETWEEN 1900 AND 2200", name="birth_year"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        Index("ix_coaching_athletes_person_id", "person_id"),
    )

    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    goal_race: Mapped[str] = mapped_column(default="", server_default="")
    goal_race_on: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default=ACTIVE, server_default=ACTIVE)
    archived_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship(lazy="raise")

    @property
    def is_active(self) -> bool:
        """Return whether the athlete trains at present."""
        return self.status == ACTIVE


ATHLETE_WORDS = Column("search", WordVector, nullable=True)
"""The words of name, race and note, which a trigger keeps and only the search reads: no attribute, so that no list loads them."""
Athlete.__table__.append_column(ATHLETE_WORDS)


class Coach(Record, Changing, db.Model):
    """Who coaches an athlete, as what, and what the athlete lets them see and change.

    `person_id` is the athlete's account once they agreed to this coach; without it none of the rights is there. A coach
    whom the athlete ends has no row any more.
    """

    __tablename__ = "coaching_coaches"
    __table_args__ = (
        UniqueConstraint("athlete_id", "coach_id"),
        UniqueConstraint("coach_id", "person_id"),
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint("coach_id <> person_id", name="themself"),
        CheckConstraint(
            "person_id IS NOT NULL OR NOT (activities OR map OR heart OR checkins OR plans OR availability)",
            name="agreed",
        ),
        Index("uq_coaching_coaches_head", "athlete_id", unique=True, postgresql_where=f"role = '{HEAD}'"),
        Index("ix_coaching_coaches_person_id", "person_id", "coach_id"),
        Index("ix_coaching_coaches_coach_id", "coach_id", "athlete_id"),
    )

    athlete_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_athletes.id", ondelete="CASCADE"))
    coach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(default=HEAD, server_default=HEAD)
    activities: Mapped[bool] = mapped_column(default=False, server_default="false")
    map: Mapped[bool] = mapped_column(default=False, server_default="false")
    heart: Mapped[bool] = mapped_column(default=False, server_default="false")
    checkins: Mapped[bool] = mapped_column(default=False, server_default="false")
    plans: Mapped[bool] = mapped_column(default=False, server_default="false")
    availability: Mapped[bool] = mapped_column(default=False, server_default="false")
    seen_at: Mapped[datetime | None]
    """When the coach last looked at what the athlete did and said; a further coach first does when they agree to coach."""
    head_asked_at: Mapped[datetime | None]
    """When the head asked this coach to be the head instead; None once that is answered."""

    athlete: Mapped[Athlete] = relationship(lazy="raise")
    coach: Mapped[Person] = relationship(lazy="raise", foreign_keys=[coach_id])

    @property
    def rights(self) -> list[str]:
        """Return the names of the rights that the athlete gave."""
        return [right for right in RIGHTS if getattr(self, right)]

    @property
    def is_asked(self) -> bool:
        """Return whether this is a further coach who has not agreed to coach yet."""
        return self.role != HEAD and self.person_id is None and self.seen_at is None

    @property
    def changes(self) -> bool:
        """Return whether the role lets the coach change anything."""
        return self.role in CHANGING_ROLES


class AthleteInvitation(Record, db.Model):
    """An invitation to be coached: by a number (E.164), whose holder alone it is for, or by a link, for who has it first.

    `number` is None for a link, and once the invitation is over. `sent_at` is when the worker was done with it.
    """

    __tablename__ = "coaching_invitations"
    __table_args__ = (
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="one_end"),
        Index(
            "uq_coaching_invitations_open",
            "athlete_id",
            unique=True,
            postgresql_where="accepted_at IS NULL AND revoked_at IS NULL",
        ),
        Index("ix_coaching_invitations_athlete_id", "athlete_id"),
        Index("ix_coaching_invitations_expires_at", "expires_at"),
        Index("ix_coaching_invitations_coach_id", "coach_id", "created_at"),
        Index("ix_coaching_invitations_number_hash", "number_hash", "created_at"),
    )

    athlete_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_athletes.id", ondelete="CASCADE"))
    coach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    number: Mapped[str | None]
    number_hash: Mapped[str | None]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Return whether somebody may still agree to it."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > clock.now()


class CoachingEvent(Record, db.Model):
    """What happened with an athlete or a plan: who did what, why, and what was before and after.

    `what` is the name of a kind of event; higher features write kinds of their own.
    """

    __tablename__ = "coaching_events"
    __table_args__ = (
        CheckConstraint("char_length(why) <= 500", name="why_length"),
        CheckConstraint("num_nonnulls(athlete_id, plan_id) > 0", name="about"),
        Index("ix_coaching_events_athlete_id", "athlete_id", "created_at", "id"),
        Index("ix_coaching_events_plan_id", "plan_id", "created_at", "id"),
        Index("ix_coaching_events_person_id", "person_id", "created_at", "id"),
    )

    athlete_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coaching_athletes.id", ondelete="CASCADE"))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    what: Mapped[str]
    why: Mapped[str] = mapped_column(default="", server_default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    is_told: Mapped[bool] = mapped_column(default=False, server_default="false")
