"""What a camera sees that is held before a code: a film that Chromium shows in place of one."""

from __future__ import annotations

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
MODULE = 7
"""Pixels of the camera for one square of the code."""


def film(text: str, at: Path) -> Path:
    """Write a film of the code of `text` to a file, and return its path.

    The film is YUV4MPEG2: a few frames, which the browser repeats.
    """
    rows = [bytes(0 if dark else 255 for dark in row) for row in segno.make(text, error="m").matrix_iter(border=4)]
    wide = [b"".join(bytes([light]) * MODULE for light in row) for row in rows]
    side = len(wide[0])
    assert side <= HEIGHT, "the code does not fit into the picture"
    before = (WIDTH - side) // 2
    lines = [b"\x80" * before + row + b"\x80" * (WIDTH - side - before) for row in wide for _ in range(MODULE)]
    empty = [b"\x80" * WIDTH] * ((HEIGHT - side) // 2)
    luma = b"".join([*empty, *lines, *empty, *[b"\x80" * WIDTH] * (HEIGHT - side - 2 * len(empty))])
    frame = b"FRAME\n" + luma + b"\x80" * (WIDTH * HEIGHT // 2)
    at.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return at
