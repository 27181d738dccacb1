"""The shapes of sums of training."""

import datetime as dt
import uuid
from typing import Annotated

from typing_extensions import TypedDict

from hampa.platform.api.requests import OneOf
from hampa.training.models.activities import KINDS
from hampa.training.queries import overview as overviews

Kind = Annotated[str, OneOf(*KINDS)]


class TotalsData(TypedDict):
    """Sums of activities."""

    count: int
    duration_s: int
    distance_m: int
    climb_m: int


class KindTotalsData(TotalsData):
    """Sums of the activities of one kind."""

    kind: Kind


class DayTotalsData(TotalsData):
    """Sums of the activities of one day."""

    day: dt.date


class PlanTotalsData(TotalsData):
    """Sums of the activities on one plan, or on none (`plan_id` is null), and of it each kind."""

    plan_id: uuid.UUID | None
    plan: str
    kinds: list[KindTotalsData]


class OverviewData(TypedDict):
    """Sums of the current periods of your calendar, of the last twelve months by kind, and of each day with any.

    `week_plans` and `month_plans` are the sums of the current week and month by plan and kind.
    """

    today: TotalsData
    week: TotalsData
    month: TotalsData
    year: TotalsData
    kinds: list[KindTotalsData]
    week_plans: list[PlanTotalsData]
    month_plans: list[PlanTotalsData]
    days: list[DayTotalsData]


def overview_as_data(shown: overviews.Overview) -> OverviewData:
    """Return an overview as data."""
    periods = {name: _totals(shown.periods[name]) for name in overviews.PERIODS}
    kinds: list[KindTotalsData] = [{"kind": kind, **_totals(one)} for kind, one in shown.by_kind(overviews.OF_YEAR)]
    days: list[DayTotalsData] = [{"day": day, **_totals(one)} for day, one in shown.days.items()]
    return {
        "today": periods[overviews.TODAY],
        "week": periods[overviews.OF_WEEK],
        "month": periods[overviews.OF_MONTH],
        "year": periods[overviews.OF_YEAR],
        "kinds": kinds,
        "week_plans": [_of_plan(one) for one in shown.by_plan(overviews.OF_WEEK)],
        "month_plans": [_of_plan(one) for one in shown.by_plan(overviews.OF_MONTH)],
        "days": days,
    }


def _of_plan(one: overviews.PlanTotals) -> PlanTotalsData:
    kinds: list[KindTotalsData] = [{"kind": kind, **_totals(totals)} for kind, totals in one.kinds]
    return {"plan_id": one.id, "plan": one.name, "kinds": kinds, **_totals(one.totals)}


def _totals(one: overviews.Totals) -> TotalsData:
    return {"count": one.count, "duration_s": one.duration_s, "distance_m": one.distance_m, "climb_m": one.climb_m}
