"""What counts for a challenge, as a value of each who takes part."""

from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_, select

from hampa.challenges.models import ATTENDANCE, DISTANCE, OF_ACTIVITIES, TIME, Challenge, ChallengeEntry
from hampa.crews.queries.crews import is_in_crew
from hampa.duties.models import SERVED, Booking, Schedule
from hampa.leaderboards.queries.metrics import is_plausible
from hampa.platform.db import constants
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import Run
from hampa.training.models.activities import CREW, EVERYONE, Activity
from hampa.training.queries.visibility import told


def is_counted() -> ColumnElement[bool]:
    """Return the condition that an `Activity` counts for a `Challenge`: that all who take part may know of it.

    Private ones, and those for companions alone, count nowhere: from a sum one would learn what they are.
    """
    is_member = is_in_crew(Activity.person_id, Challenge.crew_id)
    seen = Activity.visibility
    shown = or_(seen.in_(constants(EVERYONE)), and_(seen.in_(constants(CREW)), is_member))
    return and_(shown, is_plausible())


def takes_part() -> ColumnElement[bool]:
    """Return the condition that the person of a `ChallengeEntry` takes part in its `Challenge` now.

    Whoever left the crew, or was removed, does not, unless they came by the link.
    """
    return or_(ChallengeEntry.by_link, is_in_crew(ChallengeEntry.person_id, Challenge.crew_id))


def _is_within(moment: Any, zone: Any) -> ColumnElement[bool]:
    return cast(func.timezone(zone, moment), Date).between(Challenge.starts_on, Challenge.ends_on)


def value_of_entry() -> ColumnElement[int]:
    """Return the value of a `ChallengeEntry`, whose `Challenge` the statement has.

    Of activities whose line is cut at hidden zones it counts what others are told.
    """
    amount = case(
        (Challenge.metric == TIME, func.sum(told("duration_s"))),
        (Challenge.metric == DISTANCE, func.sum(told("distance_m"))),
        else_=func.count(Activity.id),
    )
    done = select(amount).where(
        *(Activity.person_id == ChallengeEntry.person_id, is_counted()),
        *(Activity.day.between(Challenge.starts_on, Challenge.ends_on), Challenge.kind.in_(("", Activity.kind))),
    )
    attended = (
        select(func.count())
        .select_from(Participation)
        .join(Run, Run.id == Participation.run_id)
        .where(
            *(Participation.person_id == ChallengeEntry.person_id, Participation.status.in_(constants(COMPLETED))),
            *(Run.crew_id == Challenge.crew_id, Run.cancelled_at.is_(None), _is_within(Run.starts_at, Run.timezone)),
        )
    )
    served = (
        select(func.count())
        .select_from(Booking)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(
            *(Booking.person_id == ChallengeEntry.person_id, Booking.attendance.in_(constants(*SERVED))),
            *(Booking.cancelled_at.is_(None), ~Booking.is_draft, Schedule.crew_id == Challenge.crew_id),
            _is_within(Booking.begins_at, Schedule.timezone),
        )
    )
    outer = (ChallengeEntry, Challenge)
    value = case(
        (Challenge.metric.in_(constants(*OF_ACTIVITIES)), done.correlate(*outer).scalar_subquery()),
        (Challenge.metric == ATTENDANCE, attended.correlate(*outer).scalar_subquery()),
        else_=served.correlate(*outer).scalar_subquery(),
    )
    return func.coalesce(value, 0)
