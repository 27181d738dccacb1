"""Lines over time, drawn as SVG: coordinates for a template, mirrored where the page runs from right to left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hampa.platform.locale.i18n import direction, number

WIDTH: Final = 320
HEIGHT: Final = 132
_START, _END, _TOP, _BOTTOM = 30, 10, 10, 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A value at its place, with its words."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """Marks of one kind, and the paths between those that follow each other."""

    kind: str
    marks: tuple[Mark, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A horizontal line of the grid, with its number."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of `WIDTH` by `HEIGHT`: its name, the grid, the lines, and the height of the usual value, if there is one."""

    name: str
    title: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    grid_from: float
    grid_to: float
    label_x: float
    usual: float | None = None


Series = tuple[str, Sequence[tuple[int, float, str] | None]]
"""The kind of a line, and its values: when (any unit), how much, in words; None where the line breaks."""


def plot(
    name: str, title: str, series: Sequence[Series], span: tuple[int, int], bounds: tuple[int, int], usual: float | None
) -> Plot:
    """Draw values between the `bounds`, over the times of `span`."""
    low, high = bounds
    mirrored = direction() == "rtl"

    def across(time: float) -> float:
        share = (time - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 0.5
        x = _START + 4 + share * (WIDTH - _START - _END - 8)
        return round(WIDTH - x if mirrored else x, 1)

    def down(value: float) -> float:
        return round(_TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1)

    lines = []
    for kind, values in series:
        marks: list[Mark] = []
        path = ""
        goes_on = False
        for value in values:
            if value is not None:
                mark = Mark(across(value[0]), down(value[1]), value[2])
                path += f"{'L' if goes_on else 'M'}{mark.x:g} {mark.y:g}"
                marks.append(mark)
            goes_on = value is not None
        lines.append(Line(kind, tuple(marks), path))
    ticks = tuple(Tick(down(value), number(value)) for value in (low + (high - low) * step / 3 for step in range(4)))
    edges = (WIDTH - _START, _END) if mirrored else (_START, WIDTH - _END)
    label_x = WIDTH - _START / 2 if mirrored else _START / 2
    return Plot(name, title, tuple(lines), ticks, *edges, label_x=label_x, usual=None if usual is None else down(usual))
