"""What goes when a record of an athlete is deleted."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all

from hampa.coach_notes.models import CoachNote
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.owners import ATHLETE
from hampa.files.models import StoredFile
from hampa.files.queries.owners import PLAN
from hampa.platform.db import db
from hampa.training.models.plans import TrainingPlan

NAMED = 20
"""Plans and files of which the names are told; of more there is a number."""
SHARED = "coaches.shared"
"""What is shared with an athlete: features above contribute a SELECT (`count_shared`), and fill the slot of this name."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with a record: plans that nobody else has, notes, files (a few by name), and for how many coaches."""

    plans: Sequence[str]
    more_plans: int
    kept_plans: int
    notes: int
    files: Sequence[str]
    more_files: int
    coaches: int


def loss_of(record: Athlete) -> Loss:
    """Return what deleting a record takes away: its plans, unless the athlete has an account and keeps them."""
    of_record = CoachedPlan.athlete_id == record.id
    goes = record.person_id is None
    plans = db.session.scalar(select(func.count()).select_from(CoachedPlan).where(of_record)) or 0
    names = select(TrainingPlan.name).join(CoachedPlan, CoachedPlan.plan_id == TrainingPlan.id).where(of_record)
    names = names.order_by(TrainingPlan.created_at, TrainingPlan.id).limit(NAMED)
    named = list(db.session.scalars(names)) if goes else []
    notes = select(func.count()).select_from(CoachNote).where(_goes(CoachNote, record), CoachNote.deleted_at.is_(None))
    files = db.session.scalar(select(func.count()).select_from(StoredFile).where(_goes(StoredFile, record))) or 0
    latest = select(StoredFile.name).where(_goes(StoredFile, record)).order_by(StoredFile.created_at.desc())
    file_names = list(db.session.scalars(latest.limit(NAMED)))
    coaches = db.session.scalar(select(func.count()).select_from(Coach).where(Coach.athlete_id == record.id)) or 0
    return Loss(
        plans=named,
        more_plans=plans - len(named) if goes else 0,
        kept_plans=0 if goes else plans,
        notes=db.session.scalar(notes) or 0,
        files=file_names,
        more_files=files - len(file_names),
        coaches=coaches,
    )


def _goes(row: type[CoachNote] | type[StoredFile], record: Athlete) -> ColumnElement[bool]:
    goes = and_(row.owner_kind == ATHLETE, row.owner_id == record.id)
    if record.person_id is not None:
        return goes
    plans = select(CoachedPlan.plan_id).where(CoachedPlan.athlete_id == record.id)
    return or_(goes, and_(row.owner_kind == PLAN, row.owner_id.in_(plans)))


def count_shared(
    athlete_ids: Sequence[uuid.UUID], further: Iterable[Any] = ()
) -> Mapping[uuid.UUID, Mapping[str, int]]:
    """Return how many shared "notes" and "files" there are on each of some records, none where there are none.

    `further` are SELECTs by features above: what it is, the id of the record, and how many.
    """
    counts: defaultdict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    if not athlete_ids:
        return counts
    count = func.count().label("number")
    notes = select(literal("notes").label("what"), CoachNote.owner_id, count).where(
        CoachNote.owner_kind == ATHLETE, CoachNote.is_shared
    )
    notes = notes.where(CoachNote.deleted_at.is_(None), CoachNote.owner_id.in_(athlete_ids))
    files = select(literal("files"), StoredFile.owner_id, count).where(StoredFile.owner_kind == ATHLETE)
    files = files.where(StoredFile.owner_id.in_(athlete_ids))
    for row in db.session.execute(
        union_all(notes.group_by(CoachNote.owner_id), files.group_by(StoredFile.owner_id), *further)
    ):
        counts[row.owner_id][row.what] = row.number
    return counts
