"""Pictures by which things are shared: 1200 by 630 pixels, as messengers and networks show them, drawn by Pillow.

Its text is shaped by Raqm (HarfBuzz and FriBiDi), without which Persian letters stand apart and in the wrong order.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from hampa.platform.media import storage
from hampa.platform.media.posters import Poster

log = logging.getLogger(__name__)

FONTS = Path(__file__).parents[2] / "static" / "fonts"
SIZE = (1200, 630)
EDGE = 72
SKY = ((0.0, (16, 26, 49)), (0.45, (61, 42, 88)), (0.78, (156, 74, 69)), (1.0, (245, 173, 98)))
"""From the night above to the first light, as on the site."""
INK, SOFT, ON_GLOW = (250, 247, 240), (232, 218, 205), (30, 22, 40)
GLOW, LIGHT = (255, 148, 64), (251, 248, 241)
TITLE, MOST_LINES = 56, 3
ELLIPSIS = "…"
Point = tuple[float, float]
Strokes = Sequence[tuple[Sequence[Point], float, tuple[int, int, int]]]
FINER, STEPS = 3, 600
"""Curves are drawn so many times as large, of so many dots each."""
MARK = (
    (((27.7, 51), (27.7, 29.5), (39.2, 17.5), (63.7, 13)), 5.6, GLOW),
    (((42.2, 51), (42.2, 39.5), (48.7, 32), (63.7, 28.8)), 5.6, LIGHT),
)
FOOT = (
    (
        ((-10, 118), (60, 118), (90, 60), (160, 66), (230, 72), (270, 112), (320, 70), (370, 28), (380, 22), (420, 16)),
        1.6,
        GLOW,
    ),
    (
        ((-10, 130), (66, 130), (98, 74), (162, 80), (226, 86), (276, 126), (328, 82), (380, 38), (384, 36), (420, 30)),
        1.6,
        LIGHT,
    ),
)
"""The two lines that keep pace: as the mark, in squares of 64, and across the foot, 400 wide."""
SITE = (
    ("Hampa", "Somebody keeps pace with you", "ltr"),
    ("همپا", "یکی همپای تو می‌دود", "rtl"),
)
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
    title = _lines(poster.title, TITLE, MOST_LINES)
    if len(title) < MOST_LINES:
        _stroke(picture, FOOT, 3.0, 0.6, top=462)
    for line in title:
        _write(pen, line, y, TITLE, INK, "bold", poster.direction)
        y += round(1.28 * TITLE)
    _write(pen, _lines(poster.place, 38, 1)[0], y + 6, 38, INK, "medium", poster.direction)
    _write(pen, _lines(poster.line, 34, 1)[0], 556, 34, ON_GLOW, "bold", poster.direction)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def keep(name: str, said: Poster) -> None:
    """Draw the picture of this name, and delete the one of what the thing was before."""
    if not can_shape():
        log.warning("Pillow finds no libraqm or libfribidi, without which Persian can't be drawn")
        return
    if not storage.exists(name):
        storage.put(name, drawn(said))
    folder, _, own = name.rpartition("/")
    locale = own.partition("-")[0]
    for other, _written_at in storage.listed(folder):
        if other.startswith(f"{locale}-") and other != own:
            storage.delete_now(f"{folder}/{other}")


def of_the_site() -> bytes:
    """The site's own picture as PNG, for pages that have none: the mark, and in both scripts its name and what it says."""
    picture = _sky()
    _stroke(picture, MARK, 2.6, 2.6, top=28)
    _stroke(picture, FOOT, 3.0, 1.5, top=395)
    write = ImageDraw.Draw(picture)
    for name, says, side in SITE:
        _write(write, name, 210, 104, INK, "bold", side)
        _write(write, says, 360, 36, SOFT, "medium", side)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _stroke(picture: Image.Image, strokes: Strokes, wide: float, high: float, *, top: float) -> None:
    """Draw `MARK` or `FOOT`, so many times as wide and as high as it is written down, from `top` on."""
    lines = Image.new("RGBA", (SIZE[0] * FINER, SIZE[1] * FINER))
    pen = ImageDraw.Draw(lines)
    for points, width, ink in strokes:
        at = [(wide * x * FINER, (top + high * y) * FINER) for x, y in points]
        _curve(pen, at, width * wide * FINER, ink)
    lines = lines.resize(SIZE, Image.Resampling.LANCZOS)
    picture.paste(lines, mask=lines)


def _curve(pen: ImageDraw.ImageDraw, points: Sequence[Point], width: float, ink: tuple[int, int, int]) -> None:
    """Cubic Bézier curves that hang together: a first point, then three for each, with round ends."""
    for start in range(0, len(points) - 1, 3):
        four = points[start : start + 4]
        for step in range(STEPS + 1):
            t = step / STEPS
            shares = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            x, y = (sum(share * point[axis] for share, point in zip(shares, four, strict=True)) for axis in (0, 1))
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=ink)


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
