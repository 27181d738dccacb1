"""Runs a command and says as JSON what it took, of this machine and of the clock of its processor.

In a process of its own: what a child has taken at most is counted from what its parent had when it was born.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
KILOBYTE = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Usage:
    """Bytes of memory at the most, seconds of CPU, how it ended and what it said."""

    memory: int
    seconds: float
    status: int
    said: str


def measure(command: Sequence[str], environment: dict[str, str]) -> Usage:
    """Run a command from the checkout, and return what it takes."""
    shell = [sys.executable, "-I", "-S", __file__, *command]
    done = subprocess.run(shell, cwd=CHECKOUT, env=environment, capture_output=True, check=True)
    return Usage(**json.loads(done.stdout))


if __name__ == "__main__":
    finished = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory, seconds = used.ru_maxrss * KILOBYTE, used.ru_utime + used.ru_stime
    print(json.dumps({"memory": memory, "seconds": seconds, "status": finished.returncode, "said": finished.stdout}))
