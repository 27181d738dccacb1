"""Deleting runs and their files."""

import uuid

from sqlalchemy import delete, exists, or_, select

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import DeletedRun, Run, RunOrganiser


def delete_unshared_runs(person: Person) -> None:
    """Delete the person's runs that have no other participant or organiser, with their files."""
    others = or_(
        exists().where(Participation.run_id == Run.id, Participation.person_id != person.id),
        exists().where(
            RunOrganiser.run_id == Run.id, RunOrganiser.person_id != person.id, RunOrganiser.agreed_at.is_not(None)
        ),
    )
    rows = db.session.execute(select(Run.id, Run.short_code).where(Run.organiser_id == person.id, ~others)).all()
    for run_id, short_code in rows:
        delete_run_files(run_id)
        db.session.add(DeletedRun(id=run_id, short_code=short_code))
    statement = delete(Run).where(Run.id.in_([run_id for run_id, _code in rows]))
    db.session.execute(statement.execution_options(synchronize_session=False))


def delete_run_files(run_id: uuid.UUID) -> None:
    """Delete the files of a run once the transaction that deletes the run is committed."""
    storage.delete_after_commit(f"runs/{run_id}")
