"""Deleting runs that nobody but a person who is erased was part of."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, exists, or_, select

from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run


def delete_runs_of_nobody_else(person: Person) -> None:
    """Delete the person's runs without another participant or organiser, with their files."""
    others = or_(
        exists().where(Participation.run_id == Run.id, Participation.person_id != person.id),
        exists().where(RunOrganiser.run_id == Run.id, RunOrganiser.person_id != person.id),
    )
    alone = db.session.execute(select(Run.id, Run.short_code).where(Run.organiser_id == person.id, ~others)).all()
    for run_id, short_code in alone:
        forget_files(run_id)
        db.session.add(DeletedRun(id=run_id, short_code=short_code))
    gone = delete(Run).where(Run.id.in_([run_id for run_id, _code in alone]))
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_files(run_id: uuid.UUID) -> None:
    """Delete all files of a run once this transaction, which deletes the run, is committed."""
    storage.forget(f"runs/{run_id}")
