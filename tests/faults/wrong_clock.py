"""`python tests/faults/wrong_clock.py 3600`: a worker on a machine whose clock is so many seconds ahead."""

from __future__ import annotations

import datetime
import runpy
import sys
import time
from pathlib import Path

OFF = float(sys.argv.pop(1))
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from hampa.platform import clock  # noqa: E402 - the folder has to be known first

right_time = time.time


class Wrong(datetime.datetime):
    """What the machine says."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return datetime.datetime.now(tz) + datetime.timedelta(seconds=OFF)


clock.datetime = Wrong  # type: ignore[misc]
time.time = lambda: right_time() + OFF
runpy.run_path(str(ROOT / "worker.py"), run_name="__main__")
