"""Making the runs of series, eight weeks ahead."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.queue import defer, job
from hampa.runs.actions.series import AHEAD, make_runs
from hampa.runs.queries.series import with_runs_to_make


@job("runs.continue_series", every=timedelta(hours=1))
def continue_series() -> None:
    """Have the runs made that came into sight, each series by a job of its own."""
    for series_id in with_runs_to_make(clock.now().astimezone(UTC).date() + AHEAD):
        defer("runs.make_runs_of_series", series_id=series_id)
    db.session.commit()


@job("runs.make_runs_of_series")
def make_runs_of_series(series_id: uuid.UUID) -> None:
    """Make the runs of a series that came into sight."""
    make_runs(series_id)
    db.session.commit()
