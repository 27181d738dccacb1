"""How the check-ins of an athlete go on, for a coach whom they let see that."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Date, Integer, cast, func, select

from hampa.checkins.models import CheckIn
from hampa.coaching.models.athletes import Athlete
from hampa.coaching.queries.athletes import coach_may
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.statements import built_once
from hampa.training.queries.overview import days_to_monday, week_of
from hampa.trends.queries.trends import MEASURES, WEEKS, Point


@built_once
def _weeks(viewer_id: uuid.UUID, athlete_id: uuid.UUID, since: dt.date, to_monday: int) -> Any:
    later = cast(to_monday, Integer)
    week = cast(func.date_trunc("week", CheckIn.period_to - 1 + later), Date) - later
    means = [func.avg(getattr(CheckIn, name)) for name in MEASURES]
    return (
        select(week, *means)
        .select_from(Athlete)
        .join(CheckIn, CheckIn.person_id == Athlete.person_id)
        .where(Athlete.id == athlete_id, coach_may(viewer_id, Athlete.id, "checkins"), week >= since)
        .group_by(week)
        .order_by(week)
    )


def checkin_weeks(viewer: Person, athlete_id: uuid.UUID) -> list[Point]:
    """Return the weeks of an athlete with check-ins, the oldest first; none without their agreement.

    They have means alone, in all crews together, and no note or mood. Weeks are those of the viewer's calendar.
    """
    today = clock.now().date()
    since = week_of(today) - dt.timedelta(weeks=WEEKS - 1)
    rows: Any = _weeks(viewer.id, athlete_id, since, days_to_monday())
    return [
        Point(row[0], row[0] + dt.timedelta(days=6), tuple(round(float(value), 1) for value in row[1:])) for row in rows
    ]
