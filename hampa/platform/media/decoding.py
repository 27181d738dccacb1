"""The process that decodes one picture.

Its arguments are a file, a folder, a ratio (0 for any) and widths in pixels. It writes `<width>.webp` into the folder and
JSON to standard output: the sizes it `made`, or why it `refused`.
"""

import json
import resource
import struct
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor
from pathlib import Path

from PIL import (
    Image,
    ImageCms,
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - else Pillow imports all of its forty formats to find this one
)

FORMATS = ("JPEG", "PNG", "WEBP")
"""Pillow opens MPO by JPEG: a JPEG with further pictures behind it, as some cameras and phones write. The first one is
taken, as of a moving PNG or WebP."""
MOST_PIXELS = {"JPEG": 60_000_000, "PROGRESSIVE": 8_000_000, "PNG": 14_000_000, "WEBP": 4_000_000}
"""Limits so that no picture takes more than 100 MB of memory: a JPEG is scaled while it is decoded, unless it is
progressive (6 bytes a pixel); a PNG needs 4 bytes a pixel, a WebP up to 20."""
MOST_DECODED = 14_000_000
"""The limit of pixels of a JPEG after scaling."""
LEAST_SIDE = 100
LIMITS = {resource.RLIMIT_AS: 1_000_000_000, resource.RLIMIT_FSIZE: 8_000_000, resource.RLIMIT_CORE: 0}
READING = {resource.RLIMIT_CPU: 2, resource.RLIMIT_DATA: 110_000_000}
"""Seconds and bytes to decode an untrusted file with; what is written afterwards is small and our own."""
WRITING = {resource.RLIMIT_CPU: 20, resource.RLIMIT_DATA: 200_000_000}
QUALITY = 80
LARGE = 3_000_000
"""Pixels from which on a WebP is written by a method that does not hold all of its symbols in memory."""
BAND = 64
"""Rows of the result that are made at a time, so that no second copy of the whole picture is needed."""
MARGIN = 4
"""Source rows on each side of a row that are needed to resample it at full size; scaled down, so many times more."""
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
"""Transpositions that set a picture upright, by the EXIF orientation."""
BRANDS = {
    "heic": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"),
    "avif": (b"avif", b"avis"),
    "video": (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"qt  ",
        b"M4V ",
        b"3gp4",
        b"3gp5",
    ),
}
"""Formats by the brands that their `ftyp` box names; "mif1" alone says only that there are pictures."""
BEGINNINGS = {
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"\xff\x0a": "jpeg_xl",
    b"\0\0\0\x0cJXL ": "jpeg_xl",
    b"\0\0\0\x0cjP  ": "jpeg_2000",
    b"\xff\x4f\xff\x51": "jpeg_2000",
    b"%PDF-": "pdf",
}
HEAD = 512
BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, struct.error)
"""Exceptions of decoders for files with invalid content."""

Size = tuple[int, int]


class Refused(Exception):
    """A file that no picture can be made of."""


def main(source: str, folder: str, ratio: str, *widths: str) -> None:
    """Write the renditions, and print which, or why there are none."""
    for kind, limit in LIMITS.items():
        resource.setrlimit(kind, (limit, limit))
    for kind, limit in READING.items():
        resource.setrlimit(kind, (limit, WRITING[kind]))
    result: dict[str, object]
    try:
        sizes = _write(Path(source), Path(folder), float(ratio), sorted({int(width) for width in widths}, reverse=True))
        result = {"made": sizes}
    except Refused as refused:
        result = {"refused": str(refused)}
    except MemoryError:
        result = {"refused": "too_large"}
    sys.stdout.write(json.dumps(result))


def _write(source: Path, folder: Path, ratio: float, widths: Sequence[int]) -> list[Size]:
    picture = _read(source, max(widths), ratio)
    for kind, limit in WRITING.items():
        resource.setrlimit(kind, (limit, limit))
    picture.info = {}
    sizes: list[Size] = []
    for width in widths:
        picture.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)  # in place: no two are held at a time
        if picture.width not in [width for width, _height in sizes]:
            method = 4 if picture.width * picture.height < LARGE else 2
            picture.save(folder / f"{picture.width}.webp", "WEBP", quality=QUALITY, method=method)
            sizes.append(picture.size)
    return sizes


