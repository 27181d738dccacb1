"""Tables of badges: what each asks for, who has it, and whom the worker is to look at again."""

import datetime as dt
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.media.pictures import PictureMixin, picture_constraints
from hampa.training.models.activities import VISIBILITIES

METRICS = HOURS, DISTANCE, COUNT, STREAK, ATTENDANCE, DUTIES, WELCOMES = (
    "hours",
    "distance",
    "count",
    "streak",
    "attendance",
    "duties",
    "welcomes",
)
"""What is counted: hours and kilometres of activities, activities, weeks in a row with anything in them, runs to which
one came, duties done, and people whose first run was one that one organises."""
OF_ACTIVITIES = (HOURS, DISTANCE, COUNT, STREAK)
"""The metrics that may be counted on one plan."""
WINDOWS = ALL, WEEK, MONTH, BETWEEN = ("all", "week", "month", "between")
"""When it has to come together: ever, in one week or month of the person's calendar, or between two days."""
UNITS: Final = {HOURS: 3_600, DISTANCE: 1_000}
"""What one of the unit of a threshold is in that of the sums; 1 for others."""
DRAWINGS = (
    "dawn",
    "lanes",
    "road",
    "mountain",
    "flame",
    "calendar",
    "hands",
    "flag",
    "heart",
    "star",
    "whistle",
    "door",
)
MOST_THRESHOLD = 100_000
LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_REASON = 60, 300, 200
MOST_OF_SITE, MOST_OF_CREW = 200, 20
MOST_ELSEWHERE, LONGEST_SITE = 500, 200
PICTURE_WIDTHS = (256, 96)


