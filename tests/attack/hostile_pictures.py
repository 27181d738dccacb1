"""Pictures that mean harm: bombs of pixels, words, scans and frames, and such as break off or contradict themselves."""

from __future__ import annotations

import struct
import zlib

from PIL import Image

from tests.attack.hostile_files import ROWS, encoded, kind, marked, plain, png, webp

# Bombs of pixels


@kind("large.png", "image/png")
def png_of_50_000_pixels_square() -> bytes:
    return png(50_000, 50_000, ROWS)


@kind("long.png", "image/png")
def png_without_end() -> bytes:
    return png(1, 2**31 - 1, ROWS)


@kind("flat.png", "image/png")
def png_as_large_as_may_be() -> bytes:
    return encoded(Image.new("RGBA", (3_190, 4_380)), "PNG")


@kind("large.jpg")
def jpeg_of_65_500_pixels_square() -> bytes:
    small = encoded(plain())
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", 65_500, 65_500) + small[at + 4 :]


@kind("tall.jpg")
def jpeg_that_is_not_scaled() -> bytes:
    return encoded(Image.new("RGB", (3_190, 18_000)))


@kind("inks.jpg")
def jpeg_kept_whole_in_four_inks() -> bytes:
    return encoded(Image.effect_noise((1_990, 4_000), 80).convert("CMYK"), progressive=True)


@kind("large.webp", "image/webp")
def webp_of_16_383_pixels_square() -> bytes:
    return webp((b"VP8X", b"\0\0\0\0" + (16_382).to_bytes(3, "little") * 2), (b"VP8 ", b"\0" * 40))


@kind("flat.webp", "image/webp")
def webp_as_large_as_may_be() -> bytes:
    return encoded(Image.new("RGBA", (2_000, 2_000)), "WEBP", lossless=True)


# Bombs of words, of scans, of frames


@kind("words.png", "image/png")
def png_with_a_bomb_of_words() -> bytes:
    return png(160, 120, (b"zTXt", b"a\0\0" + zlib.compress(b"a" * 90_000_000, 9)), ROWS)


@kind("words.png", "image/png")
def png_with_a_thousand_bombs_of_words() -> bytes:
    bomb = (b"zTXt", b"a\0\0" + zlib.compress(b"a" * 1_000_000, 9))
    return png(160, 120, *[bomb] * 1_000, ROWS)


@kind("colours.png", "image/png")
def png_with_a_bomb_of_colours() -> bytes:
    return png(160, 120, (b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 90_000_000, 9)), ROWS)


@kind("rows.png", "image/png")
def png_with_rows_beyond_its_height() -> bytes:
    return png(160, 120, (b"IDAT", zlib.compress(b"\0" * 300_000_000, 9)))


@kind("exif.jpg")
def jpeg_with_an_exif_bomb() -> bytes:
    tags = b"".join(struct.pack("<HHII", tag, 7, 40_000, 20_000) for tag in range(1, 2_000))
    ifd = struct.pack("<H", 1_999) + tags + struct.pack("<I", 0)
    return marked(encoded(plain()), 0xE1, (b"Exif\0\0II*\0\x08\0\0\0" + ifd).ljust(65_000, b"A"))


@kind("exif.png", "image/png")
def png_with_an_exif_bomb() -> bytes:
    tags = b"".join(struct.pack("<HHII", tag, 7, 5_000_000, 800_000) for tag in range(1, 60_000))
    ifd = struct.pack("<H", 59_999) + tags + struct.pack("<I", 0)
    return png(160, 120, (b"eXIf", (b"II*\0\x08\0\0\0" + ifd).ljust(6_000_000, b"A")), ROWS)


@kind("exif.jpg")
def jpeg_whose_exif_leads_to_itself() -> bytes:
    ifd = struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return marked(encoded(plain()), 0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd)


@kind("scans.jpg")
def jpeg_of_thousands_of_scans() -> bytes:
    whole = encoded(Image.new("RGB", (1_900, 4_000)), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * (5_000_000 // len(whole[last:])) + whole[-2:]


@kind("frames.png", "image/png")
def png_of_100_000_frames() -> bytes:
    return png(160, 120, (b"acTL", struct.pack(">II", 100_000, 0)), ROWS)


@kind("frames.webp", "image/webp")
def webp_of_thousands_of_frames() -> bytes:
    still = encoded(Image.new("RGB", (160, 120)), "WEBP")[12:]
    size = (159).to_bytes(3, "little") + (119).to_bytes(3, "little")
    frame = (b"ANMF", b"\0" * 6 + size + b"\x01\0\0\0" + still)
    return webp((b"VP8X", b"\x02\0\0\0" + size), (b"ANIM", b"\0" * 6), *[frame] * 20_000)


@kind("frames.gif", "image/gif")
def gif_that_moves() -> bytes:
    return encoded(plain(), "GIF", save_all=True, append_images=[plain(mode="L")] * 20)


# Broken, and at odds with themselves


@kind("half.jpg")
def jpeg_that_breaks_off() -> bytes:
    whole = encoded(plain())
    return whole[: len(whole) // 2]


@kind("half.png", "image/png")
def png_that_breaks_off() -> bytes:
    return encoded(plain(), "PNG")[:70]


@kind("chunk.png", "image/png")
def png_with_a_chunk_of_two_gigabytes() -> bytes:
    return png(160, 120)[:33] + struct.pack(">I", 2**31 - 1) + b"IDAT" + b"\0" * 100


@kind("sums.png", "image/png")
def png_with_wrong_sums() -> bytes:
    whole = bytearray(encoded(plain(), "PNG"))
    whole[29] ^= 0xFF
    return bytes(whole)


@kind("palette.png", "image/png")
def png_without_its_palette() -> bytes:
    return png(160, 120, ROWS, colour=3)


@kind("chunks.webp", "image/webp")
def webp_with_broken_chunks() -> bytes:
    return webp((b"VP8X", b"\xff" * 10), (b"ICCP", b"\xff" * 99), (b"VP8 ", b"\xff" * 99), (b"EXIF", b"\xff" * 9))


@kind("riff.webp", "image/webp")
def webp_that_lies_about_its_length() -> bytes:
    whole = encoded(plain(), "WEBP")
    return whole[:4] + b"\xff\xff\xff\x7f" + whole[8:16] + b"\xff\xff\xff\x7f" + whole[20:]


@kind("inks.jpg")
def four_inks_with_a_broken_profile() -> bytes:
    return encoded(plain(mode="CMYK"), icc_profile=b"\0\0\xff\xffLino" + b"\xff" * 5_000)


@kind("deep.png", "image/png")
def sixteen_bits() -> bytes:
    return encoded(Image.new("I;16", (160, 120), 0x8000), "PNG")
