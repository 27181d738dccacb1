"""Keeping what runs are found by in step with what they, and their organisers, say."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

BATCH = 200


def update_search_index(run: Run) -> None:
    """Work out by what the run is found; after each change of its plan or of who organises it."""
    organiser = db.session.get(Person, run.organiser_id)
    if organiser is None:
        raise LookupError("a run without its organiser")
    run.be_found(organiser)


def reindex_run(run_id: uuid.UUID) -> None:
    """Let a run be found by what its organiser is called now, read under its lock. Raises NotFound."""
    update_search_index(runs.locked_run(run_id))


def reindex_batch(run_id: uuid.UUID | None, size: int = BATCH) -> uuid.UUID | None:
    """Work it out for the next runs by id; the last of them, None when there were no more."""
    query = select(Run).order_by(Run.id).limit(size).with_for_update()
    found = db.session.scalars(query if run_id is None else query.where(Run.id > run_id)).all()
    for run in found:
        update_search_index(run)
    return found[-1].id if found else None
