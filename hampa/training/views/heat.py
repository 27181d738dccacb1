"""The heat map of a year, drawn as SVG: half a year in each of two bands, so that a phone shows it whole."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from hampa.platform.locale import dates, i18n, months
from hampa.training.queries.overview import Overview

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
    context = i18n.locale_context()
    split = len(overview.weeks) - BAND_WEEKS
    squares: list[list[str]] = [[] for _level in range(len(LEVELS) + 1)]
    names: list[Label] = []
    for band, weeks in enumerate((range(split), range(split, len(overview.weeks)))):
        first = overview.weeks[weeks.start].first
        names += month_labels(first, len(weeks), band * BAND_HEIGHT + TOP, mirrored, context, context.messages)
    x = WIDTH - LEFT / 2 if mirrored else LEFT / 2
    weekdays = [
        Label(x, band * BAND_HEIGHT + TOP + row * STEP + SIDE - 1.5, dates.weekday_name(code, "letter"))
        for band in (0, 1)
        for row, code in enumerate(dates.week())
    ]
    places = _squares(split, mirrored)
    for number in range((overview.today - overview.first).days + 1):
        sums = overview.day_sums.get(number)
        squares[bisect_right(LEVELS, sums[1]) if sums else 0].append(places[number])
    paths = tuple("".join(one) for one in squares)
    return HeatMap(WIDTH, 2 * BAND_HEIGHT, paths, tuple(names), tuple(weekdays), len(overview.day_sums))


@cache
def _squares(split: int, mirrored: bool) -> list[str]:
    """Return the squares of all days as paths; the first `split` weeks are in the upper band."""
    found = []
    for week in range(split + BAND_WEEKS):
        band = int(week >= split)
        x = _across(week - band * split, mirrored)
        top = band * BAND_HEIGHT + TOP
        found += [f"M{x} {top + row * STEP}h{SIDE}v{SIDE}h-{SIDE}z" for row in range(7)]
    return found


@lru_cache(maxsize=200)
def month_labels(first: dt.date, weeks: int, top: int, mirrored: bool, *_locale: object) -> list[Label]:
    """Return the names of the months that begin in a band of weeks, in the locale context of the caller."""
    labels: list[Label] = []
    last = -LABELS_APART
    for column in range(weeks):
        begin = first + column * dt.timedelta(days=7)
        month = months.month_of(begin + dt.timedelta(days=6))
        begins = month.first >= begin or column == 0
        if begins and column - last >= LABELS_APART and column <= weeks - 2:
            edge = _across(column, mirrored) + (SIDE if mirrored else 0)
            labels.append(Label(edge, top - 3, dates.month_name(month.number)))
            last = column
    return labels


def _across(column: int, mirrored: bool) -> int:
    x = LEFT + column * STEP
    return WIDTH - x - SIDE if mirrored else x
