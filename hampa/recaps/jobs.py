"""Jobs that ask people how a run was."""

import uuid
from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.recaps import actions
from hampa.runs.queries import runs


@job("runs.find_runs_to_recap", every=timedelta(minutes=10))
def find_runs_to_recap() -> None:
    """Enqueue the question how it was for the runs that are over, some in each transaction."""
    while actions.claim_runs_to_recap():
        db.session.commit()
    db.session.commit()


@job("runs.ask_how_it_was")
def ask_how_it_was(run_id: uuid.UUID) -> None:
    """Ask the people who came how a run was."""
    run = runs.existing_run(run_id)
    if run is not None and run.cancelled_at is None:
        actions.ask_how_it_was(run)
    db.session.commit()
