"""The process that decodes one picture: its arguments are a file, a folder, a ratio (0 for any) and widths in pixels.

It writes `<width>.webp` into the folder and says on standard output, as JSON, which it `made`, or why it `refused`.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageCms, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 60_000_000, "PROGRESSIVE": 8_000_000, "PNG": 14_000_000, "WEBP": 4_000_000}
"""A JPEG is scaled while it is decoded, unless it is a progressive one, of which 6 bytes a pixel are kept first; a PNG
needs 4 bytes a pixel, a WebP up to 20. So none takes 100 MB more than this process does without a picture."""
MOST_DECODED = 14_000_000
"""Pixels that are left of a JPEG after scaling."""
LEAST_SIDE = 100
LIMITS = {
    resource.RLIMIT_AS: 1_000_000_000,
    resource.RLIMIT_FSIZE: 8_000_000,
    resource.RLIMIT_CORE: 0,
}
READING = {resource.RLIMIT_CPU: 2, resource.RLIMIT_DATA: 110_000_000}
"""Seconds and bytes for what somebody sent; what is left of it then is small, and of our own making."""
WRITING = {resource.RLIMIT_CPU: 20, resource.RLIMIT_DATA: 200_000_000}
QUALITY = 80
LARGE = 3_000_000
"""Pixels from which on a WebP is written in the way that does not keep all of its symbols in memory first."""
BAND = 64
"""Rows that are made at a time out of what was decoded, so that no second copy of all of it is needed."""
MARGIN = 4
"""Of how many rows on each side, when nothing is scaled, one row is made; scaled down, so many times more."""
LARGEST_PROFILE = 1_000_000
ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by how the camera says that it was held."""
HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, struct.error)
"""What decoders raise for files that are not what they say."""


class Refused(Exception):
    """No picture can be made of the file."""


def main(source: str, folder: str, ratio: str, *widths: str) -> None:
    """Make the renditions, and say on standard output which, or why none."""
    for kind, most in LIMITS.items():
        resource.setrlimit(kind, (most, most))
    for kind, most in READING.items():
        resource.setrlimit(kind, (most, WRITING[kind]))
    try:
        made = _make(Path(source), Path(folder), float(ratio), sorted({int(width) for width in widths}, reverse=True))
        said: dict[str, object] = {"made": made}
    except Refused as refused:
        said = {"refused": str(refused)}
    except MemoryError:
        said = {"refused": "too_large"}
    sys.stdout.write(json.dumps(said))


def _make(source: Path, folder: Path, ratio: float, widths: Sequence[int]) -> list[tuple[int, int]]:
    picture = _read(source, max(widths), ratio)
    for kind, most in WRITING.items():
        resource.setrlimit(kind, (most, most))
    picture.info = {}
    made: list[tuple[int, int]] = []
    for width in widths:
        picture.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)  # of the one before: no two are held at a time
        if picture.width not in [known for known, _height in made]:
            method = 4 if picture.width * picture.height < LARGE else 2
            picture.save(folder / f"{picture.width}.webp", "WEBP", quality=QUALITY, method=method)
            made.append(picture.size)
    return made


def _read(source: Path, largest: int, ratio: float) -> Image.Image:
    """The picture upright, in the colours of screens (sRGB), on white where it was transparent, and no wider than
    `largest` or twice as high; with a ratio the middle of it.
    """
    with source.open("rb") as file:
        beginning = file.read(30)
    if beginning[4:12] in HEIC:
        raise Refused("heic")
    if beginning[8:12] == b"WEBP" and _pixels_of_webp(beginning) > MOST_PIXELS["WEBP"]:
        raise Refused("too_large")  # it takes memory for all of them as soon as it is opened
    Image.MAX_IMAGE_PIXELS = None  # ours is asked right below, before anything is decoded
    warnings.simplefilter("ignore")
    try:
        with Image.open(source, formats=FORMATS) as found:
            _refuse_sizes(found)
            turned = found.getexif().get(ORIENTATION)
            profile = found.info.get("icc_profile")
            picture = _scaled(found, largest, ratio, turned in SIDEWAYS)
    except UnidentifiedImageError:
        raise Refused("not_a_picture") from None
    except BROKEN:
        raise Refused("broken") from None
    if turned in TURNS:
        picture = picture.transpose(TURNS[turned])
    return _on_screens(picture, profile)


