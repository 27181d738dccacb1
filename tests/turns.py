"""Which part of a long test is made this time (one language of a journey, say): they take turns from commit to commit.

So do the parts of sweeps that try the same on every page, where what one part finds is rarely all that there is.
Within thirds there may be halves, and the other way round: each third then meets each half.

HAMPA_TURN=NUMBER asks for the parts of a number, HAMPA_TURN=all, as for a release, for all of them.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@cache
def turn() -> int | None:
    """Return the number of the commit that is checked out (0 outside of a repository), or what was asked for.

    None stands for all.
    """
    if asked := os.environ.get("HAMPA_TURN"):
        return None if asked == "all" else int(asked)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    ).stdout.strip()
    return int(head or "0", 16)


def in_turn(*parts: list[T]) -> list[T]:
    """Return the list whose turn it is, or all of them in one."""
    number = turn()
    return [item for part in parts for item in part] if number is None else parts[number % len(parts)]
