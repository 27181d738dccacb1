"""The pages that a device keeps: one for everybody, and the next runs of the person who is signed in."""

from typing import Any

from flask import Response, current_app, url_for

from hampa.offline import queries
from hampa.offline.queries import CODES_SHOWN, NextRun
from hampa.offline.views.blueprint import blueprint
from hampa.platform import clock
from hampa.platform.media import qr
from hampa.platform.web import pages, session
from hampa.platform.web.offline import kept_acts
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

SESSION_HEADER = "Hampa-Session"
"""Says whose page it is (`session.mark`), so that a device keeps none of another person."""


@blueprint.get("/offline")
@public
def page() -> Response:
    """Say that there is no network."""
    answer = pages.render("offline/offline.html", acts=_acts())
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.get("/me/offline")
@signed_in
def mine() -> Response:
    """Show the next runs, with all that is needed at the meeting point."""
    runs = queries.next_runs(me())
    coded = [run for run in runs if run.code][:CODES_SHOWN]
    answer = pages.render(
        "offline/mine.html",
        runs=runs,
        drawings={run.id: _drawing(run) for run in coded},
        kept_at=clock.now(),
        acts=_acts(),
    )
    answer.headers[SESSION_HEADER] = session.mark()
    return answer


def _acts() -> list[dict[str, Any]]:
    """Return what may be tapped without network, for the script of the page."""
    return [
        {
            "pattern": pattern,
            "label": str(act.label),
            "field": act.field,
            "labels": {value: str(label) for value, label in act.labels.items()},
        }
        for _endpoint, pattern, act in kept_acts(current_app)
    ]


def _drawing(run: NextRun) -> str:
    return qr.svg(canonical(url_for("attendance.attendance", run_id=run.id, code=run.code)), on_screen=True)
