"""What counts for a challenge, as a value of each who takes part."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, exists, func, literal, or_, select

from hampa.challenges.models import ATTENDANCE, COUNT, DISTANCE, DUTIES, OF_ACTIVITIES, TIME, Challenge, ChallengeEntry
from hampa.crews.models import BANNED, Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew
from hampa.duties.models import SERVED, Booking, Schedule
from hampa.leaderboards.queries.metrics import is_plausible
from hampa.platform.db import constants
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import PUBLIC, Run
from hampa.training.models.activities import CREW, EVERYONE, Activity
from hampa.training.queries.visibility import told


def is_counted(*, openly: bool = False) -> ColumnElement[bool]:
    """Return the condition that an `Activity` counts for a `Challenge`: that members of its crew may know of it.

    Private ones, and those for companions alone, count nowhere: from a sum one would learn what they are. In what is told
    openly, to who is no member, only those count that everybody sees.
    """
    if openly:
        return and_(Activity.visibility.in_(constants(EVERYONE)), is_plausible())
    is_member = is_in_crew(Activity.person_id, Challenge.crew_id)
    seen = Activity.visibility
    shown = or_(seen.in_(constants(EVERYONE)), and_(seen.in_(constants(CREW)), is_member))
    return and_(shown, is_plausible())


def takes_part() -> ColumnElement[bool]:
    """Return the condition that the person of a `ChallengeEntry` takes part in its `Challenge` now.

    Whoever left the crew, or was removed, does not, unless they came by the link.
    """
    return or_(ChallengeEntry.by_link, is_in_crew(ChallengeEntry.person_id, Challenge.crew_id))


def is_shut_out(viewer_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a ban keeps a person out of the crew of a `Challenge`."""
    return exists().where(
        *(CrewMembership.crew_id == Challenge.crew_id, CrewMembership.person_id == viewer_id),
        CrewMembership.status.in_(constants(BANNED)),
        or_(CrewMembership.ends_at.is_(None), CrewMembership.ends_at > now),
    )


def takes_guests(viewer_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that the `Crew` of a `Challenge` shows it to a person who came by its link.

    Operators keep a crew that they hide from all who do not belong to it, whatever link they have.
    """
    return and_(Crew.hidden_at.is_(None), ~is_shut_out(viewer_id, now))


def _of_activities(*, openly: bool = False) -> tuple[ColumnElement[bool], ...]:
    days = Activity.day.between(Challenge.starts_on, Challenge.ends_on)
    kinds = Challenge.kind.in_(("", Activity.kind))
    return Activity.person_id == ChallengeEntry.person_id, is_counted(openly=openly), days, kinds


def _of_runs(*, openly: bool = False) -> tuple[ColumnElement[bool], ...]:
    came = [Participation.person_id == ChallengeEntry.person_id, Participation.status.in_(constants(COMPLETED))]
    if openly:
        came.append(Run.visibility.in_(constants(PUBLIC)))
    return *came, Run.crew_id == Challenge.crew_id, Run.cancelled_at.is_(None), _is_within(_day_of_run())


def _of_duties() -> tuple[ColumnElement[bool], ...]:
    came = Booking.person_id == ChallengeEntry.person_id, Booking.attendance.in_(constants(*SERVED))
    stands = Booking.cancelled_at.is_(None), ~Booking.is_draft, Schedule.crew_id == Challenge.crew_id
    return *came, *stands, _is_within(_day_of_duty())


def _day_of_run() -> ColumnElement[Any]:
    return cast(func.timezone(Run.timezone, Run.starts_at), Date)


def _day_of_duty() -> ColumnElement[Any]:
    return cast(func.timezone(Schedule.timezone, Booking.begins_at), Date)


def _is_within(day: ColumnElement[Any]) -> ColumnElement[bool]:
    return day.between(Challenge.starts_on, Challenge.ends_on)


def amounts_by_day(challenge_id: uuid.UUID, metric: str) -> Select[Any]:
    """Return the SELECT of who did how much on which day for a challenge: together they are the values of its entries."""
    query = {
        TIME: lambda: _rows(Activity.day, told("duration_s"), Activity, *_of_activities()),
        DISTANCE: lambda: _rows(Activity.day, told("distance_m"), Activity, *_of_activities()),
        COUNT: lambda: _rows(Activity.day, literal(1), Activity, *_of_activities()),
        ATTENDANCE: lambda: _rows(_day_of_run(), literal(1), Participation, *_of_runs()).join(
            Run, Run.id == Participation.run_id
        ),
        DUTIES: lambda: _rows(_day_of_duty(), literal(1), Booking, *_of_duties()).join(
            Schedule, Schedule.id == Booking.schedule_id
        ),
    }[metric]()
    return query.where(ChallengeEntry.challenge_id == challenge_id)


def _rows(day: Any, amount: Any, table: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    query = select(ChallengeEntry.person_id, day.label("day"), amount.label("amount")).select_from(ChallengeEntry)
    query = query.join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
    return query.join(table, table.person_id == ChallengeEntry.person_id).where(*conditions)


def value_of_entry(*, openly: bool = False) -> ColumnElement[int]:
    """Return the value of a `ChallengeEntry`, whose `Challenge` the statement has; openly, of what everybody may see.

    Duties are no secret: the boards of everybody count them too. Of activities whose line is cut at hidden zones it counts what others are told.
    """
    amount = case(
        (Challenge.metric == TIME, func.sum(told("duration_s"))),
        (Challenge.metric == DISTANCE, func.sum(told("distance_m"))),
        else_=func.count(Activity.id),
    )
    done = select(amount).where(*_of_activities(openly=openly))
    attended = select(func.count()).select_from(Participation).join(Run, Run.id == Participation.run_id)
    attended = attended.where(*_of_runs(openly=openly))
    served = select(func.count()).select_from(Booking).join(Schedule, Schedule.id == Booking.schedule_id)
    served = served.where(*_of_duties())
    outer = (ChallengeEntry, Challenge)
    value = case(
        (Challenge.metric.in_(constants(*OF_ACTIVITIES)), done.correlate(*outer).scalar_subquery()),
        (Challenge.metric == ATTENDANCE, attended.correlate(*outer).scalar_subquery()),
        else_=served.correlate(*outer).scalar_subquery(),
    )
    return func.coalesce(value, 0)
