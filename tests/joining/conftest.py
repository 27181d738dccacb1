"""The fixtures of runs, for tests of their pages."""

from __future__ import annotations

from tests.runs.conftest import states, texted, told, work_off

__all__ = ["states", "texted", "told", "work_off"]
