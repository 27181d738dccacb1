"""Drawn pictures of the demo: a flat portrait of each person, and views of dawn for covers and photos of runs."""

import random
from io import BytesIO
from math import sin

from PIL import Image, ImageDraw

FACE = 512
"""Pixels at which a portrait is drawn; it is stored smaller, which smooths its edges."""
VIEW = (960, 640)

SKIN = ("#f1c9a5", "#e8b48c", "#d99e73", "#c58557", "#f5d6b8", "#b0734a")
HAIR = ("#2b1d16", "#3a2519", "#1f1a1a", "#5a3a22", "#7a5230", "#8d8278")
SHIRTS = ("#e4572e", "#17677a", "#2f5d62", "#f2a541", "#6d597a", "#355070", "#b56576", "#3d7a5a")
BEHIND = ("#ffd9b3", "#ffe8c7", "#cfe8e6", "#d9e4f5", "#f6d5d0", "#e3dcf1", "#dcebcf", "#fbe0a8")
SCARVES = ("#c8553d", "#2a6f73", "#6b5b95", "#d9a441", "#3f4c6b", "#8a9a5b")
SKIES = (
    ("#1d2147", "#f08a4b", "#ffd9a0"),
    ("#28305f", "#e7717d", "#ffd6b0"),
    ("#3b6fa0", "#9fd0dd", "#fdf0cf"),
    ("#2a2550", "#c9607a", "#ffb778"),
)


def portrait(number: int, gender: str) -> Image.Image:
    """Return the portrait of demo person `number`: a face with hair or a scarf, a beard or a cap, on a warm ground."""
    dice = random.Random(number * 7919)  # noqa: S311 - no secret
    behind, shirt, skin, hair = (dice.choice(colours) for colours in (BEHIND, SHIRTS, SKIN, HAIR))
    image = Image.new("RGB", (FACE, FACE), behind)
    draw = ImageDraw.Draw(image)
    if gender not in ("female", "male"):
        return _two_lines(draw, image)
    wide, scarf = dice.randint(96, 108), gender == "female" and dice.random() < 0.45
    left, right = 256 - wide, 256 + wide
    covering = dice.choice(SCARVES)
    if scarf:
        draw.ellipse((left - 46, 84, right + 46, 440), fill=covering)
    elif gender == "female":
        _long_hair(draw, dice, hair, left, right)
    draw.rounded_rectangle((214, 330, 298, 440), 40, fill=_darker(skin, 0.9))
    draw.ellipse((96, 400, 416, 700), fill=covering if scarf else shirt)
    if not scarf:
        draw.ellipse((206, 378, 306, 444), fill=_darker(skin, 0.9))
    draw.ellipse((left, 128, right, 384), fill=skin)
    if gender == "male":
        _beard(draw, dice, hair, skin, left, right)
        _short_hair(draw, dice, hair, skin, left, right)
    elif scarf:
        draw.chord((left - 22, 92, right + 22, 300), 180, 360, fill=covering)
        draw.chord((left + 6, 150, right - 6, 262), 180, 360, fill=hair)
        draw.chord((left + 10, 176, right - 10, 290), 180, 360, fill=skin)
    else:
        draw.pieslice((left - 8, 108, right + 8, 300), 180, 360, fill=hair)
        draw.chord((left + 8, 168 + dice.randint(0, 12), right - 6, 300), 182, 358, fill=skin)
    if not scarf and dice.random() < 0.3:
        draw.rounded_rectangle((left - 4, 172, right + 4, 200), 12, fill=dice.choice(SHIRTS))
    _features(draw, dice, skin, hair)
    return image


def _long_hair(draw: ImageDraw.ImageDraw, dice: random.Random, hair: str, left: int, right: int) -> None:
    if dice.random() < 0.5:
        draw.rounded_rectangle((left - 34, 110, right + 34, dice.randint(400, 500)), 120, fill=hair)
    else:
        draw.ellipse((206, 40, 306, 150), fill=hair)
        draw.ellipse((left - 18, 104, right + 18, 350), fill=hair)


def _short_hair(draw: ImageDraw.ImageDraw, dice: random.Random, hair: str, skin: str, left: int, right: int) -> None:
    kind = dice.randrange(4)
    draw.pieslice((left - 8, 104, right + 8, 300), 180, 360, fill=hair)
    if kind == 0:
        draw.chord((left + 14, 150, right - 14, 290), 180, 360, fill=skin)
    elif kind == 1:
        draw.polygon([(left + 6, 230), (left + 20, 190), (310, 176), (right - 6, 230)], fill=skin)
    elif kind == 2:
        colour = dice.choice(SHIRTS)
        draw.pieslice((left - 12, 92, right + 12, 300), 180, 360, fill=colour)
        draw.rounded_rectangle((left - 40, 186, 250, 208), 10, fill=_darker(colour, 0.8))
    else:
        draw.rectangle((left + 4, 196, right - 4, 206), fill=skin)


