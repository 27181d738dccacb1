"""What waits for a decision when somebody leaves Hampa: the runs to come that are theirs, and who could have them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select

from hampa.people.models.person import Person
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run
from hampa.series.models import Series, SeriesMembership


def estates_of(person: Person) -> list[OwnedRun]:
    """All that needs somebody else, soonest first; two statements."""
    series_id = select(Series.id).where(Series.id == Run.series_id, Series.organiser_id == person.id).scalar_subquery()
    rows = db.session.execute(
        select(
            Run.id,
            Run.title,
            Run.starts_at,
            Run.timezone,
            (Run.taken - Run.offered + Run.waiting).label("people"),
            series_id.label("series_id"),
        )
        .where(Run.organiser_id == person.id, *_to_come())
        .order_by(Run.starts_at, Run.id)
    ).all()
    heirs = _heirs_of([row.id for row in rows])
    found: dict[uuid.UUID, OwnedRun] = {}
    for row in rows:
        key = row.series_id or row.id
        before = found.get(key)
        known = before.heirs if before else []
        found[key] = OwnedRun(
            key,
            before.title if before else row.title,
            before.starts_at if before else row.starts_at,
            before.timezone if before else row.timezone,
            row.series_id is not None,
            before.runs + 1 if before else 1,
            (before.people if before else 0) + row.people,
            [*known, *(heir for heir in heirs[row.id] if heir not in known)],
        )
    return list(found.values())


def places_of(person: Person) -> int:
    """In how many runs to come of others the person takes part."""
    mine = (
        select(func.count())
        .select_from(Participation)
        .join(Run, Run.id == Participation.run_id)
        .where(
            Participation.person_id == person.id,
            Participation.status.in_(TAKING_PART),
            Run.organiser_id != person.id,
            *_to_come(),
        )
    )
    return db.session.scalar(mine) or 0


def next_series_of(person: Person) -> Series | None:
    """A series of the person's that still makes runs."""
    own = select(Series).where(Series.organiser_id == person.id, Series.ended_at.is_(None))
    return db.session.scalar(own.order_by(Series.id).limit(1))


def next_run_of(person: Person) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    """A run to come that is the person's, and its series."""
    own = select(Run.id, Run.series_id).where(Run.organiser_id == person.id, *_to_come())
    row = db.session.execute(own.order_by(Run.starts_at, Run.id).limit(1)).first()
    return (row[0], row[1]) if row else None


def next_shared_run_of(person: Person) -> uuid.UUID | None:
    """A run to come that the person organises with its owner."""
    shared = exists().where(RunOrganiser.run_id == Run.id, RunOrganiser.person_id == person.id)
    return db.session.scalar(select(Run.id).where(shared, *_to_come()).order_by(Run.starts_at).limit(1))


def next_place_of(person: Person) -> uuid.UUID | None:
    """A run to come in which the person takes part."""
    part = exists().where(
        Participation.run_id == Run.id, Participation.person_id == person.id, Participation.status.in_(TAKING_PART)
    )
    return db.session.scalar(select(Run.id).where(part, *_to_come()).order_by(Run.starts_at).limit(1))


def comes_somewhere_every_time(person: Person) -> list[uuid.UUID]:
    """The series to which the person comes every time."""
    own = select(SeriesMembership.series_id).where(SeriesMembership.person_id == person.id)
    return list(db.session.scalars(own.order_by(SeriesMembership.series_id)))


def heirs_of(run_id: uuid.UUID) -> list[uuid.UUID]:
    """Who could have a run, those first who organise it longest."""
    return [heir.id for heir in _heirs_of([run_id])[run_id]]


def _heirs_of(run_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[PersonSummary]]:
    rows = db.session.execute(
        select(RunOrganiser.run_id, summary_columns())
        .join(Person, Person.id == RunOrganiser.person_id)
        .where(RunOrganiser.run_id.in_(run_ids), RunOrganiser.agreed_at.is_not(None), Person.state == "active")
        .order_by(RunOrganiser.created_at, RunOrganiser.id)
    )
    found: dict[uuid.UUID, list[PersonSummary]] = defaultdict(list)
    for run_id, heir in rows:
        found[run_id].append(heir)
    return found


def _to_come() -> tuple[ColumnElement[bool], ...]:
    return Run.cancelled_at.is_(None), Run.starts_at > clock.now()


@dataclass(frozen=True, slots=True)
class OwnedRun:
    """A run to come, or a series with all its runs to come: `id` is the run's or the series', `starts_at` of the first,
    `runs` how many, `people` who come or wait. `heirs` organise it with the owner.
    """

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    is_series: bool
    runs: int = 1
    people: int = 0
    heirs: list[PersonSummary] = field(default_factory=list)
