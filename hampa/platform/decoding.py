"""The process that decodes one picture: its arguments are a file, a folder, a ratio (0 for any) and widths in pixels.

It writes `<width>.webp` into the folder and says on standard output, as JSON, which it `made`, or why it `refused`.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 60_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A JPEG is scaled while it is decoded, the others need all of their pixels in memory."""
LEAST_SIDE = 100
LIMITS = {
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_AS: 1_000_000_000,
    resource.RLIMIT_FSIZE: 8_000_000,
    resource.RLIMIT_CORE: 0,
}
QUALITY = 80
LARGEST_PROFILE = 1_000_000
HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError)
"""What decoders raise for files that are not what they say."""


class Refused(Exception):
    """No picture can be made of the file."""


def main(source: str, folder: str, ratio: str, *widths: str) -> None:
    """Make the renditions, and say on standard output which, or why none."""
    for kind, most in LIMITS.items():
        resource.setrlimit(kind, (most, most))
    try:
        made = _make(Path(source), Path(folder), float(ratio), sorted({int(width) for width in widths}, reverse=True))
        said: dict[str, object] = {"made": made}
    except Refused as refused:
        said = {"refused": str(refused)}
    except MemoryError:
        said = {"refused": "too_large"}
    sys.stdout.write(json.dumps(said))


def _make(source: Path, folder: Path, ratio: float, widths: Sequence[int]) -> list[tuple[int, int]]:
    with source.open("rb") as file:
        if file.read(12)[4:] in HEIC:
            raise Refused("heic")
    Image.MAX_IMAGE_PIXELS = None  # ours is asked right below, before anything is decoded
    warnings.simplefilter("ignore")
    try:
        with Image.open(source, formats=FORMATS) as found:
            picture = _opened(found, max(widths))
    except UnidentifiedImageError:
        raise Refused("not_a_picture") from None
    except BROKEN:
        raise Refused("broken") from None
    if ratio:
        picture = _cut(picture, ratio)
    made: list[tuple[int, int]] = []
    for width in widths:
        smaller = picture.copy()
        smaller.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
        smaller.info = {}
        if smaller.width not in [known for known, _height in made]:
            smaller.save(folder / f"{smaller.width}.webp", "WEBP", quality=QUALITY, method=4)
            made.append(smaller.size)
    return made


def _opened(found: Image.Image, largest: int) -> Image.Image:
    """The picture upright, in the colours of screens (sRGB), on white where it was transparent."""
    if found.width * found.height > MOST_PIXELS.get(str(found.format), MOST_PIXELS["JPEG"]):
        raise Refused("too_large")
    if min(found.size) < LEAST_SIDE:
        raise Refused("too_small")
    found.draft("RGB", (largest, largest))
    profile = found.info.get("icc_profile")
    found.load()
    picture = ImageOps.exif_transpose(found)
    if picture.mode.startswith("I"):  # 16 bits a pixel
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return _on_screens(picture, profile)


def _on_screens(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, which is what is meant where a file names no colours."""
    if profile and len(profile) < LARGEST_PROFILE and picture.mode in ("RGB", "CMYK", "L"):
        try:
            own, screens = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(picture, own, screens, outputMode="RGB")
            return changed or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGB")


def _cut(picture: Image.Image, ratio: float) -> Image.Image:
    """The middle of a picture that has this ratio."""
    width, height = picture.size
    if width / height > ratio:
        wanted = round(height * ratio)
        left = (width - wanted) // 2
        return picture.crop((left, 0, left + wanted, height))
    wanted = round(width / ratio)
    top = (height - wanted) // 2
    return picture.crop((0, top, width, top + wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
