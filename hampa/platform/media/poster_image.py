"""The drawing of share posters with Pillow: 1200 by 630 pixels, as messengers and networks show them.

Raqm (HarfBuzz and FriBiDi) shapes the text; without it Persian letters stand apart and in the wrong order.
"""

import logging
import unicodedata
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from hampa.platform.geo.drawing import sketch_lines
from hampa.platform.media import storage
from hampa.platform.media.posters import Poster

log = logging.getLogger(__name__)

FONTS = Path(__file__).parents[2] / "static" / "fonts"
SIZE = (1200, 630)
EDGE = 72
SKY = ((0.0, (16, 26, 49)), (0.45, (61, 42, 88)), (0.78, (156, 74, 69)), (1.0, (245, 173, 98)))
"""Dawn from top to bottom, as on the site: a share of the height, and the colour there."""
Colour = tuple[int, int, int]
INK, SOFT, ON_GLOW = (250, 247, 240), (232, 218, 205), (30, 22, 40)
GLOW, LIGHT = (255, 148, 64), (251, 248, 241)
TITLE, MOST_LINES = 56, 3
ELLIPSIS = "…"
Point = tuple[float, float]
Strokes = Sequence[tuple[Sequence[Point], float, Colour]]
FINER, STEPS = 3, 600
"""The scale at which curves are drawn before they are made smaller, and the dots of each curve."""
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
"""Two lines side by side: the mark, in a square of 64, and the foot of a poster, 400 wide."""
ROUTE_BOX, ROUTE_TOP, ROUTE_WIDTH = (430, 124), 118, 5.0
"""The room for a route, in pixels, and how thick its line is."""
SITE = (("Hampa", "Somebody keeps pace with you", "ltr"), ("همپا", "یکی همپای تو می‌دود", "rtl"))
DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def can_shape() -> bool:
    """Return whether Persian can be written on this machine."""
    return bool(features.check_feature("raqm"))


def render_poster(poster: Poster) -> bytes:
    """Return a poster as PNG."""
    picture = _sky()
    pen = _Pen(picture, poster.direction)
    pen.write(poster.brand, 60, 40, INK, far=True)
    pen.write(poster.over, 60, 40, SOFT, "medium")
    pen.write(poster.large, 118, 92, INK)
    if poster.route:
        _draw_route(picture, poster.route, left=poster.direction == "rtl")
    y = 252
    title = _lines(poster.title, TITLE, MOST_LINES)
    if len(title) < MOST_LINES:
        _stroke(picture, FOOT, 3.0, 0.6, top=462)
    for line in title:
        pen.write(line, y, TITLE, INK)
        y += round(1.28 * TITLE)
    pen.write(_lines(poster.place, 38, 1)[0], y + 6, 38, INK, "medium")
    pen.write(_lines(poster.line, 34, 1)[0], 556, 34, ON_GLOW)
    return _png(picture)


def save_poster(name: str, poster: Poster) -> None:
    """Draw a poster under a name, and delete the earlier posters of the same row and language."""
    if not can_shape():
        log.warning("Pillow finds no libraqm or libfribidi, without which Persian can't be drawn")
        return
    if not storage.exists(name):
        storage.put(name, render_poster(poster))
    folder, _, file_name = name.rpartition("/")
    locale = file_name.partition("-")[0]
    for other, _written_at in storage.list_folder(folder):
        if other.startswith(f"{locale}-") and other != file_name:
            storage.delete_now(f"{folder}/{other}")


def render_site_poster() -> bytes:
    """Return the site's own poster as PNG: its mark, and its name and motto in both scripts."""
    picture = _sky()
    _stroke(picture, MARK, 2.6, 2.6, top=28)
    _stroke(picture, FOOT, 3.0, 1.5, top=395)
    for name, motto, direction in SITE:
        pen = _Pen(picture, direction)
        pen.write(name, 210, 104, INK)
        pen.write(motto, 360, 36, SOFT, "medium")
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _stroke(picture: Image.Image, strokes: Strokes, x_scale: float, y_scale: float, *, top: float) -> None:
    """Draw `MARK` or `FOOT` from `top` on."""
    lines = Image.new("RGBA", (SIZE[0] * FINER, SIZE[1] * FINER))
    draw = ImageDraw.Draw(lines)
    for points, width, ink in strokes:
        scaled = [(x_scale * x * FINER, (top + y_scale * y) * FINER) for x, y in points]
        _curve(draw, scaled, width * x_scale * FINER, ink)
    lines = lines.resize(SIZE, Image.Resampling.LANCZOS)
    picture.paste(lines, mask=lines)


