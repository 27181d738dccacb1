"""Jobs that update the search index of runs."""

import uuid
from contextlib import suppress
from datetime import timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.run_search.actions import reindex_batch, reindex_run
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.queries import runs

REPEAT_AFTER = timedelta(minutes=1)
"""A time that is longer than any request."""


@job("runs.follow_organiser")
def reindex_organiser_runs(person_id: uuid.UUID, again: bool = True) -> None:
    """Update the search columns of a person's runs after a change of their name or town.

    Each run has a transaction of its own, since other code locks several runs in another order. The job repeats itself
    once (`again`), for runs that a request with the old name was saving meanwhile.
    """
    for run_id in runs.upcoming_run_ids(person_id):
        with suppress(NotFound):
            reindex_run(run_id)
        db.session.commit()
    invalidate_listing()
    if again:
        enqueue("runs.follow_organiser", at=clock.now() + REPEAT_AFTER, person_id=person_id, again=False)
    db.session.commit()


@job("runs.let_all_be_found", lease=timedelta(hours=1))
def reindex_all_runs() -> None:
    """Update the search columns of all runs, after a change of how they are computed."""
    last_id: uuid.UUID | None = None
    while (last_id := reindex_batch(last_id)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()
