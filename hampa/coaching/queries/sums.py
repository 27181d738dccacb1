"""What was done lately of what plans planned: kept for the days that are today somewhere, else summed up."""

from typing import Any

from sqlalchemy import Double, Integer, Select, and_, case, cast, false, func, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.sessions import MOST_SESSIONS, PLANNED, CoachedPlan, KeptSums, PlanSession
from hampa.platform.db import constants
from hampa.training.models.activities import Activity
from hampa.training.models.plans import OPEN_STATUSES, TrainingPlan
from hampa.training.queries.visibility import told_with

MISSED_WITHIN, DRIFT_WITHIN = 7, 14
"""Days back in which a session counts as missed, and over which drift is measured."""
HUNDRED = literal(100.0, Double)
"""Shares are floats: PostgreSQL takes several times as long for exact numbers."""
MEASURES = ("distance_m", "duration_s")
SUMMED = ("missed", "sessions", "percents", "percents_with_map", "last_day")


def lately(plan_id: Any, day: Any) -> Select[Any]:
    """Return a SELECT of one row: what was done of a plan in the two weeks before a day, in the columns of `SUMMED`.

    With an order and a limit, so that the sessions are found by their plan: PostgreSQL would read those of all by the day.
    """
    row = PlanSession
    in_days = row.day >= day - DRIFT_WITHIN, row.day < day
    columns = row.day, row.state, row.activity_id, row.done_at, *(getattr(row, name) for name in MEASURES)
    found = select(*columns, *(getattr(row, f"done_{name}") for name in MEASURES)).where(
        row.plan_id == plan_id, *in_days
    )
    session = found.order_by(row.day, row.id).limit(MOST_SESSIONS).correlate_except(row).lateral("lately").c
    is_done = or_(session.activity_id.is_not(None), session.done_at.is_not(None))
    is_planned = session.state == PLANNED

    def percents(sees_map: Any) -> Any:
        """Return the sum of how many percent of each session was done, 200 at most."""
        distance, duration = (
            func.coalesce(told_with(name, sees_map), session[f"done_{name}"], 0) * HUNDRED / cast(session[name], Double)
            for name in MEASURES
        )
        share = case((session.distance_m.is_not(None), distance), else_=duration)
        return func.coalesce(func.sum(func.least(share, 2 * HUNDRED)).filter(is_planned), 0)

    sums = (
        cast(func.count().filter(is_planned, ~is_done, session.day >= day - MISSED_WITHIN), Integer),
        cast(func.count().filter(is_planned), Integer),
        percents(false()),
        percents(true()),
        func.max(session.day).filter(is_done),
    )
    query = select(*(column.label(name) for name, column in zip(SUMMED, sums, strict=True)))
    return query.select_from(session.day.table).outerjoin(Activity, Activity.id == session.activity_id)


def sums_of_athletes(coach_id: Any, day: Any) -> Any:
    """Return what the athletes of a coach did lately, of who lets them see it: as it is kept, or else summed up now."""
    plans = _open_plans(coach_id, day)
    now = lately(plans.c.plan_id, day).correlate(plans).lateral("now")
    of_plan = plans.c.athlete_id, plans.c.map
    kept = select(*of_plan, *(plans.c[name] for name in SUMMED)).where(plans.c.kept_id.is_not(None))
    stale = select(*of_plan, now).select_from(plans).join(now, true()).where(plans.c.kept_id.is_(None))
    rows = union_all(kept, stale).subquery("of_plans").c
    percents = func.sum(case((rows.map, rows.percents_with_map), else_=rows.percents))
    return (
        select(
            rows.athlete_id,
            func.sum(rows.missed).label("missed"),
            func.sum(rows.sessions).label("sessions"),
            (percents / func.nullif(func.sum(rows.sessions), 0)).label("percent"),
            func.max(rows.last_day).label("last_day"),
        )
        .group_by(rows.athlete_id)
        .cte("sums")
        .prefix_with("MATERIALIZED")
    )


def _open_plans(coach_id: Any, day: Any) -> Any:
    """Return the open plans of athletes who let their coach see what they do, whether also the map of it, and what is kept."""
    mine, record, kept = aliased(Coach), aliased(Athlete), aliased(KeptSums)
    is_kept = and_(kept.plan_id == CoachedPlan.plan_id, kept.day == day, ~kept.is_stale)
    return (
        select(
            CoachedPlan.athlete_id,
            CoachedPlan.plan_id,
            mine.map,
            kept.id.label("kept_id"),
            *(getattr(kept, name) for name in SUMMED),
        )
        .select_from(mine)
        .join(record, record.id == mine.athlete_id)
        .join(CoachedPlan, CoachedPlan.athlete_id == mine.athlete_id)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .outerjoin(kept, is_kept)
        .where(mine.coach_id == coach_id, TrainingPlan.status.in_(constants(*OPEN_STATUSES)))
        .where(or_(record.person_id.is_(None), mine.activities))
        .cte("plans")
        .prefix_with("MATERIALIZED")
    )
