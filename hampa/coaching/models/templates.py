"""The tables of templates and of giving them to athletes, and how sessions are scaled and placed before a race."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.coaching.models.sessions import MOST_SECONDS, MOST_SESSIONS, MOST_WEEKS
from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import MOST_METRES
from hampa.training.models.plans import MOST_MILESTONES

LONGEST_TEMPLATE_NAME = 100
FIRST_BEFORE = 7 * MOST_WEEKS - 1
"""The most days before the race on which a session of a template lies."""
LEAST_PERCENT, MOST_PERCENT = 10, 200
MOST_A_WEEK = 14
MOST_GIVEN = 200
"""Athletes to whom a template is given at once."""
OUTCOMES = WAITING, GIVEN, NOT_YOURS, NOT_ALLOWED, NOT_ACTIVE, TOO_MANY = (
    "waiting",
    "given",
    "not_yours",
    "not_allowed",
    "not_active",
    "too_many",
)
"""What became of giving a template to one athlete: given, or why not."""
SECONDS_A_METRE = 0.36
"""What a distance counts for beside a duration, where the smallest sessions of a week are left out."""
PLANNED_COLUMNS = ("kind", "distance_m", "duration_s", "effort", "text")


class PlanTemplate(Record, Changing, db.Model):
    """Sessions and milestones that a coach gives to athletes, each so many days before the race (`before`).

    Each has an `id`; a session has `PLANNED_COLUMNS` too, and a milestone a `name`. The day of the race is 0.
    """

    __tablename__ = "coaching_templates"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_TEMPLATE_NAME}", name="name_length"),
        CheckConstraint(f"jsonb_array_length(sessions) <= {MOST_SESSIONS}", name="sessions"),
        CheckConstraint(f"jsonb_array_length(milestones) <= {MOST_MILESTONES}", name="milestones"),
        Index("ix_coaching_templates_coach_id", "coach_id", "created_at", "id"),
    )

    coach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    sessions: Mapped[list[Any]] = mapped_column(JSONB)
    milestones: Mapped[list[Any]] = mapped_column(JSONB)

    @property
    def weeks(self) -> int:
        """Return how many weeks it has, the week of the race included."""
        return weeks_of(self.sessions)


class TemplateGiving(Record, Changing, db.Model):
    """That a coach gave a template, as it was then and scaled, to athletes; finished once each has a result.

    `last_on` is the day of the race, or the one on which the last session lies if there is none.
    """

    __tablename__ = "coaching_givings"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_length"),
        Index("ix_coaching_givings_coach_id", "coach_id", "created_at", "id"),
    )

    coach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    template: Mapped[str]
    last_on: Mapped[dt.date]
    has_race: Mapped[bool]
    sessions: Mapped[list[Any]] = mapped_column(JSONB)
    milestones: Mapped[list[Any]] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None]


class GivingResult(Record, db.Model):
    """What became of giving a template to one athlete; `left_out` counts sessions whose days were over."""

    __tablename__ = "coaching_giving_results"
    __table_args__ = (
        UniqueConstraint("giving_id", "athlete_id"),
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
        Index("ix_coaching_giving_results_athlete_id", "athlete_id"),
        Index("ix_coaching_giving_results_plan_id", "plan_id"),
    )

    giving_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_givings.id", ondelete="CASCADE"))
    athlete_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_athletes.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(default=WAITING, server_default=WAITING)
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="SET NULL"))
    left_out: Mapped[int] = mapped_column(default=0, server_default="0")


@dataclass(frozen=True, slots=True)
class Scale:
    """How a template is changed as it is given.

    `percent` of each distance and duration; the last `weeks` alone; and the `most_a_week` largest sessions of each week.
    """

    percent: int = 100
    weeks: int | None = None
    most_a_week: int | None = None


def weeks_of(rows: Sequence[Any]) -> int:
    """Return how many weeks sessions of a template cover."""
    return max((one["before"] // 7 + 1 for one in rows), default=0)


def scaled(rows: Iterable[Any], scale: Scale) -> list[dict[str, Any]]:
    """Return sessions of a template as they are given, the first day first; what is planned for the race stays."""
    weeks: dict[int, list[dict[str, Any]]] = {}
    for one in rows:
        week = one["before"] // 7
        if scale.weeks is None or week < scale.weeks:
            weeks.setdefault(week, []).append({**one, **(_by_percent(one, scale.percent) if one["before"] else {})})
    chosen = [one for week in weeks.values() for one in _largest(week, scale.most_a_week)]
    return sorted(chosen, key=lambda one: (-one["before"], str(one.get("id", ""))))


def scaled_milestones(rows: Iterable[Any], scale: Scale) -> list[dict[str, Any]]:
    """Return the milestones of a template that lie in the weeks which are given."""
    return [dict(one) for one in rows if scale.weeks is None or one["before"] // 7 < scale.weeks]


def _by_percent(one: Any, percent: int) -> dict[str, Any]:
    metres, seconds = one["distance_m"], one["duration_s"]
    if percent == 100:
        return {}
    return {
        "distance_m": min(MOST_METRES, max(100, 100 * round(metres * percent / 10_000))) if metres else None,
        "duration_s": min(MOST_SECONDS, max(60, 60 * round(seconds * percent / 6_000))) if seconds else None,
    }


def _largest(week: list[dict[str, Any]], most: int | None) -> list[dict[str, Any]]:
    if most is None or len(week) <= most:
        return week
    by_size = sorted(week, key=lambda one: (one["before"] == 0, _size(one)), reverse=True)
    return by_size[:most]


def _size(one: Any) -> float:
    return float(one["duration_s"] or (one["distance_m"] or 0) * SECONDS_A_METRE)


def placed(rows: Iterable[Any], last_on: dt.date) -> list[tuple[dt.date, Any]]:
    """Return rows of a template with their days, filled backwards from the last one."""
    return [(last_on - timedelta(days=one["before"]), one) for one in rows]
