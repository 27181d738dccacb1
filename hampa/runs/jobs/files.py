"""Deleting files of runs that belong to nothing any more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from hampa.platform import clock, storage
from hampa.platform.db import db
from hampa.platform.queue import job
from hampa.runs.models.run import Run


@job("runs.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Delete uploads that were not read within a day, and all files of runs that are gone."""
    now = clock.now()
    storage.delete_strays(storage.UPLOADS, now, lambda names: set())
    storage.delete_orphans("runs", now, existing_runs)


def existing_runs(run_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return those of the ids that a run has."""
    return db.session.scalars(select(Run.id).where(Run.id.in_(run_ids))).all()
