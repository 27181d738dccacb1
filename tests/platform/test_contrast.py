"""Colours can be told apart, by day and by night: WCAG 2.2, 1.4.3 (text, 4.5:1) and 1.4.11 (controls, 3:1)."""

from __future__ import annotations

import math
import re

import pytest

from hampa.platform.web.assets import STATIC

Colour = tuple[float, float, float]
NUMBER = r"([\d.]+)"
OKLCH = rf"oklch\({NUMBER} {NUMBER} {NUMBER}\)"

TEXT = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "raised"),
    ("ink", "sunk"),
    ("ink", "dawn-soft"),
    ("ink", "mine-soft"),
    ("muted", "mine-soft"),
    ("dawn-ink", "mine-soft"),
    ("ink", "stop-soft"),
    ("paper", "ink"),
    ("muted", "paper"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("muted", "sunk"),
    ("dawn-ink", "paper"),
    ("dawn-ink", "surface"),
    ("dawn-ink", "dawn-soft"),
    ("on-dawn", "dawn"),
    ("on-dawn", "dawn-press"),
    ("mine", "surface"),
    ("mine", "mine-soft"),
    ("on-mine", "mine"),
    ("stop", "paper"),
    ("stop", "surface"),
    ("stop", "stop-soft"),
    ("on-stop", "stop"),
    ("on-night", "night"),
    ("on-night", "violet"),
    ("on-night-soft", "violet"),
    *((("on-dawn"), f"tint-{number}") for number in range(8)),
]
CONTROLS = [("edge", "paper"), ("edge", "surface"), ("mine", "paper"), ("dawn-ink", "paper"), ("dawn-ink", "surface")]


def tokens() -> dict[str, tuple[Colour, Colour]]:
    """Every colour of tokens.css: by day, by night."""
    css = (STATIC / "css" / "tokens.css").read_text()
    found: dict[str, tuple[Colour, Colour]] = {}
    for name, *numbers in re.findall(rf"--([\w-]+): (?:light-dark\({OKLCH}, {OKLCH}\)|{OKLCH});", css):
        day, night, both = (tuple(map(float, filter(None, numbers[at : at + 3]))) for at in (0, 3, 6))
        found[name] = (day or both, night or both)  # type: ignore[assignment]
    for number, *colour in re.findall(rf"\.tint-(\d) {{ --tint: {OKLCH}; }}", css):
        lightness, chroma, hue = map(float, colour)
        found[f"tint-{number}"] = ((lightness, chroma, hue), (lightness, chroma, hue))
    return found


def luminance(colour: Colour) -> float:
    """Relative luminance of an OKLCH colour, through linear sRGB (Ottosson, https://bottosson.github.io/posts/oklab/)."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, part)) for part in linear)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast((0, 0, 0), (1, 0, 0)) == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize(("scheme", "name"), [(0, "day"), (1, "night")])
@pytest.mark.parametrize(
    ("pairs", "least"), [(TEXT, 4.5), (CONTROLS, 3.0)], ids=["text is readable", "controls can be seen"]
)
def test_colours_stand_apart(scheme: int, name: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens()
    ratios = {
        f"{front} on {behind}": round(contrast(colours[front][scheme], colours[behind][scheme]), 2)
        for front, behind in pairs
    }
    weak = {pair: ratio for pair, ratio in ratios.items() if ratio < least}
    assert not weak, f"by {name} these need {least}:1: {weak}"