def _draw_route(picture: Image.Image, sketch: str, *, left: bool) -> None:
    """Draw the small line of a route beside the time, at the far side, with a second line that keeps pace."""
    (width, height), pieces = sketch_lines(sketch)
    scale = min(ROUTE_BOX[0] / (width or 1.0), ROUTE_BOX[1] / (height or 1.0))
    x = EDGE if left else SIZE[0] - EDGE - width * scale
    y = ROUTE_TOP + (ROUTE_BOX[1] - height * scale) / 2
    lines = Image.new("RGBA", (SIZE[0] * FINER, SIZE[1] * FINER))
    draw = ImageDraw.Draw(lines)
    for ink, beside in ((GLOW, 5.0), (LIGHT, 0.0)):
        for piece in pieces:
            points = [((x + beside + px * scale) * FINER, (y + beside + py * scale) * FINER) for px, py in piece]
            draw.line(points, fill=ink, width=round(ROUTE_WIDTH * FINER), joint="curve")
            for px, py in (points[0], points[-1]):
                reach = ROUTE_WIDTH * FINER / 2
                draw.ellipse((px - reach, py - reach, px + reach, py + reach), fill=ink)
    lines = lines.resize(SIZE, Image.Resampling.LANCZOS)
    picture.paste(lines, mask=lines)


def _curve(draw: ImageDraw.ImageDraw, points: Sequence[Point], width: float, ink: Colour) -> None:
    """Draw joined cubic Bézier curves with round ends: a first point, then three for each curve."""
    for start in range(0, len(points) - 1, 3):
        controls = points[start : start + 4]
        for step in range(STEPS + 1):
            t = step / STEPS
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            x, y = (sum(w * point[axis] for w, point in zip(weights, controls, strict=True)) for axis in (0, 1))
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=ink)


def _sky() -> Image.Image:
    column = Image.new("RGB", (1, SIZE[1]))
    for row in range(SIZE[1]):
        height = row / (SIZE[1] - 1)
        above, below = next(pair for pair in pairwise(SKY) if height <= pair[1][0])
        share = (height - above[0]) / (below[0] - above[0])
        colour = tuple(round(a + (b - a) * share) for a, b in zip(above[1], below[1], strict=True))
        column.putpixel((0, row), colour)
    return column.resize(SIZE)


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"vazirmatn-{weight}.ttf", size, layout_engine=ImageFont.Layout.RAQM)


class _Pen:
    """A pen that writes lines of text on a picture, in the reading direction `direction`."""

    def __init__(self, picture: Image.Image, direction: str) -> None:
        self._draw, self._direction = ImageDraw.Draw(picture), direction

    def write(self, text: str, y: int, size: int, ink: Colour, weight: str = "bold", *, far: bool = False) -> None:
        """Write one line at the side where reading begins, or at the far side."""
        left = (self._direction == "ltr") != far
        self._draw.text(
            (EDGE if left else SIZE[0] - EDGE, y),
            text,
            fill=ink,
            font=_font(weight, size),
            anchor="la" if left else "ra",
            direction=_text_direction(text, self._direction),
        )


def _text_direction(text: str, default: str) -> str:
    """Return the direction of the first letter that has one."""
    return next((DIRECTIONS[kind] for kind in map(unicodedata.bidirectional, text) if kind in DIRECTIONS), default)


def _lines(text: str, size: int, limit: int) -> list[str]:
    """Break a text into lines that fit; an ellipsis stands for the words that do not."""
    words = drop_missing_glyphs(text).split()
    lines: list[str] = []
    while words and len(lines) < limit:
        line = words.pop(0)
        while words and _fits(f"{line} {words[0]}", size):
            line = f"{line} {words.pop(0)}"
        lines.append(_shorten(line, size))
    if words:
        lines[-1] = _shorten(lines[-1] + ELLIPSIS, size)
    return lines or [""]


def _fits(text: str, size: int) -> bool:
    return _font("bold", size).getlength(text, direction=_text_direction(text, "ltr")) <= SIZE[0] - 2 * EDGE


def _shorten(line: str, size: int) -> str:
    if _fits(line, size):
        return line
    line = line.removesuffix(ELLIPSIS)
    while line and not _fits(line + ELLIPSIS, size):
        line = line[:-1]
    return line.rstrip() + ELLIPSIS


def drop_missing_glyphs(text: str) -> str:
    """Return the text without characters that the font cannot draw, such as emoji: they would be empty boxes."""
    return "".join(char for char in text if _has_glyph(char))


@cache
def _has_glyph(char: str) -> bool:
    if char in " \u200c":  # the half-space draws nothing, and decides which letters join
        return True
    if unicodedata.category(char) in ("Cf", "Cc") or "VARIATION SELECTOR" in unicodedata.name(char, ""):
        return False
    font = _font("bold", 24)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))
