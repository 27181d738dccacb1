"""The heat map of a year, drawn as SVG: half a year in each of two bands, so that a phone shows it whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hampa.platform.locale import dates, i18n, months
from hampa.training.queries.overview import Overview, Week

SIDE: Final = 10
STEP: Final = 12
BAND_WEEKS: Final = 27
LEFT: Final = 14
TOP: Final = 12
BAND_HEIGHT: Final = TOP + 7 * STEP + 6
WIDTH: Final = LEFT + BAND_WEEKS * STEP
LEVELS: Final = (1, 30 * 60, 60 * 60, 90 * 60)
"""The least seconds of a day for each shade."""
LABELS_APART: Final = 3
"""Weeks between two names of months at least."""


@dataclass(frozen=True, slots=True)
class Label:
    """A word at its place."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A drawing of `width` by `height`: the squares of each shade, from none to the darkest, as paths, and the words."""

    width: int
    height: int
    paths: tuple[str, ...]
    months: tuple[Label, ...]
    weekdays: tuple[Label, ...]
    days: int


def heat_map(overview: Overview) -> HeatMap:
    """Draw the days of the overview, the latest in the lower band."""
    mirrored = i18n.direction() == "rtl"
    bands = [overview.weeks[:-BAND_WEEKS], overview.weeks[-BAND_WEEKS:]]
    squares: list[list[str]] = [[] for _level in range(len(LEVELS) + 1)]
    names: list[Label] = []
    weekdays: list[Label] = []
    for band, weeks in enumerate(bands):
        top = band * BAND_HEIGHT + TOP
        names += month_labels(weeks, top, mirrored=mirrored)
        x = WIDTH - LEFT / 2 if mirrored else LEFT / 2
        weekdays += [
            Label(x, top + row * STEP + SIDE - 1.5, dates.weekday_name(code, "letter"))
            for row, code in enumerate(dates.week())
        ]
        for column, week in enumerate(weeks):
            for row in range(7):
                day = week.first.fromordinal(week.first.toordinal() + row)
                if day > overview.today:
                    continue
                seconds = overview.days[day].duration_s if day in overview.days else 0
                level = sum(seconds >= least for least in LEVELS)
                squares[level].append(f"M{_across(column, mirrored)} {top + row * STEP}h{SIDE}v{SIDE}h-{SIDE}z")
    paths = tuple("".join(one) for one in squares)
    return HeatMap(WIDTH, 2 * BAND_HEIGHT, paths, tuple(names), tuple(weekdays), len(overview.days))


def month_labels(weeks: Sequence[Week], top: int, *, mirrored: bool) -> list[Label]:
    """Return the names of the months that begin in a band of weeks, over the weeks in which they begin."""
    labels: list[Label] = []
    last = -LABELS_APART
    for column, week in enumerate(weeks):
        month = months.month_of(week.last)
        begins = month.first >= week.first or column == 0
        if begins and column - last >= LABELS_APART and column <= len(weeks) - 2:
            edge = _across(column, mirrored) + (SIDE if mirrored else 0)
            labels.append(Label(edge, top - 3, dates.month_name(month.number)))
            last = column
    return labels


def _across(column: int, mirrored: bool) -> int:
    x = LEFT + column * STEP
    return WIDTH - x - SIDE if mirrored else x
