"""Pages of trends: on one's own check-ins, the numbers of a crew, and both beside each other."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from hampa.checkins.queries import current_period
from hampa.crews.queries.crews import member_of
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.plots import Plot
from hampa.platform.web.session import me
from hampa.trends.models import SETTLING
from hampa.trends.queries import insights, trends
from hampa.trends.queries.insights import MEASURE_WORDS, Insight
from hampa.trends.queries.plots import plots_of
from hampa.trends.queries.trends import MEASURES, Point

blueprint = Blueprint("trends", __name__)

WEEK = 7


def own_trend(first: bool) -> dict[str, Any] | None:
    """Return how one's own check-ins go on, for the first page of them; None without any."""
    if not first:
        return None
    trend = trends.own_trend(me())
    if not trend.weeks:
        return None
    usual = {measure: change.usual for measure in MEASURES if (change := insights.change_of(trend.weeks, measure))}
    return {
        "insights": insights.own_insights(trend),
        "plots": plots_of([("mine", trend.weeks)], usual, step=WEEK) if len(trend.weeks) > 1 else (),
        "legend": [("mine", _("Your weeks")), *([("usual", _("usual before"))] if usual else [])],
        "points": trend.weeks,
        "measures": MEASURE_WORDS.values(),
        "caption": _("How it has been going"),
        "crews": [(streak.crew_id, streak.crew) for streak in trend.streaks],
    }


slots.fill(blueprint, "check-ins.mine", "trends/mine.html", own_trend)
slots.fill(blueprint, "crew.check-ins", "trends/on_board.html")


@dataclass(frozen=True, slots=True)
class ShownNumbers:
    """The published numbers of a crew as the value of a part, which draws and words them once for all members."""

    points: tuple[Point, ...]

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Return the drawings."""
        return plots_of([("crew", self.points)])

    @property
    def insights(self) -> list[Insight]:
        """Return what the numbers say in words."""
        return insights.crew_insights(self.points)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Return what the marks mean."""
        return [("crew", _("The crew"))]

    @property
    def measures(self) -> list[Any]:
        """Return the words of the columns."""
        return list(MEASURE_WORDS.values())


@blueprint.get("/crews/<uuid:crew_id>/check-ins/numbers")
@signed_in
def numbers(crew_id: uuid.UUID) -> Response:
    """Show the published numbers of a crew to its members."""
    crew = member_of(me(), crew_id).crew
    next_at = None if crew.closed_at else current_period(crew).ends_at + SETTLING
    return pages.render("trends/numbers.html", crew=crew, shown=ShownNumbers(trends.numbers_of(crew)), next_at=next_at)


@blueprint.get("/crews/<uuid:crew_id>/check-ins/numbers/mine")
@signed_in
def comparison(crew_id: uuid.UUID) -> Response:
    """Show a member their own answers beside the published numbers of their crew."""
    crew = member_of(me(), crew_id).crew
    pairs = trends.compared(me(), crew)
    lines: list[tuple[str, list[Point | None]]] = [
        ("crew", [crews for crews, _mine in pairs]),
        ("mine", [mine for _crews, mine in pairs]),
    ]
    return pages.render(
        "trends/comparison.html",
        crew=crew,
        pairs=pairs,
        insights=insights.insights_beside(pairs),
        plots=plots_of(lines),
        legend=[("mine", _("You")), ("crew", _("The crew"))],
        measures=MEASURE_WORDS.values(),
    )
