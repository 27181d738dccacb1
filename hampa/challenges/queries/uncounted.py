"""Activities of a person that do not count for a challenge."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from hampa.challenges.models import OF_ACTIVITIES, Challenge
from hampa.challenges.queries.challenges import ChallengeRow
from hampa.challenges.queries.counting import is_counted
from hampa.leaderboards.queries.metrics import is_plausible
from hampa.people.models import Person
from hampa.platform.statements import built_once
from hampa.training.models.activities import Activity

MOST_UNCOUNTED = 10


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An activity of the viewer that does not count for a challenge; `total` is how many do not."""

    id: uuid.UUID
    kind: str
    day: dt.date
    distance_m: int | None
    duration_s: int
    is_flagged: bool
    total: int


def uncounted_activities(person: Person, shown: ChallengeRow) -> list[Uncounted]:
    """Return activities of a person in the days of a challenge that do not count, the latest first.

    They are ten at most: private ones, and flagged ones.
    """
    if shown.metric not in OF_ACTIVITIES:
        return []
    return [Uncounted(*row) for row in _uncounted(person.id, shown.id, MOST_UNCOUNTED)]


@built_once
def _uncounted(person_id: uuid.UUID, challenge_id: uuid.UUID, most: int) -> Any:
    in_days = Activity.day.between(Challenge.starts_on, Challenge.ends_on)
    columns = Activity.id, Activity.kind, Activity.day, Activity.distance_m, Activity.duration_s, ~is_plausible()
    query = select(*columns, func.count().over()).join(Challenge, Challenge.id == challenge_id)
    query = query.where(Activity.person_id == person_id, in_days, Challenge.kind.in_(("", Activity.kind)))
    return query.where(~is_counted()).order_by(Activity.started_at.desc(), Activity.id).limit(most)
