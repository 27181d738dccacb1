"""On the page of a run, for organisers: who was told of its new time or place."""

from typing import Any

from hampa.organising.queries.telling import telling_of
from hampa.organising.views.blueprint import blueprint
from hampa.platform.web import slots
from hampa.platform.web.session import me
from hampa.runs.models.run import Run


def told_of_change(run: Run, final: bool) -> dict[str, Any] | None:
    """Return who was told of the last change of time or place of a run that is still to come, None if there was none."""
    viewer = me()
    telling = telling_of(viewer, run) if viewer is not None and not final else None
    return {"telling": telling} if telling is not None else None


slots.fill(blueprint, "run.told", "organising/told.html", told_of_change)
