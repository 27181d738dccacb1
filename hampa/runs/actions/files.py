"""Tidying up behind files: what a killed process, a rolled-back request or a deleted run left on the disk."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select, update

from hampa.platform import storage
from hampa.platform.db import db
from hampa.runs.models.picture import RunPicture
from hampa.runs.models.route import RunRoute
from hampa.runs.models.run import Run

READ_WITHIN = timedelta(hours=6)
"""An upload that nobody has read by then is never read: its job has failed each time."""
YOUNG = timedelta(days=1)
"""What was written lately may belong to a transaction that is not committed yet."""
AT_ONCE = 500


def give_up_on_old_uploads(now: datetime) -> None:
    """Say of what waits for long that it could not be read, so that its people can try again."""
    for table in (RunRoute, RunPicture):
        db.session.execute(
            update(table)
            .where(table.upload.is_not(None), table.updated_at < now - READ_WITHIN)
            .values(upload=None, reason="failed", version=table.version + 1, updated_at=now)
            .execution_options(synchronize_session=False)
        )


def delete_strays(now: datetime) -> None:
    """Delete uploads that were not read within a day, and all files of runs that are gone."""
    for name, written_at in storage.listed(storage.UPLOADS):
        if written_at < now - YOUNG:
            storage.delete_now(f"{storage.UPLOADS}/{name}")
    old = (name for name, written_at in storage.listed("runs") if written_at < now - YOUNG)
    while names := list(islice(old, AT_ONCE)):
        known = {str(found) for found in db.session.scalars(select(Run.id).where(Run.id.in_(map(uuid.UUID, names))))}
        for name in set(names) - known:
            storage.delete_now(f"runs/{name}")
