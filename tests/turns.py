"""Which half of a long test is made this time (one language of a journey, say): they take turns from commit to commit.

So do the halves of sweeps that try the same on every page, where what one half finds is rarely all that there is.

HAMPA_TURN=0 or 1 asks for one of the two, HAMPA_TURN=all, as for a release, for both.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@cache
def turn() -> str:
    """Return `0` or `1` by the commit that is checked out (`0` outside of a repository), or what was asked for."""
    if asked := os.environ.get("HAMPA_TURN"):
        return asked
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    ).stdout.strip()
    return str(int(head or "0", 16) % 2)


def in_turn(first: list[T], second: list[T]) -> list[T]:
    """Return the first or the second list, whose turn it is, or both."""
    return {"0": first, "1": second}.get(turn(), first + second)
