"""Pictures by which things are shared: 1200 by 630 pixels, as messengers and networks show them, drawn by Pillow.

Its text is shaped by Raqm (HarfBuzz and FriBiDi), without which Persian letters stand apart and in the wrong order.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from hampa.platform.sharing import Poster

FONTS = Path(__file__).parents[1] / "static" / "fonts"
SIZE = (1200, 630)
EDGE = 72
SKY = ((0.0, (16, 26, 49)), (0.45, (61, 42, 88)), (0.78, (156, 74, 69)), (1.0, (245, 173, 98)))
"""From the night above to the first light, as on the site."""
INK, SOFT, ON_GLOW = (250, 247, 240), (232, 218, 205), (30, 22, 40)
TITLE, MOST_LINES = 56, 3
ELLIPSIS = "…"
STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def can_shape() -> bool:
    """Whether Persian can be written here."""
    return bool(features.check_feature("raqm"))


def drawn(poster: Poster) -> bytes:
    """The picture as PNG."""
    picture = _sky()
    pen = ImageDraw.Draw(picture)
    y = 60
    _write(pen, poster.brand, y, 40, INK, "bold", poster.direction, far=True)
    _write(pen, poster.over, y, 40, SOFT, "medium", poster.direction)
    y += 58
    _write(pen, poster.large, y, 92, INK, "bold", poster.direction)
    y += 134
    for line in _lines(poster.title, TITLE, MOST_LINES):
        _write(pen, line, y, TITLE, INK, "bold", poster.direction)
        y += round(1.28 * TITLE)
    _write(pen, _lines(poster.place, 38, 1)[0], y + 6, 38, INK, "medium", poster.direction)
    _write(pen, _lines(poster.line, 34, 1)[0], 556, 34, ON_GLOW, "bold", poster.direction)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _sky() -> Image.Image:
    """Dawn, from top to bottom."""
    column = Image.new("RGB", (1, SIZE[1]))
    for row in range(SIZE[1]):
        at = row / (SIZE[1] - 1)
        above, below = next((SKY[place], SKY[place + 1]) for place in range(len(SKY) - 1) if at <= SKY[place + 1][0])
        share = (at - above[0]) / (below[0] - above[0])
        colour = tuple(round(a + (b - a) * share) for a, b in zip(above[1], below[1], strict=True))
        column.putpixel((0, row), colour)
    return column.resize(SIZE)


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"vazirmatn-{weight}.ttf", size, layout_engine=ImageFont.Layout.RAQM)


def _write(
    pen: ImageDraw.ImageDraw,
    text: str,
    y: int,
    size: int,
    ink: tuple[int, int, int],
    weight: str,
    side: str,
    *,
    far: bool = False,
) -> None:
    """One line at the side where reading begins, or at the far one."""
    left = (side == "ltr") != far
    pen.text(
        (EDGE if left else SIZE[0] - EDGE, y),
        text,
        fill=ink,
        font=_font(weight, size),
        anchor="la" if left else "ra",
        direction=_direction(text, side),
    )


def _direction(text: str, otherwise: str) -> str:
    """The way a text is read: that of its first letter."""
    return next((STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in STRONG), otherwise)


def _lines(text: str, size: int, most: int) -> list[str]:
    """The text in lines that fit; what is left over is cut, which is said by an ellipsis."""
    words = writable(text).split()
    lines: list[str] = []
    while words and len(lines) < most:
        line = words.pop(0)
        while words and _fits(f"{line} {words[0]}", size):
            line = f"{line} {words.pop(0)}"
        lines.append(_shortened(line, size))
    if words:
        lines[-1] = _shortened(lines[-1] + ELLIPSIS, size)
    return lines or [""]


def _fits(text: str, size: int) -> bool:
    return _font("bold", size).getlength(text, direction=_direction(text, "ltr")) <= SIZE[0] - 2 * EDGE


def _shortened(line: str, size: int) -> str:
    """The line, cut at its end until it fits."""
    if _fits(line, size):
        return line
    line = line.removesuffix(ELLIPSIS)
    while line and not _fits(line + ELLIPSIS, size):
        line = line[:-1]
    return line.rstrip() + ELLIPSIS


def writable(text: str) -> str:
    """The text without letters that the font has no drawing of, such as emoji: they would be empty boxes."""
    return "".join(letter for letter in text if _is_drawn(letter))


@cache
def _is_drawn(letter: str) -> bool:
    if letter in " \u200c":  # the half-space draws nothing, and says which letters join
        return True
    if unicodedata.category(letter) in ("Cf", "Cc") or "VARIATION SELECTOR" in unicodedata.name(letter, ""):
        return False
    font = _font("bold", 24)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))
