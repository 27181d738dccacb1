"""Runs follow the names of those who organise them."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.runs.actions import search_index
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.queries import runs

ONCE_MORE = timedelta(minutes=1)
"""No request lasts so long."""


@job("runs.follow_organiser")
def follow_organiser(person_id: uuid.UUID, again: bool = True) -> None:
    """Let a person's runs be found by their new name or town. Doing it again changes nothing.

    A run and a transaction at a time: who changes several runs locks them in another order. It is done again a little
    later, for what was being saved at this moment by who had read the name from before.
    """
    for run_id in runs.upcoming_run_ids(person_id):
        with suppress(NotFound):
            search_index.reindex_run(run_id)
        db.session.commit()
    invalidate_listing()
    if again:
        enqueue("runs.follow_organiser", at=clock.now() + ONCE_MORE, person_id=person_id, again=False)
    db.session.commit()


@job("runs.let_all_be_found", lease=timedelta(hours=1))
def let_all_be_found() -> None:
    """Work out for every run by what it is found: after a change of how that is worked out."""
    last: uuid.UUID | None = None
    while (last := search_index.reindex_batch(last)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()
