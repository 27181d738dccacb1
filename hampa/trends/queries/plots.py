"""Trends drawn over time: a plot for each measure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hampa.checkins.models import HIGHEST, LOWEST
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.web.plots import Plot, plot
from hampa.trends.queries.insights import MEASURE_WORDS
from hampa.trends.queries.trends import MEASURES, Point


def plots_of(
    lines: Sequence[tuple[str, Sequence[Point | None]]], usual: dict[str, float] | None = None, step: int = 0
) -> tuple[Plot, ...]:
    """Return a plot for each measure; lines break where a point is missing, or more than `step` days are between two."""
    days = [point.first.toordinal() for _kind, points in lines for point in points if point is not None]
    if not days:
        return ()
    span = (min(days), max(days))
    words = {day: dates.date(date.fromordinal(day)) for day in set(days)}
    plots = []
    for measure in MEASURES:
        bounds = (-7, 29) if measure == "score" else (LOWEST, HIGHEST)
        series = [(kind, values_of(points, measure, step, words)) for kind, points in lines]
        title = _("%(measure)s, drawn over time. The numbers stand in the table.", measure=MEASURE_WORDS[measure])
        plots.append(plot(str(MEASURE_WORDS[measure]), title, series, span, bounds, (usual or {}).get(measure)))
    return tuple(plots)


def values_of(points: Sequence[Point | None], measure: str, step: int, words: Mapping[int, str]) -> list[Any]:
    """Return the values of a line, with a break before each that comes later than `step` days after the last.

    `words` are those of the days.
    """
    values: list[Any] = []
    before: int | None = None
    for point in points:
        if point is None:
            values.append(None)
            continue
        day = point.first.toordinal()
        if step and before is not None and day - before > step:
            values.append(None)
        value = point.value(measure)
        values.append((day, value, f"{words[day]}: {number(value, 1)}"))
        before = day
    return values
