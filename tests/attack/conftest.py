"""What attacks look at is what tests of runs look at."""

from __future__ import annotations

from tests.runs.conftest import states, texted, told, work_off

__all__ = ["states", "texted", "told", "work_off"]
