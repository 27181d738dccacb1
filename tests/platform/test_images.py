"""Pictures are made anew: upright, in several widths, with pixels alone; whatever else is sent is refused by name."""

from __future__ import annotations

import struct
import sys
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from hampa.platform.media import pictures

RED, BLUE = (200, 30, 30), (30, 30, 200)


def encoded(picture, kind="JPEG", **options):
    """Return a picture as a file."""
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def halves(width=400, height=300, mode="RGB"):
    """Return a picture whose upper half is red and whose lower half is blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, height // 2, width, height))
    return picture.convert(mode)


@pytest.fixture
def made():
    """Return the renditions of a file, opened."""

    def make(content, *widths, ratio=None):
        found = pictures.decode_picture(BytesIO(content), widths or (400,), ratio)
        opened = [Image.open(BytesIO(one.content)) for one in found]
        assert [one.size for one in opened] == [(one.width, one.height) for one in found]
        assert {one.format for one in opened} == {"WEBP"}
        return opened

    return make


def reason_for(made, content):
    with pytest.raises(pictures.UnreadableImage) as refused:
        made(content)
    assert refused.value.reason in pictures.REASONS
    return refused.value.reason


def near(colour, other):
    return all(abs(a - b) < 40 for a, b in zip(colour, other, strict=True))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGB")],
)
def test_what_people_send_is_made_anew(made, kind, mode):
    (picture,) = made(encoded(halves(mode=mode), kind))
    assert picture.size == (400, 300)
    if mode not in ("L", "1"):
        assert near(picture.getpixel((200, 20)), RED) and near(picture.getpixel((200, 280)), BLUE)


def test_sixteen_bits_keep_their_brightness(made):
    grey = Image.new("I;16", (200, 200), 0x8000)
    (picture,) = made(encoded(grey, "PNG"))
    assert near(picture.getpixel((100, 100)), (128, 128, 128))


def test_what_is_transparent_lies_on_white(made):
    clear = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP"):
        (picture,) = made(encoded(clear, kind))
        assert near(picture.getpixel((100, 100)), (255, 255, 255))


def test_there_are_several_widths_and_none_is_larger_than_the_picture(made):
    large = encoded(halves(3000, 2000))
    assert [one.size for one in made(large, 400, 1600)] == [(1600, 1067), (400, 267)]
    small = encoded(halves(300, 200))
    assert [one.size for one in made(small, 400, 1600)] == [(300, 200)]
    tall = encoded(halves(200, 5000))
    assert [one.size for one in made(tall, 1600)] == [(128, 3200)]


def test_a_cover_is_the_middle_of_the_picture(made):
    for width, height in ((1000, 1000), (2000, 300), (1000, 500)):
        (cover,) = made(encoded(halves(width, height)), 800, ratio=2.0)
        assert cover.width == 2 * cover.height
        assert near(cover.getpixel((50, 5)), RED) and near(cover.getpixel((50, cover.height - 6)), BLUE)


def test_it_is_turned_upright_and_where_it_was_taken_is_gone(made):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: red is on the right
    exif[0x010F] = "Secret camera"
    exif[0x8825] = {1: "N", 2: (35.0, 44.0, 20.0), 3: "E", 4: (51.0, 12.0, 30.0)}
    content = encoded(halves(), exif=exif, comment=b"Secret comment")
    (picture,) = made(content)
    assert picture.size == (300, 400)
    assert near(picture.getpixel((280, 200)), RED) and near(picture.getpixel((20, 200)), BLUE)
    assert not picture.getexif()
    assert not {"exif", "icc_profile", "xmp"} & set(picture.info)


def test_nothing_that_hides_in_a_file_is_kept(made):
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    for content in (
        encoded(halves()) + b"<script>alert(1)</script>PK\x03\x04",
        encoded(halves(), comment=b"<script>alert(1)</script>"),
        encoded(halves(), "PNG", pnginfo=words),
        encoded(halves(), "WEBP", xmp=b"<script>alert(1)</script>"),
    ):
        assert b"script" in content
        made(content)
        assert all(b"script" not in one.content for one in pictures.decode_picture(BytesIO(content), [400]))


def test_colours_are_those_of_screens(made):
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    (picture,) = made(encoded(halves(), icc_profile=ImageCms.ImageCmsProfile(linear.profile).tobytes()))
    assert "icc_profile" not in picture.info
    (picture,) = made(encoded(halves(), icc_profile=b"no profile at all"))
    assert near(picture.getpixel((200, 20)), RED)


def test_of_one_that_moves_the_first_picture_is_kept(made):
    frames = [halves(), Image.new("RGB", (400, 300), "white")]
    (picture,) = made(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    assert near(picture.getpixel((200, 20)), RED)
    assert getattr(picture, "n_frames", 1) == 1


def moving(kind):
    """Return a picture that moves: upper half red first, all blue then."""
    return encoded(halves(), kind, save_all=True, append_images=[Image.new("RGB", (400, 300), BLUE)], duration=100)


@pytest.mark.parametrize("kind", ["MPO", "WEBP", "PNG"])
def test_of_a_file_with_several_pictures_the_first_is_taken(made, kind):
    content = moving(kind)
    assert Image.open(BytesIO(content)).n_frames == 2
    (picture,) = made(content)
    assert near(picture.convert("RGB").getpixel((200, 60)), RED)


@pytest.mark.parametrize(("mode", "kind"), [("I;16", "PNG"), ("LA", "PNG"), ("CMYK", "JPEG")])
def test_rare_kinds_of_pixels_are_read(made, mode, kind):
    picture = Image.new("I", (400, 300), 40_000).convert("I;16") if mode == "I;16" else halves(mode=mode)
    (read,) = made(encoded(picture, kind))
    assert read.size == (400, 300)
    if mode == "I;16":
        assert near(read.convert("RGB").getpixel((200, 60)), (156, 156, 156))


def png(width, height, *chunks):
    """Return a PNG that claims a size, with some chunks."""
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = b"\x89PNG\r\n\x1a\n"
    for kind, content in (header, *chunks, (b"IEND", b"")):
        body += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return body


ROWS = (b"IDAT", zlib.compress(b"\x00" * 100_000))
HOSTILE = {
    "nothing": (b"", "not_a_picture"),
    "words": (b"not a picture", "not_a_picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "svg"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not_a_picture"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf"),
    "gif": (encoded(halves(mode="P"), "GIF"), "gif"),
    "tiff": (encoded(halves(), "TIFF"), "tiff"),
    "bmp": (encoded(halves(), "BMP"), "bmp"),
    "avif": (encoded(halves(), "AVIF"), "avif"),
    "jpeg 2000": (encoded(halves(), "JPEG2000"), "jpeg_2000"),
    "jpeg xl": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + b"\x00" * 100, "jpeg_xl"),
    "video": (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + b"\x00" * 100, "video"),
    "avif that says mif1": (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf" + b"\x00" * 100, "avif"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, "heic"),
    "cut off": (encoded(halves())[:1500], "broken"),
    "cut off early": (encoded(halves(), "PNG")[:60], "broken"),
    "no rows": (png(400, 300), "broken"),
    "50,000 pixels square": (png(50_000, 50_000, ROWS), "too_large"),
    "a thousand million rows": (png(1, 2**31 - 1, ROWS), "too_large"),
    "no width": (png(0, 100, ROWS), "not_a_picture"),
    "a dot": (encoded(halves(1, 1), "PNG"), "too_small"),
    "a bomb of words": (png(400, 300, (b"zTXt", b"a\x00\x00" + zlib.compress(b"a" * 90_000_000)), ROWS), "broken"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_picture_is_refused_with_its_reason(made, kind):
    content, reason = HOSTILE[kind]
    assert reason_for(made, content) == reason


def test_any_byte_may_be_wrong(made):
    content = encoded(halves(), "PNG")
    for place in range(0, len(content), max(1, len(content) // 12)):
        spoilt = bytearray(content)
        spoilt[place] ^= 0xFF
        with suppress(pictures.UnreadableImage):
            made(bytes(spoilt))


def test_a_decoder_that_dies_takes_nobody_with_it(made, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert reason_for(made, encoded(halves())) == "broken"


def test_a_decoder_that_hangs_is_ended(made, monkeypatch, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    monkeypatch.setattr(pictures, "DECODER_TIMEOUT_SECONDS", 0.2)
    assert reason_for(made, encoded(halves())) == "broken"
