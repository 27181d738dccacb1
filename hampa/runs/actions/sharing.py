"""Having the picture of a run drawn."""

from __future__ import annotations

from hampa.platform import clock
from hampa.platform.queue import defer
from hampa.runs.models.run import Run
from hampa.runs.sharing import file_of


def ask_for_poster(run: Run, locale: str) -> None:
    """Have the worker draw the picture of a run in a language; however many ask, once an hour."""
    hour = int(clock.now().timestamp() // 3600)
    defer("runs.draw_poster", key=f"{file_of(run, locale)}@{hour}", run_id=run.id, locale=locale)
