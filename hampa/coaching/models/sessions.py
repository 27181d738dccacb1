"""The tables of coached plans and their sessions; and how what was done compares with what was planned."""

import datetime as dt
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import FEELINGS, KINDS, LEAST_EFFORT, MOST_EFFORT, MOST_METRES

STATES = PLANNED, SKIPPED, EXCUSED = ("planned", "skipped", "excused")
EXCUSES = ILLNESS, TRAVEL = ("illness", "travel")
MOST_SECONDS = 48 * 3_600
LONGEST_TEXT, LONGEST_LINE, LONGEST_WHY = 500, 300, 200
MOST_SESSIONS, MOST_WEEKS = 600, 52
MOST_TEMPLATES = 100


class CoachedPlan(Record, Changing, db.Model):
    """What coaching adds to a plan: for which athlete it is, and the race to which it leads."""

    __tablename__ = "coaching_plans"
    __table_args__ = (
        Index("ix_coaching_plans_athlete_id", "athlete_id", "plan_id"),
        Index("ix_coaching_plans_race_on", "race_on"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"), unique=True)
    athlete_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coaching_athletes.id", ondelete="SET NULL"))
    race_on: Mapped[dt.date | None]


class PlanSession(Record, Changing, db.Model):
    """A session of a plan on a day of the athlete's calendar: what is planned, and what became of it.

    It is done when it has an activity or `done_at`; the distance and duration of the activity count before `done_…`.
    """

    __tablename__ = "coaching_sessions"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(f"distance_m BETWEEN 1 AND {MOST_METRES}", name="distance"),
        CheckConstraint(f"duration_s BETWEEN 60 AND {MOST_SECONDS}", name="duration"),
        CheckConstraint("num_nonnulls(distance_m, duration_s) > 0", name="measured"),
        CheckConstraint(f"effort BETWEEN {LEAST_EFFORT} AND {MOST_EFFORT}", name="effort"),
        CheckConstraint(f"char_length(text) <= {LONGEST_TEXT}", name="text_length"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(f"(state = '{EXCUSED}') = (excuse <> '')", name="excused"),
        CheckConstraint(f"excuse = '' OR {one_of('excuse', EXCUSES)}", name="excuse"),
        CheckConstraint(f"felt_effort BETWEEN {LEAST_EFFORT} AND {MOST_EFFORT}", name="felt_effort"),
        CheckConstraint(f"feeling = '' OR {one_of('feeling', FEELINGS)}", name="feeling"),
        CheckConstraint(f"char_length(line) <= {LONGEST_LINE}", name="line_length"),
        Index("ix_coaching_sessions_plan_id_day", "plan_id", "day", "id"),
        Index("ix_coaching_sessions_day", "day", "plan_id"),
        Index("uq_coaching_sessions_activity_id", "activity_id", unique=True),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    day: Mapped[dt.date]
    kind: Mapped[str]
    distance_m: Mapped[int | None]
    duration_s: Mapped[int | None]
    effort: Mapped[int | None] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default=PLANNED, server_default=PLANNED)
    excuse: Mapped[str] = mapped_column(default="", server_default="")
    activity_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("activities.id", ondelete="SET NULL"))
    done_at: Mapped[datetime | None]
    done_distance_m: Mapped[int | None]
    done_duration_s: Mapped[int | None]
    felt_effort: Mapped[int | None] = mapped_column(SmallInteger)
    feeling: Mapped[str] = mapped_column(default="", server_default="")
    line: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None]


class KeptSums(Record, db.Model):
    """What was done lately of what a plan planned, as it is told on `day`; stale once something in it has changed.

    Triggers on sessions and activities make it stale. `percents` are the sum of how much was done of each planned session;
    `percents_with_map` for who may see the lines of activities, of which they are told the visible part.
    """

    __tablename__ = "coaching_sums"
    __table_args__ = (
        UniqueConstraint("plan_id", "day"),
        Index("ix_coaching_sums_stale", "id", postgresql_where="is_stale"),
        Index("ix_coaching_sums_day", "day"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_plans.id", ondelete="CASCADE"))
    day: Mapped[dt.date]
    is_stale: Mapped[bool] = mapped_column(default=True, server_default="true")
    missed: Mapped[int] = mapped_column(default=0, server_default="0")
    sessions: Mapped[int] = mapped_column(default=0, server_default="0")
    percents: Mapped[float] = mapped_column(default=0, server_default="0")
    percents_with_map: Mapped[float] = mapped_column(default=0, server_default="0")
    last_day: Mapped[dt.date | None]


GREEN, AMBER, RED, OPEN, GREY, UNMEASURED = ("green", "amber", "red", "open", "excused", "unmeasured")


def percent_done(planned: tuple[int | None, int | None], done: tuple[int | None, int | None]) -> int | None:
    """Return the percentage of a planned distance (m) or duration (s) that was done, None if they do not compare.

    A distance counts before a duration where both sides have one.
    """
    for wanted, reached in zip(planned, done, strict=True):
        if wanted and reached is not None:
            return (200 * reached + wanted) // (2 * wanted)
    return None


def light_of(percent: int) -> str:
    """Return green within 20 percent of what was planned, amber from 50 to 79 and 121 to 150, else red."""
    if 80 <= percent <= 120:
        return GREEN
    return AMBER if 50 <= percent <= 150 else RED
