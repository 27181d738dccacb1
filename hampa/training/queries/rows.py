"""The columns of an activity that lists and programs show."""

import datetime as dt
import uuid
from dataclasses import dataclass

from hampa.training.models.activities import Activity


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity as a row of its person's list."""

    id: uuid.UUID
    kind: str
    started_at: dt.datetime
    ended_at: dt.datetime
    timezone: str
    duration_s: int
    distance_m: int | None
    climb_m: int | None
    effort: int | None
    feeling: str
    note: str
    visibility: str
    map_visibility: str
    heart_visibility: str
    run_id: uuid.UUID | None
    plan_id: uuid.UUID | None
    gear_id: uuid.UUID | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int

    @property
    def pace(self) -> float | None:
        """Return the seconds a kilometre, None without a distance."""
        return self.duration_s / (self.distance_m / 1_000) if self.distance_m else None


ROW = [getattr(Activity, name) for name in ActivityRow.__slots__]
