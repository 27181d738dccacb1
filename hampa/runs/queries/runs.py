"""One run: who may see, change and lock it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NoReturn

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import contains_eager

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries.organisers import organises
from hampa.runs.queries.visibility import visible_to


def run_for(person: Person | None, run_id: uuid.UUID) -> Run:
    """The run, with its organiser, if this person may see it. A run "by link" is open to whoever
    knows its id, unless its organiser and they are hidden from each other. Raises NotFound, and Gone when it was deleted.
    """
    return _one(Run.id == run_id, visible_to(person)) or _refuse_gone(DeletedRun.id == run_id)


def run_by_code(person: Person | None, code: str) -> Run:
    """The run behind a short link. Raises NotFound, and Gone when it was deleted."""
    return _one(Run.short_code == code, visible_to(person)) or _refuse_gone(DeletedRun.short_code == code)


def organised_run(organiser: Person, run_id: uuid.UUID) -> Run:
    """The run, to be changed by its owner or somebody who organises it with them. Raises NotFound, and Forbidden for others."""
    run = run_for(organiser, run_id)
    if not organises(organiser, run):
        raise Forbidden
    return run


def owned_run(owner: Person, run_id: uuid.UUID) -> Run:
    """The run, for what its co-organisers can't do. Raises NotFound, and Forbidden for others."""
    run = run_for(owner, run_id)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run


def _one(*conditions: ColumnElement[bool]) -> Run | None:
    return db.session.scalar(select(Run).join(Run.organiser).options(contains_eager(Run.organiser)).where(*conditions))


def _refuse_gone(condition: ColumnElement[bool]) -> NoReturn:
    """Tell a run that was deleted from one that never was."""
    if db.session.scalar(select(exists().where(condition))):
        raise Gone(_("This run was deleted by who organised it. What is on now is on the runs page."))
    raise NotFound


def locked_run(run_id: uuid.UUID, person: Person | None = None) -> Run:
    """The run as it is now, locked until the transaction ends; everything about who takes part is
    decided under this lock. Raises NotFound, also for a person who may not know of it, and Gone when it was deleted.
    """
    run = db.session.scalar(
        select(Run)
        .where(Run.id == run_id, visible_to(person))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return run or _refuse_gone(DeletedRun.id == run_id)


def locked_organised_run(organiser: Person, run_id: uuid.UUID) -> Run:
    """The run as it is now, locked, to be changed by one of its organisers. Raises NotFound and Forbidden."""
    run = locked_run(run_id, organiser)
    if not organises(organiser, run):
        raise Forbidden
    return run


def upcoming_run_ids(person_id: uuid.UUID) -> list[uuid.UUID]:
    """The runs that a person owns and that have not begun, soonest first; those that are called off too."""
    query = select(Run.id).where(Run.organiser_id == person_id, Run.starts_at > clock.now())
    return list(db.session.scalars(query.order_by(Run.starts_at)))


def pace_groups_of(run_id: uuid.UUID) -> list[PaceGroup]:
    """The pace groups of a run, in their order."""
    return list(db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == run_id).order_by(PaceGroup.position)))


def pace_groups_of_all(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PaceGroup]]:
    """Return the pace groups of each of these runs, in their order; an empty list for a run without any."""
    groups: dict[uuid.UUID, list[PaceGroup]] = {run_id: [] for run_id in run_ids}
    query = select(PaceGroup).where(PaceGroup.run_id.in_(run_ids)).order_by(PaceGroup.position)
    for group in db.session.scalars(query):
        groups[group.run_id].append(group)
    return groups


def existing_run(run_id: uuid.UUID) -> Run | None:
    """Return the run that people are to be told of, or None when it was deleted meanwhile."""
    try:
        return run_for(None, run_id)
    except NotFound:
        return None
