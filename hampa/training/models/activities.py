"""The table of activities: what a person did, when, how long and how far."""

import datetime as dt
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.run import Run
from hampa.training.models.gear import Gear
from hampa.training.models.plans import TrainingPlan

KINDS = RUN, TRAIL, WALK, HIKE, RIDE, SWIM, STRENGTH, MOBILITY, OTHER = (
    "run",
    "trail",
    "walk",
    "hike",
    "ride",
    "swim",
    "strength",
    "mobility",
    "other",
)
FEELINGS = ("great", "good", "fair", "heavy", "bad")
VISIBILITIES = ME, COMPANIONS, CREW, EVERYONE = ("me", "companions", "crew", "everyone")
"""Who sees an activity besides its person: nobody, companions, members of a crew of theirs, or who is signed in."""
CIRCLES = ("visibility", "map_visibility", "heart_visibility")
"""The columns that say who sees the activity, its line on the map, and its pulse."""
LONGEST = timedelta(hours=48)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Before this nobody was; years near the first one can't be told in all zones."""
AHEAD = timedelta(minutes=10)
"""How far the clock of a device may be ahead."""
LONGEST_NOTE = 2_000
MOST_METRES, MOST_CLIMB = 1_000_000, 30_000
LEAST_EFFORT, MOST_EFFORT = 1, 10
MOST_A_DAY = 200
"""Activities that one person may write down a day."""


SUMMED = (
    *("person_id", "visibility", "map_visibility"),
    *("duration_s", "visible_duration_s", "distance_m", "visible_distance_m"),
)
"""What is read of the activities of a plan to sum them up: it stands in their index, which alone is read for that."""


class Activity(Record, Changing, db.Model):
    """What a person did from `started_at` to `ended_at`; `duration_s` is that time without the breaks.

    `day` is the date on the clock of `timezone` when it began: weeks and months count by it, wherever the person travels
    afterwards. `visibility` is of the activity itself; the line on the map and the pulse are seen by who sees the
    activity and is in their own circle too.

    `visible_duration_s` and its like are of the part outside the hidden zones of the person, None without a line. Where
    others may see the line, they are told these numbers in place of the whole ones (`queries.visibility`).
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("ended_at > started_at AND ended_at <= started_at + interval '48 hours'", name="times"),
        CheckConstraint(
            "duration_s >= 1 AND duration_s <= ceil(extract(epoch from ended_at - started_at))", name="duration"
        ),
        CheckConstraint(f"distance_m BETWEEN 1 AND {MOST_METRES}", name="distance"),
        CheckConstraint(f"climb_m BETWEEN 0 AND {MOST_CLIMB}", name="climb"),
        CheckConstraint(f"effort BETWEEN {LEAST_EFFORT} AND {MOST_EFFORT}", name="effort"),
        CheckConstraint(f"feeling = '' OR {one_of('feeling', FEELINGS)}", name="feeling"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note_length"),
        *(CheckConstraint(one_of(circle, VISIBILITIES), name=circle) for circle in CIRCLES),
        CheckConstraint("visible_duration_s >= 1", name="visible_duration"),
        Index("ix_activities_person_id_started_at", "person_id", "started_at", "id"),
        Index("ix_activities_person_id_day", "person_id", "day"),
        Index("ix_activities_of_plan", "plan_id", "started_at", "id", postgresql_include=list(SUMMED)),
        Index("ix_activities_run_id", "run_id"),
        Index("ix_activities_gear_id", "gear_id", postgresql_where=text("gear_id IS NOT NULL")),
        Index("ix_activities_everyone", "person_id", postgresql_where=text(f"visibility = '{EVERYONE}'")),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_plans.id", ondelete="SET NULL"))
    gear_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_gear.id", ondelete="SET NULL"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    timezone: Mapped[str]
    day: Mapped[dt.date]
    duration_s: Mapped[int]
    distance_m: Mapped[int | None]
    climb_m: Mapped[int | None]
    effort: Mapped[int | None] = mapped_column(SmallInteger)
    feeling: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
    map_visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
    heart_visibility: Mapped[str] = mapped_column(default=ME, server_default=ME)
    visible_duration_s: Mapped[int | None]
    visible_distance_m: Mapped[int | None]
    visible_climb_m: Mapped[int | None]

    person: Mapped[Person] = relationship(lazy="raise")
    run: Mapped[Run | None] = relationship(lazy="raise")
    plan: Mapped[TrainingPlan | None] = relationship(lazy="raise")
    gear: Mapped[Gear | None] = relationship(lazy="raise")

    @property
    def breaks_s(self) -> int:
        """Return the seconds of its breaks."""
        return max(0, round((self.ended_at - self.started_at).total_seconds()) - self.duration_s)

    @property
    def pace(self) -> float | None:
        """Return the seconds a kilometre, None without a distance."""
        return self.duration_s / (self.distance_m / 1_000) if self.distance_m else None
