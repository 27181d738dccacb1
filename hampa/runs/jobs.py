"""The job that ends offers of places."""

import uuid
from contextlib import suppress

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.runs.actions.places import allocate_places
from hampa.runs.queries import runs


@job("runs.settle_offers")
def end_offers(run_id: uuid.UUID) -> None:
    """End the offers whose time is over, and allocate the places anew."""
    with suppress(NotFound):
        allocate_places(runs.locked_run(run_id))
        db.session.commit()
