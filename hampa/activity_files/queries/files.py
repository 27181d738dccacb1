"""Files that were sent, what became of them, and the tracks of activities."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from hampa.activity_files.models import FAILED, ActivityImport, ActivityImportFile, ActivityTrack
from hampa.people.models import Person
from hampa.platform.db import db, scalar_or_404
from hampa.training.models.activities import LONGEST, Activity

IMPORTS_SHOWN = 10
FAILURES_SHOWN = 100
STUCK = timedelta(hours=6)
"""After what time a file that nobody has read is given up."""
LEAST_OVERLAP = 0.7
"""The share of the shorter of two activities from which on they are the same."""


def own_import(person: Person, import_id: uuid.UUID) -> ActivityImport:
    """Return an import of the person. Raise NotFound."""
    return scalar_or_404(
        select(ActivityImport).where(ActivityImport.id == import_id, ActivityImport.person_id == person.id)
    )


def locked_import(import_id: uuid.UUID) -> ActivityImport | None:
    """Return an import that is not read yet, locked."""
    query = select(ActivityImport).where(ActivityImport.id == import_id, ActivityImport.done_at.is_(None))
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def imports_of(person: Person) -> Sequence[ActivityImport]:
    """Return the last imports of a person, the latest first."""
    query = select(ActivityImport).where(ActivityImport.person_id == person.id)
    return db.session.scalars(
        query.order_by(ActivityImport.created_at.desc(), ActivityImport.id.desc()).limit(IMPORTS_SHOWN)
    ).all()


def fates_of(one: ActivityImport) -> Counter[str]:
    """Return how many files of an import became what."""
    query = select(ActivityImportFile.fate, func.count()).where(ActivityImportFile.import_id == one.id)
    rows = db.session.execute(query.group_by(ActivityImportFile.fate))
    return Counter({row[0]: row[1] for row in rows})


def failures_of(one: ActivityImport) -> Sequence[ActivityImportFile]:
    """Return the files of an import that became nothing, in their order: a hundred at most."""
    query = select(ActivityImportFile).where(ActivityImportFile.import_id == one.id, ActivityImportFile.fate == FAILED)
    return db.session.scalars(query.order_by(ActivityImportFile.place).limit(FAILURES_SHOWN)).all()


def only_activity_of(one: ActivityImport) -> uuid.UUID | None:
    """Return the activity of an import of one file, if that has become one."""
    if one.files != 1:
        return None
    return db.session.scalar(select(ActivityImportFile.activity_id).where(ActivityImportFile.import_id == one.id))


def track_with(person_id: uuid.UUID, digest: str, number: int) -> uuid.UUID | None:
    """Return the activity that a person has from the same content."""
    return db.session.scalar(
        select(ActivityTrack.activity_id).where(
            ActivityTrack.person_id == person_id, ActivityTrack.digest == digest, ActivityTrack.number == number
        )
    )


@dataclass(frozen=True, slots=True)
class ActivityThere:
    """An activity that a person has at some time, and whether it has a track."""

    activity: Activity
    has_track: bool


def activity_at(person_id: uuid.UUID, started_at: datetime, ended_at: datetime) -> ActivityThere | None:
    """Return the activity of a person that was at the same time, by `LEAST_OVERLAP` of the shorter one: the nearest."""
    shared = func.least(Activity.ended_at, ended_at) - func.greatest(Activity.started_at, started_at)
    shorter = func.least(Activity.ended_at - Activity.started_at, ended_at - started_at)
    query = (
        select(Activity, exists().where(ActivityTrack.activity_id == Activity.id))
        .where(
            Activity.person_id == person_id,
            Activity.started_at.between(started_at - LONGEST, ended_at),
            Activity.ended_at > started_at,
            shared > shorter * LEAST_OVERLAP,
        )
        .order_by(shared.desc())
        .limit(1)
    )
    row = db.session.execute(query.with_for_update(of=Activity)).first()
    return ActivityThere(*row) if row is not None else None


def track_of(activity_id: uuid.UUID) -> ActivityTrack | None:
    """Return the track of an activity."""
    return db.session.scalar(select(ActivityTrack).where(ActivityTrack.activity_id == activity_id))


def own_track(person: Person, activity_id: uuid.UUID) -> ActivityTrack:
    """Return the track of an activity of the person. Raise NotFound."""
    return scalar_or_404(
        select(ActivityTrack).where(ActivityTrack.activity_id == activity_id, ActivityTrack.person_id == person.id)
    )


def existing_activities(activity_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return those of the ids that an activity still has."""
    return db.session.scalars(select(Activity.id).where(Activity.id.in_(activity_ids))).all()


def waiting_since(moment: datetime) -> Sequence[uuid.UUID]:
    """Return the imports that were sent before a moment and are not read: a hundred at most."""
    query = select(ActivityImport.id).where(ActivityImport.done_at.is_(None), ActivityImport.updated_at < moment)
    return db.session.scalars(query.order_by(ActivityImport.created_at).limit(100)).all()
