"""What comes of marks when a run is over."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hampa.attendance.actions import settle_attendance
from hampa.attendance.queries import runs_to_settle
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job


@job("runs.settle_attendance", every=timedelta(minutes=5))
def settle() -> None:
    """Let what organisers marked count once a run is over, and a day later take all others to have come.

    A bounded number of runs a round; the next round does the rest.
    """
    for run_id in runs_to_settle():
        with suppress(NotFound):  # deleted meanwhile
            settle_attendance(run_id)
        db.session.commit()
