"""Offers whose time is over."""

from __future__ import annotations

import uuid

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.runs.actions.places import allocate_places
from hampa.runs.queries import runs


@job("runs.settle_offers")
def settle_offers(run_id: uuid.UUID) -> None:
    """Let offers lapse that nobody answered, and offer the places to the next in line."""
    try:
        allocate_places(runs.locked_run(run_id))
    except NotFound:
        return
    db.session.commit()