def _read(source: Path, largest: int, ratio: float) -> Image.Image:
    """Return the picture upright, in sRGB, on white where it was transparent; with a ratio the middle of it.

    It is at most `largest` pixels wide, and twice as high.
    """
    with source.open("rb") as file:
        head = file.read(HEAD)
    if name := _refused_format(head):
        raise Refused(name)
    if head[8:12] == b"WEBP" and _pixels_of_webp(head) > MOST_PIXELS["WEBP"]:
        raise Refused("too_large")  # memory for all pixels is taken as soon as it is opened
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked right below, before anything is decoded
    warnings.simplefilter("ignore")
    try:
        with Image.open(source, formats=FORMATS) as image:
            _check_size(image)
            orientation = image.getexif().get(ORIENTATION)
            profile = image.info.get("icc_profile")
            picture = _scale(image, largest, ratio, orientation in SIDEWAYS)
    except UnidentifiedImageError:
        raise Refused("not_a_picture") from None
    except BROKEN:
        raise Refused("broken") from None
    if orientation in TURNS:
        picture = picture.transpose(TURNS[orientation])
    return _to_srgb(picture, profile)


def _refused_format(head: bytes) -> str:
    """Return the reason for a format that is not accepted, by the first bytes of a file; empty for others."""
    if head[4:8] == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
        if BRANDS["avif"][0] in brands or BRANDS["avif"][1] in brands:
            return "avif"
        return next((name for brand in brands for name, known in BRANDS.items() if brand in known), "")
    if b"<svg" in head.lower() and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "svg"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "bmp"
    return next((name for beginning, name in BEGINNINGS.items() if head.startswith(beginning)), "")


def _check_size(image: Image.Image) -> None:
    """Refuse sizes before anything else is read: a PNG is decoded as soon as its EXIF is read."""
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    kind = "PROGRESSIVE" if image.info.get("progressive") else kind
    if image.width * image.height > MOST_PIXELS[kind]:
        raise Refused("too_large")
    if min(image.size) < LEAST_SIDE:
        raise Refused("too_small")


def _scale(image: Image.Image, largest: int, ratio: float, sideways: bool) -> Image.Image:
    """Return the picture as small as it is needed, scaled while it is decoded and right after."""
    bounds = (2 * largest, largest) if sideways else (largest, 2 * largest)
    if sideways and ratio:
        ratio = 1 / ratio
    middle = _middle(image.size, ratio)
    factor = max(middle[0] / bounds[0], middle[1] / bounds[1], 1)
    size = max(1, round(middle[0] / factor)), max(1, round(middle[1] / factor))
    scale = size[0] / middle[0]
    image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
    if image.width * image.height > MOST_DECODED:
        raise Refused("too_large")
    image.load()
    return _resample(image, _middle(image.size, ratio), size)


def _middle(size: Size, ratio: float) -> Size:
    """Return the size of the largest part of a picture that has a ratio, or the whole size without one."""
    width, height = size
    if not ratio:
        return size
    return (round(height * ratio), height) if width / height > ratio else (width, round(width / ratio))


def _resample(image: Image.Image, middle: Size, size: Size) -> Image.Image:
    """Return the middle of the decoded picture at a size, made some rows at a time."""
    left, above = ((image.width - middle[0]) / 2, (image.height - middle[1]) / 2)
    scale = middle[1] / size[1]
    result = Image.new("CMYK" if image.mode == "CMYK" else "RGB", size)
    for top in range(0, size[1], BAND):
        rows = min(BAND, size[1] - top)
        first, last = above + top * scale, min(above + (top + rows) * scale, image.height)
        begin, end = max(0, floor(first - MARGIN * scale)), min(image.height, ceil(last + MARGIN * scale))
        band = _to_rgb(image.crop((0, begin, image.width, end)))
        box = (left, first - begin, left + middle[0], last - begin)
        result.paste(band.resize((size[0], rows), Image.Resampling.LANCZOS, box), (0, top))
    return result


def _pixels_of_webp(head: bytes) -> int:
    """Return the number of pixels by the first bytes of a WebP (RFC 9649), 0 where they do not say it."""
    kind, rest = head[12:16], head[20:]
    if kind == b"VP8X":
        return (int.from_bytes(rest[4:7], "little") + 1) * (int.from_bytes(rest[7:10], "little") + 1)
    if kind == b"VP8L":
        sizes = int.from_bytes(rest[1:5], "little")
        return ((sizes & 0x3FFF) + 1) * ((sizes >> 14 & 0x3FFF) + 1)
    return (int.from_bytes(rest[6:8], "little") & 0x3FFF) * (int.from_bytes(rest[8:10], "little") & 0x3FFF)


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB, on white; CMYK is left for `_to_srgb`, which knows its profile."""
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


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, which is also assumed where there is no usable profile."""
    if profile and len(profile) < LARGEST_PROFILE:
        try:
            source, target = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
            return converted or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGB")


if __name__ == "__main__":
    main(*sys.argv[1:])
