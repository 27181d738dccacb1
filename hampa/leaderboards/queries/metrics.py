"""What boards count of training, of runs and of duties.

Of activities counts what the scope says (`ScopeKind.activities`), nothing that is flagged, and of each the numbers that
others are told: a whole distance would measure what is hidden of its line.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, exists, func, literal, select

from hampa.duties.models import SERVED, Booking, Schedule
from hampa.leaderboards.models.registry import (
    ATTENDANCE,
    DISTANCE,
    DUTIES,
    EVERYONE,
    METRES,
    SECONDS,
    TIME,
    TIMES,
    Metric,
    Scope,
    register_metric,
    scope_kind,
)
from hampa.leaderboards.models.standings import LIFTED, ActivityFlag
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import PUBLIC, Run
from hampa.training.models.activities import HIKE, RUN, TRAIL, WALK, Activity
from hampa.training.queries.visibility import told

ON_FOOT = (RUN, TRAIL, WALK, HIKE)
"""The kinds whose kilometres are compared."""


def is_plausible() -> ColumnElement[bool]:
    """Return the condition that no flag keeps an `Activity` from counting."""
    holds = exists().where(ActivityFlag.activity_id == Activity.id, ActivityFlag.state.not_in(constants(LIFTED)))
    return ~holds.correlate(Activity)


def _activities(scope: Scope, amount: Any) -> Select[Any] | None:
    kind = scope_kind(scope.kind)
    if kind is None:
        return None
    return select(Activity.person_id, Activity.day, amount.label("amount")).where(
        kind.activities(scope), is_plausible()
    )


def times(scope: Scope) -> Select[Any] | None:
    """Return the seconds of activities."""
    return _activities(scope, told("duration_s"))


def distances(scope: Scope) -> Select[Any] | None:
    """Return the metres of activities, of those on foot except on a plan, which has its own kind of work."""
    query = _activities(scope, told("distance_m"))
    if query is None:
        return None
    query = query.where(told("distance_m").is_not(None))
    return query if scope.all_kinds else query.where(Activity.kind.in_(constants(*ON_FOOT)))


def attendances(scope: Scope) -> Select[Any] | None:
    """Return the joint runs at which people were: those of the crew, or for everybody those that everybody sees."""
    query = (
        select(Participation.person_id, _day(Run.starts_at, scope), literal(1).label("amount"))
        .join(Run, Run.id == Participation.run_id)
        .where(Participation.status.in_(constants(COMPLETED)), Run.cancelled_at.is_(None))
    )
    if scope.crew_id is not None:
        return query.where(Run.crew_id == scope.crew_id)
    return query.where(Run.visibility.in_(constants(PUBLIC))) if scope.kind == EVERYONE else None


def duties(scope: Scope) -> Select[Any] | None:
    """Return the duties at which people were: those of the crew, or for everybody all."""
    query = (
        select(Booking.person_id, _day(Booking.begins_at, scope), literal(1).label("amount"))
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(Booking.attendance.in_(constants(*SERVED)), Booking.cancelled_at.is_(None), ~Booking.is_draft)
    )
    if scope.crew_id is not None:
        return query.where(Schedule.crew_id == scope.crew_id)
    return query if scope.kind == EVERYONE else None


def _day(moment: Any, scope: Scope) -> ColumnElement[Any]:
    return cast(func.timezone(scope.timezone, moment), Date).label("day")


register_metric(Metric(TIME, lazy_pgettext("board", "Time"), SECONDS, 1, times))
register_metric(Metric(DISTANCE, lazy_pgettext("board", "Distance"), METRES, 2, distances))
register_metric(Metric(ATTENDANCE, lazy_pgettext("board", "Joint runs"), TIMES, 4, attendances))
register_metric(Metric(DUTIES, lazy_pgettext("board", "Duties"), TIMES, 5, duties))
