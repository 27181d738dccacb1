"""The picture by which a thing is shared, in each language: what it says, where it is kept, and how it comes to be.

It is named by what it says, so that a change needs nobody to remember it: the next who asks finds none, gets the site's
picture once more, and the worker draws. The feature has the job, which asks what the picture says and has `poster` draw it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from hampa.platform import clock


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
