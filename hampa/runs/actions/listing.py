"""The search index of runs, and the cached lists and pages that show runs."""

import uuid

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import versions
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.runs import LISTING

BATCH_SIZE = 200


def invalidate_listing() -> None:
    """Invalidate cached lists and pages of runs once this transaction is committed."""
    versions.bump(LISTING)


def update_search_index(run: Run) -> None:
    """Update the search columns of a run after a change of its plan or its organiser."""
    run.update_search_index(db.session.get_one(Person, run.organiser_id))


def reindex_run(run_id: uuid.UUID) -> None:
    """Update the search columns of a run by its organiser's name, read under the run's lock. Raise NotFound."""
    update_search_index(runs.locked_run(run_id))


def reindex_batch(last_id: uuid.UUID | None, size: int = BATCH_SIZE) -> uuid.UUID | None:
    """Update the search columns of the next runs by id; return the id of the last, None if there were no more."""
    query = select(Run).order_by(Run.id).limit(size).with_for_update()
    batch = db.session.scalars(query if last_id is None else query.where(Run.id > last_id)).all()
    for run in batch:
        update_search_index(run)
    return batch[-1].id if batch else None
