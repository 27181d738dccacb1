"""Pictures that people send, made anew: decoded, turned upright, scaled, and written as WebP with nothing else in it.

Files are decoded by a process of its own (`hampa.platform.media.decoding`) that has no settings, no database, and little
memory and time: what a hostile file does to a decoder, it does there. What comes out is pixels alone, so that neither
where a picture was taken nor what else was hidden in the file is kept.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).parents[3]
MOST_SECONDS = 60
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "65536"}
"""Of the decoder: memory that it no longer needs goes back at once (glibc), and nothing else is known to it."""
REASONS = ("not_a_picture", "heic", "too_large", "too_small", "broken", "failed")
"""Why no picture can be made of a file; `failed` when nobody could look at it."""


class UnreadableImage(Exception):
    """A file that no picture can be made of; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Rendition:
    """One size of a picture, as WebP."""

    width: int
    height: int
    content: bytes


def renditions(file: IO[bytes], widths: Sequence[int], ratio: float | None = None) -> list[Rendition]:
    """The picture in these widths, the largest first; of a smaller one nothing is made larger.

    With `ratio` (width by height) the middle of it is cut out. Raises `UnreadableImage`.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        with source.open("wb") as copied:
            shutil.copyfileobj(file, copied)
        command = [
            sys.executable,
            "-m",
            "hampa.platform.media.decoding",
            str(source),
            folder,
            str(ratio or 0),
            *map(str, widths),
        ]
        try:
            done = subprocess.run(
                command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, timeout=MOST_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise UnreadableImage("broken") from None
        if done.returncode == -signal.SIGXCPU:
            raise UnreadableImage("too_large")
        try:
            said = json.loads(done.stdout)
        except ValueError:  # it was killed, or what it loaded has crashed
            raise UnreadableImage("broken") from None
        if "refused" in said:
            raise UnreadableImage(said["refused"])
        return [Rendition(width, height, Path(folder, f"{width}.webp").read_bytes()) for width, height in said["made"]]