class Criteria(BaseModel):
    """What a badge asks for, as it is stored: unknown fields are refused.

    `threshold` is in hours, kilometres, weeks or times, by the metric. `plan` or `crew` narrows what is counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Literal["hours", "distance", "count", "streak", "attendance", "duties", "welcomes"]
    window: Literal["all", "week", "month", "between"] = "all"
    since: dt.date | None = None
    until: dt.date | None = None
    threshold: float = Field(ge=0.1, le=MOST_THRESHOLD, allow_inf_nan=False)
    plan: uuid.UUID | None = None
    crew: uuid.UUID | None = None

    @property
    def target(self) -> int:
        """Return the threshold in the unit of the sums: seconds, metres, or times."""
        return max(1, round(self.threshold * UNITS.get(self.metric, 1)))

    def faults(self) -> list[tuple[str, str]]:
        """Return what does not go together, by field and by the name of a message."""
        rules = (
            ("threshold", "whole", self.metric not in UNITS and self.threshold != int(self.threshold)),
            ("since", "missing", self.window == BETWEEN and self.since is None),
            ("until", "missing", self.window == BETWEEN and self.until is None),
            ("since", "no_days", self.window != BETWEEN and self.since is not None),
            ("until", "no_days", self.window != BETWEEN and self.until is not None),
            ("until", "backwards", bool(self.since and self.until and self.until < self.since)),
            ("window", "no_streak", self.metric == STREAK and self.window in (WEEK, MONTH)),
            ("plan", "no_plan", self.plan is not None and self.metric not in OF_ACTIVITIES),
            ("crew", "one_of_both", self.plan is not None and self.crew is not None),
        )
        return [(field, fault) for field, fault, wrong in rules if wrong]

    def stored(self) -> dict[str, Any]:
        """Return the criteria as the column has them."""
        return self.model_dump(mode="json", exclude_none=True)


def stored_criteria(value: dict[str, Any]) -> Criteria | None:
    """Return the criteria of a row; None for some that no release of today understands."""
    try:
        return _criteria_of(tuple(value.items()))
    except (ValidationError, TypeError):  # a value without a hash is none of any criteria
        return None


@lru_cache(maxsize=1_000)
def _criteria_of(items: tuple[tuple[str, Any], ...]) -> Criteria:
    return Criteria.model_validate(dict(items))


class Badge(Record, Changing, db.Model):
    """A badge of the site, or of a crew (`crew_id`), in both languages; an empty text is that of the other language.

    `drawing` is shown unless there is a `picture`. `seed` names one of the first set. `plan_id` and `counted_crew_id`
    repeat those of the criteria: one that is gone is empty here, and the badge is then earned by nobody any more. So is a
    retired one; who has it keeps it.
    """

    __tablename__ = "badges"
    __table_args__ = (
        CheckConstraint("char_length(name_fa || name_en) >= 1", name="named"),
        CheckConstraint(
            f"char_length(name_fa) <= {LONGEST_NAME} AND char_length(name_en) <= {LONGEST_NAME}", name="name_length"
        ),
        CheckConstraint(
            f"char_length(description_fa) <= {LONGEST_DESCRIPTION}"
            f" AND char_length(description_en) <= {LONGEST_DESCRIPTION}",
            name="description_length",
        ),
        CheckConstraint(one_of("drawing", DRAWINGS), name="drawing"),
        CheckConstraint("jsonb_typeof(criteria) = 'object'", name="criteria"),
        Index("ix_badges_crew_id", "crew_id", "created_at", "id"),
        Index("ix_badges_plan_id", "plan_id"),
        Index("ix_badges_counted_crew_id", "counted_crew_id"),
        Index("ix_badges_author_id", "author_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    seed: Mapped[str | None] = mapped_column(unique=True)
    name_fa: Mapped[str] = mapped_column(default="", server_default="")
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    description_fa: Mapped[str] = mapped_column(default="", server_default="")
    description_en: Mapped[str] = mapped_column(default="", server_default="")
    drawing: Mapped[str] = mapped_column(default="star", server_default="star")
    picture: Mapped[str | None]
    criteria: Mapped[dict[str, Any]]
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="SET NULL"))
    counted_crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    retired_at: Mapped[datetime | None]


class BadgeAward(Record, Changing, db.Model):
    """That a person earned a badge, once: on the day `earned_on`, which the worker saw at `awarded_at`.

    `revoked_at` is when it was taken back: by the worker, when what earned it was gone, or by hand (`by_hand`), with a
    reason; the worker awards it again in the first case alone.
    """

    __tablename__ = "badge_awards"
    __table_args__ = (
        UniqueConstraint("badge_id", "person_id"),
        CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_length"),
        CheckConstraint("NOT by_hand OR revoked_at IS NOT NULL", name="by_hand"),
        Index("ix_badge_awards_person_id", "person_id", "earned_on", "id"),
        Index("ix_badge_awards_badge_id_awarded_at", "badge_id", "awarded_at", "id"),
        Index("ix_badge_awards_revoked_by_id", "revoked_by_id"),
    )

    badge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    earned_on: Mapped[dt.date]
    awarded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    by_hand: Mapped[bool] = mapped_column(default=False, server_default="false")
    revoked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(default="", server_default="")


class BadgeCircle(Record, Changing, db.Model):
    """Who sees the badges of a person; without a row, only they do."""

    __tablename__ = "badge_circles"
    __table_args__ = (CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    visibility: Mapped[str]


class BadgeElsewhere(Record, db.Model):
    """A badge that a copy from another Hampa says its person earned there; `reference` is its id in the copy.

    Nobody has checked that: only the person sees it, and it counts nowhere.
    """

    __tablename__ = "badges_elsewhere"
    __table_args__ = (
        UniqueConstraint("person_id", "reference"),
        CheckConstraint("char_length(name_fa || name_en) >= 1", name="named"),
        CheckConstraint(
            f"char_length(name_fa) <= {LONGEST_NAME} AND char_length(name_en) <= {LONGEST_NAME}", name="name_length"
        ),
        CheckConstraint(f"char_length(site) <= {LONGEST_SITE}", name="site_length"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    reference: Mapped[uuid.UUID]
    name_fa: Mapped[str] = mapped_column(default="", server_default="")
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    earned_on: Mapped[dt.date]
    site: Mapped[str] = mapped_column(default="", server_default="")


class BadgeProgress(Record, Changing, db.Model):
    """How much of each badge a person had when the worker last looked: `amounts` by the ids of badges, on `seen_on`."""

    __tablename__ = "badge_progress"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    amounts: Mapped[dict[str, Any]]
    seen_on: Mapped[dt.date]


class BadgePicture(PictureMixin, Record, Changing, db.Model):
    """A picture of a badge; `Badge.picture` names the one that is shown, the newest finished one."""

    __tablename__ = "badge_pictures"
    __table_args__ = (*picture_constraints(), Index("ix_badge_pictures_badge_id", "badge_id", "created_at", "id"))

    badge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"))

    @property
    def folder(self) -> str:
        """The folder of the picture's files in storage."""
        return f"badges/{self.badge_id}/{self.id}"


def picture_file_name(badge_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name in storage of a picture, as `Badge.picture` names it, in one of its widths."""
    return f"badges/{badge_id}/{picture}/{width}.webp"


class BadgeCheck(Record, db.Model):
    """That something changed which may earn a person a badge, or cost them one.

    Triggers on activities, participations and bookings of duties add rows; the worker deletes them. There may be many of
    a person: a row that all wrote would be one for which they wait.
    """

    __tablename__ = "badge_checks"
    __table_args__ = (Index("ix_badge_checks_person_id", "person_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
