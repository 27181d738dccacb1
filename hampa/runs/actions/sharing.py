"""Having the picture of a run drawn."""

from __future__ import annotations

from hampa.platform.jobs import enqueue
from hampa.platform.sharing import key_of
from hampa.runs.models.run import Run
from hampa.runs.sharing import file_of


def ask_for_poster(run: Run, locale: str) -> None:
    """Have the worker draw the picture of a run in a language; however many ask, once an hour."""
    enqueue("runs.draw_poster", key=key_of(file_of(run, locale)), run_id=run.id, locale=locale)
