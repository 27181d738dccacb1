"""Trends of check-ins: a person's own, the numbers of a crew, and both beside each other."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated, cast

from typing_extensions import TypedDict

from hampa.api.resources.checkins import resource as check_ins
from hampa.crews.queries.crews import member_of
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.trends.queries import insights, trends
from hampa.trends.queries.insights import Insight
from hampa.trends.queries.trends import MEASURES, Point

resource = Resource("trends", _l("Trends of check-ins"), scope=check_ins.name)


class InsightData(TypedDict):
    """A sentence in your language, with the numbers that it comes from; `measure` is empty for participation."""

    kind: Annotated[str, OneOf("up", "down", "steady", "once", "early", "weeks", "streak", "answers", "beside")]
    measure: Annotated[str, OneOf("", *MEASURES)]
    text: str
    numbers: dict[str, float]


class MeansData(TypedDict):
    """The means of the days from `first` to `last`; `score` is `productive` + `satisfied` + `body` - `care`."""

    first: date
    last: date
    score: float
    productive: float
    satisfied: float
    body: float
    care: float


class NumbersData(MeansData):
    """The numbers of a crew for one period: `answers` of the `members` counted at least. All is rounded."""

    answers: int
    members: int


class StreakData(TypedDict):
    """For how many periods of a crew in a row you have checked in."""

    crew_id: uuid.UUID
    periods: int


class TrendData(TypedDict):
    """Your weeks with a check-in, in all your crews together, the oldest first."""

    weeks: list[MeansData]
    streaks: list[StreakData]
    insights: list[InsightData]


class CrewNumbersData(TypedDict):
    """The published numbers of a crew, the oldest first."""

    periods: list[NumbersData]
    insights: list[InsightData]


class BesideData(TypedDict):
    """The published numbers of a crew for one period, and your own answers, null if you have none."""

    crew: NumbersData
    mine: MeansData | None


class ComparisonData(TypedDict):
    """The published numbers of a crew beside your own answers, the oldest first."""

    periods: list[BesideData]
    insights: list[InsightData]


@resource.get("/me/check-ins/trend")
def get_own_trend() -> TrendData:
    """Get how your check-ins of the last 13 weeks go on; a drift is one of several weeks against the four to six before."""
    trend = trends.own_trend(me())
    return {
        "weeks": [_means(point) for point in trend.weeks],
        "streaks": [{"crew_id": streak.crew_id, "periods": streak.periods} for streak in trend.streaks],
        "insights": _insights(insights.own_insights(trend)),
    }


@resource.get("/crews/<uuid:crew_id>/check-ins/numbers")
def get_numbers(crew_id: uuid.UUID) -> CrewNumbersData:
    """Get the published numbers of a crew you belong to.

    A period has them two days after its end, if enough members answered, and they never change.
    """
    points = trends.numbers_of(member_of(me(), crew_id).crew)
    return {"periods": [_numbers(point) for point in points], "insights": _insights(insights.crew_insights(points))}


@resource.get("/crews/<uuid:crew_id>/check-ins/numbers/mine")
def compare_numbers(crew_id: uuid.UUID) -> ComparisonData:
    """Get the published numbers of a crew you belong to, each beside your own answers."""
    pairs = trends.compared(me(), member_of(me(), crew_id).crew)
    return {
        "periods": [{"crew": _numbers(crew), "mine": _means(mine) if mine else None} for crew, mine in pairs],
        "insights": _insights(insights.insights_beside(pairs)),
    }


def _means(point: Point) -> MeansData:
    values = dict(zip(MEASURES, point.values, strict=True))
    return cast(MeansData, {"first": point.first, "last": point.last, **values})


def _numbers(point: Point) -> NumbersData:
    return cast(NumbersData, {**_means(point), "answers": point.answers, "members": point.members})


def _insights(found: Sequence[Insight]) -> list[InsightData]:
    return [{"kind": one.kind, "measure": one.measure, "text": one.text, "numbers": dict(one.numbers)} for one in found]