def _beard(draw: ImageDraw.ImageDraw, dice: random.Random, hair: str, skin: str, left: int, right: int) -> None:
    if dice.random() < 0.45:
        draw.chord((left, 128, right, 392), 20, 160, fill=hair)
        draw.ellipse((left + 26, 210, right - 26, 318), fill=skin)


def _features(draw: ImageDraw.ImageDraw, dice: random.Random, skin: str, hair: str) -> None:
    apart = dice.randint(40, 46)
    for side in (-1, 1):
        x = 256 + side * apart
        draw.ellipse((x - 9, 238, x + 9, 258), fill="#2a2320")
        draw.arc((x - 24, 206, x + 24, 246), 205, 335, fill=_darker(hair, 0.9), width=8)
        draw.ellipse((x + side * 16 - 16, 286, x + side * 16 + 16, 308), fill=_blend(skin, "#e5604d", 0.22))
    draw.arc((244, 250, 272, 290), 20, 150, fill=_darker(skin, 0.75), width=7)
    draw.chord((220, 286, 292, 346), 14, 166, fill="#ffffff", outline=_darker(skin, 0.55), width=5)


def _two_lines(draw: ImageDraw.ImageDraw, image: Image.Image) -> Image.Image:
    """Draw the two lines side by side that stand for the site, where no person is meant."""
    draw.rectangle((0, 0, FACE, FACE), fill="#1d2147")
    for offset, colour in ((0, "#ff9d4d"), (56, "#fbf3e4")):
        points = [(x, 330 + offset - 0.3 * x + 46 * sin(x / 90)) for x in range(-20, FACE + 20, 8)]
        draw.line(points, fill=colour, width=26, joint="curve")
    return image


def view(number: int, size: tuple[int, int] = VIEW) -> Image.Image:
    """Return a view of hills under the first light, with a few runners on the way."""
    dice = random.Random(number * 104_729)  # noqa: S311 - no secret
    width, height = size
    top, middle, bottom = dice.choice(SKIES)
    ground = Image.new("RGB", (1, 48))
    for y in range(48):
        share = y / 47
        colour = _blend(top, middle, share * 2) if share < 0.5 else _blend(middle, bottom, share * 2 - 1)
        ground.putpixel((0, y), _rgb(colour))
    image = ground.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    sun_x, sun = dice.randint(width // 5, width * 4 // 5), height // dice.randint(7, 10)
    draw.ellipse((sun_x - sun, height * 0.5 - sun, sun_x + sun, height * 0.5 + sun), fill="#fff0c9")
    for layer in range(3):
        base, high = height * (0.56 + 0.13 * layer), height * (0.13 - 0.03 * layer)
        step, turn = dice.uniform(70, 130), dice.uniform(0, 6)
        ridge = [(x, base - high * (1 + sin(x / step + turn)) / 2) for x in range(0, width + 12, 12)]
        draw.polygon([(0, height), *ridge, (width, height)], fill=_blend(top, middle, 0.45 - 0.2 * layer))
    path = height * 0.88
    draw.polygon(
        [(0, height), (0, path), (width, path - height * 0.04), (width, height)], fill=_blend(top, "#000000", 0.25)
    )
    for runner in range(dice.randint(2, 5)):
        _runner(draw, width * (0.18 + 0.15 * runner) + dice.randint(-12, 12), path - height * 0.05, height / 430, dice)
    return image


def _runner(draw: ImageDraw.ImageDraw, x: float, y: float, scale: float, dice: random.Random) -> None:
    """Draw somebody who runs, whose hips are at a point of the drawing."""

    def at(right: float, down: float) -> tuple[float, float]:
        return x + right * scale, y + down * scale

    dark, width = "#14152b", max(3, round(11 * scale))
    colour = dice.choice(SHIRTS)
    draw.line([at(0, 0), at(16, 26), at(2, 50)], fill=dark, width=width, joint="curve")
    draw.line([at(0, 0), at(-14, 26), at(-38, 34)], fill=dark, width=width, joint="curve")
    draw.line([at(0, 0), at(8, -46)], fill=colour, width=round(width * 1.9))
    draw.line([at(8, -42), at(-10, -24), at(4, -10)], fill=colour, width=width, joint="curve")
    draw.line([at(8, -42), at(26, -24), at(38, -36)], fill=colour, width=width, joint="curve")
    left, top = at(0, -76)
    right, bottom = at(24, -52)
    draw.ellipse((left, top, right, bottom), fill="#d9a074")


def webp(image: Image.Image, width: int) -> bytes:
    """Return a drawing as WebP, this many pixels wide."""
    content = BytesIO()
    height = round(image.height * width / image.width)
    image.resize((width, height), Image.Resampling.LANCZOS).save(content, "WEBP", quality=82, method=1)
    return content.getvalue()


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _blend(colour: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_rgb(colour), _rgb(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _darker(colour: str, share: float) -> str:
    return _blend("#000000", colour, share)
