"""The picture by which a thing is shared, in each language: what it says, where it is kept, and how it comes to be.

It is named by what it says, so that a change needs nobody to remember it: the next who asks finds none, gets the site's
picture once more, and the worker draws. The feature has the job, which asks what the picture says and calls `draw`.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from hampa.platform import clock, storage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Poster:
    """What stands on the picture, in the reader's words; `direction` is the way that language is read.

    `large` is the one thing that is seen from afar, `over` stands above it, `line` at the foot.
    """

    direction: str
    brand: str
    over: str
    large: str
    title: str
    place: str
    line: str


def name_of(folder: str, locale: str, *said: Any) -> str:
    """The name of a picture that says all this; another one once anything of it has changed."""
    mark = hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:16]
    return f"{folder}/{locale}-{mark}.png"


def key_of(name: str) -> str:
    """The key under which a picture is asked for: however many do, it is drawn once an hour."""
    return f"{name}@{int(clock.now().timestamp() // 3600)}"


def draw(name: str, said: Poster) -> None:
    """Draw the picture of this name, and delete the one of what the thing was before."""
    from hampa.platform import poster  # Pillow is for the worker alone

    if not poster.can_shape():
        log.warning("Pillow finds no libraqm or libfribidi, without which Persian can't be drawn")
        return
    if not storage.exists(name):
        storage.put(name, poster.drawn(said))
    folder, _, own = name.rpartition("/")
    locale = own.partition("-")[0]
    for other, _written_at in storage.listed(folder):
        if other.startswith(f"{locale}-") and other != own:
            storage.delete_now(f"{folder}/{other}")
