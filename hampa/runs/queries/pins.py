"""Runs as pins on a map."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.runs.queries.filtering import Filters, candidates, listed

MOST = 400
"""So many runs, the soonest, are on a map at most."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A run at its meeting point."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    latitude: float
    longitude: float


def pins(filters: Filters) -> list[Pin]:
    """The soonest public runs to come that have a pin, within the filters."""
    query = select(Run.id, Run.title, Run.starts_at, Run.timezone, Run.latitude, Run.longitude)
    found = candidates(filters, lambda run: [run.latitude.is_not(None)], MOST)
    query = (
        query.where(Run.id.in_(found))
        if found is not None
        else query.where(*listed(filters), Run.latitude.is_not(None))
    )
    rows: Iterable[Any] = db.session.execute(query.order_by(Run.starts_at, Run.id).limit(MOST))
    return [Pin(*row) for row in rows]
