"""Updates of the search index of runs."""

import uuid

from sqlalchemy import select

from hampa.platform.db import db
from hampa.runs.actions.listing import update_search_index
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

BATCH_SIZE = 200


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