def _refuse_sizes(found: Image.Image) -> None:
    """Asked before anything else is, since a PNG is decoded already when its EXIF is read."""
    kind = "PROGRESSIVE" if found.info.get("progressive") else str(found.format)
    if found.width * found.height > MOST_PIXELS[kind]:
        raise Refused("too_large")
    if min(found.size) < LEAST_SIDE:
        raise Refused("too_small")


def _scaled(found: Image.Image, largest: int, ratio: float, sideways: bool) -> Image.Image:
    """What is in the file, made as small as it is needed while it is decoded and right after."""
    most = (2 * largest, largest) if sideways else (largest, 2 * largest)
    if sideways and ratio:
        ratio = 1 / ratio
    middle = _middle(found.size, ratio)
    wanted = _inside(middle, most)
    by = wanted[0] / middle[0]
    found.draft("RGB", (round(found.width * by), round(found.height * by)))
    if found.width * found.height > MOST_DECODED:
        raise Refused("too_large")
    found.load()
    return _taken(found, _middle(found.size, ratio), wanted)


def _middle(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """How large the middle of a picture is that has this ratio; all of it without one."""
    width, height = size
    if not ratio:
        return size
    return (round(height * ratio), height) if width / height > ratio else (width, round(width / ratio))


def _inside(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """How large a picture is once it is no larger than this."""
    by = max(size[0] / most[0], size[1] / most[1], 1)
    return max(1, round(size[0] / by)), max(1, round(size[1] / by))


def _taken(found: Image.Image, middle: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """The middle of what was decoded at this size, some rows at a time."""
    left, above = ((found.width - middle[0]) / 2, (found.height - middle[1]) / 2)
    high = middle[1] / size[1]
    taken = Image.new("CMYK" if found.mode == "CMYK" else "RGB", size)
    for top in range(0, size[1], BAND):
        rows = min(BAND, size[1] - top)
        first, last = above + top * high, min(above + (top + rows) * high, found.height)
        begin, end = max(0, floor(first - MARGIN * high)), min(found.height, ceil(last + MARGIN * high))
        band = _plain(found.crop((0, begin, found.width, end)))
        box = (left, first - begin, left + middle[0], last - begin)
        taken.paste(band.resize((size[0], rows), Image.Resampling.LANCZOS, box), (0, top))
    return taken


def _pixels_of_webp(beginning: bytes) -> int:
    """How many pixels the first bytes of a WebP say it has (RFC 9649); 0 where they say nothing."""
    kind, rest = beginning[12:16], beginning[20:]
    if kind == b"VP8X":
        return (int.from_bytes(rest[4:7], "little") + 1) * (int.from_bytes(rest[7:10], "little") + 1)
    if kind == b"VP8L":
        sizes = int.from_bytes(rest[1:5], "little")
        return ((sizes & 0x3FFF) + 1) * ((sizes >> 14 & 0x3FFF) + 1)
    return (int.from_bytes(rest[6:8], "little") & 0x3FFF) * (int.from_bytes(rest[8:10], "little") & 0x3FFF)


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in plain colours, which CMYK ones get by their profile later."""
    if picture.mode == "CMYK":
        return picture
    if picture.mode.startswith("I"):  # 16 bits a pixel
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _on_screens(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, which is what is meant where a file names no colours."""
    if profile and len(profile) < LARGEST_PROFILE:
        try:
            own, screens = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(picture, own, screens, outputMode="RGB")
            return changed or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGB")


if __name__ == "__main__":
    main(*sys.argv[1:])
