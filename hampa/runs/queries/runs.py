"""Single runs, fetched and locked by people who may see or change them."""

import uuid
from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, true, union_all
from sqlalchemy.orm import contains_eager

from hampa.crews.models import CREWS
from hampa.crews.queries.crews import holds_membership, is_in_crew
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import hidden_from, hidden_ids, is_none_of, stand_in
from hampa.platform import clock, versions
from hampa.platform.db import constants, db
from hampa.platform.errors import Forbidden, Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.runs.models.participation import LEFT, Participation
from hampa.runs.models.run import CREW, DeletedRun, PaceGroup, Run, RunOrganiser
from hampa.runs.queries.organisers import is_asked, organises, runs_organised_by

LISTING = "runs"
"""The name of the version of all lists of runs (`platform.versions`)."""
versions.depends(LISTING, on=PEOPLE)
versions.depends(LISTING, on=CREWS)


def run_for(person: Person | None, run_id: uuid.UUID) -> Run:
    """Return the run with its organiser, if this person may see it.

    A run with the visibility "link" is open to everybody who knows its id, unless a block hides its organiser and the
    person from each other; one of a crew to its members, and to who takes part, organises or is asked to. Raise NotFound, and Gone
    when it was deleted.
    """
    viewer_id = person.id if person else None
    return _visible_run(run_id, viewer_id, hidden_ids(person)).scalar() or refuse_gone(run_id)


def is_seen(person: Person, run_id: uuid.UUID) -> bool:
    """Return whether a person may see a run."""
    return _visible_run(run_id, person.id, hidden_ids(person)).scalar() is not None


def run_by_code(person: Person | None, code: str) -> Run:
    """Return the run of a short link. Raise NotFound, and Gone when it was deleted."""
    run = db.session.scalar(_select_run().where(Run.short_code == code, visible_to(person)))
    return run or _refuse_gone(DeletedRun.short_code == code)


def organised_run(organiser: Person, run_id: uuid.UUID) -> Run:
    """Return a run that the person organises. Raise NotFound and Forbidden."""
    run = run_for(organiser, run_id)
    if not organises(organiser, run):
        raise Forbidden
    return run


def owned_run(owner: Person, run_id: uuid.UUID) -> Run:
    """Return a run that the person owns. Raise NotFound and Forbidden."""
    run = run_for(owner, run_id)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run


@built_once
def _visible_run(run_id: uuid.UUID, viewer_id: uuid.UUID | None, hidden: list[uuid.UUID]) -> Any:
    return _select_run().where(Run.id == run_id, is_visible_to_id(viewer_id, hidden))


def _select_run() -> Select[Any]:
    return select(Run).join(Run.organiser).options(contains_eager(Run.organiser))


def _refuse_gone(condition: ColumnElement[bool]) -> NoReturn:
    """Raise Gone for a run that was deleted, else NotFound."""
    if db.session.scalar(select(exists().where(condition))):
        raise Gone(_("The organiser deleted this run. What is on now is on the runs page."))
    raise NotFound


def refuse_gone(run_id: uuid.UUID) -> NoReturn:
    """Raise Gone for a run that was deleted, else NotFound."""
    _refuse_gone(DeletedRun.id == run_id)


def locked_run(run_id: uuid.UUID, person: Person | None = None) -> Run:
    """Return the run as it is now, locked until the transaction ends; participations are changed under this lock.

    Raise NotFound, also if the person may not see the run, and Gone when it was deleted. Without a person any run is
    returned.
    """
    run: Run | None = _locked_run(run_id, person.id if person else None, of_person=person is not None).scalar()
    if run is None:
        _refuse_gone(DeletedRun.id == run_id)
    if person is None or run.visibility != CREW or run.crew_id is None:
        return run
    # A ban of this instant comes before what the person does now, or its job finds that.
    if not holds_membership(person.id, run.crew_id) and not is_seen(person, run_id):
        raise NotFound
    return run


@built_once
def _locked_run(run_id: uuid.UUID, person_id: uuid.UUID | None, *, of_person: bool) -> Select[Any]:
    is_visible = visible_to(stand_in(person_id)) if of_person else true()
    query = select(Run).where(Run.id == run_id, is_visible)
    return query.with_for_update().execution_options(populate_existing=True)


def locked_organised_run(organiser: Person, run_id: uuid.UUID) -> Run:
    """Return a run that the person organises, locked. Raise NotFound and Forbidden."""
    run = locked_run(run_id, organiser)
    if not organises(organiser, run):
        raise Forbidden
    return run


def upcoming_run_ids(person_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the runs that a person owns and that have not begun, soonest first, cancelled ones too."""
    query = select(Run.id).where(Run.organiser_id == person_id, Run.starts_at > clock.now())
    return list(db.session.scalars(query.order_by(Run.starts_at)))


def pace_groups_of(run_id: uuid.UUID) -> list[PaceGroup]:
    """Return the pace groups of a run in their order."""
    return pace_groups_of_all([run_id])[run_id]


def pace_groups_of_all(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PaceGroup]]:
    """Return the pace groups of each run in their order."""
    groups: dict[uuid.UUID, list[PaceGroup]] = {run_id: [] for run_id in run_ids}
    query = select(PaceGroup).where(PaceGroup.run_id.in_(run_ids)).order_by(PaceGroup.position)
    for group in db.session.scalars(query):
        groups[group.run_id].append(group)
    return groups


def existing_run(run_id: uuid.UUID) -> Run | None:
    """Return the run with its organiser, whoever may see it, or None when it was deleted meanwhile."""
    return db.session.scalar(_select_run().where(Run.id == run_id))


def loaded_run(run_id: uuid.UUID) -> Run:
    """Return the run with its organiser, whoever may see it. Raise NotFound, and Gone when it was deleted."""
    return existing_run(run_id) or refuse_gone(run_id)


def without_hidden_organisers(person_id: uuid.UUID | None, run: type[Run] = Run) -> list[ColumnElement[bool]]:
    """Return the condition that leaves out runs of people hidden from a person, none without a person."""
    return [] if person_id is None else [run.organiser_id.not_in(hidden_from(person_id))]


def own_run_ids(person: Person) -> Select[Any]:
    """Return a SELECT of the ids of the runs that the person organises, or is in; who has left one is in it no more."""
    joined = select(Participation.run_id.label("run_id")).where(
        Participation.person_id == person.id, Participation.status.not_in(constants(LEFT))
    )
    return select(union_all(joined, runs_organised_by(person)).subquery().c.run_id)


def is_visible_to_id(person_id: Any, hidden: Any) -> ColumnElement[bool]:
    """Return the condition that a person may see a `Run`: `visible_to`, for statements that are built once.

    `hidden` is an array of the ids of people whom a block hides from the person.
    """
    place = exists().where(
        Participation.run_id == Run.id,
        Participation.person_id == person_id,
        Participation.status.not_in(constants(LEFT)),
    )
    role = exists().where(
        RunOrganiser.run_id == Run.id, RunOrganiser.person_id == person_id, RunOrganiser.agreed_at.is_not(None)
    )
    is_open = and_(is_none_of(Run.organiser_id, hidden), is_in_circle(person_id))
    return or_(is_open, Run.organiser_id == person_id, place.correlate(Run), role.correlate(Run))


def is_in_circle(person_id: Any, run: type[Run] = Run) -> ColumnElement[bool]:
    """Return the condition that a person, None for a visitor, is in the circle that a `Run` is published for.

    That is everybody, or the members of its crew and who is asked to organise it.
    """
    for_all = run.visibility.not_in(constants(CREW))
    if person_id is None:
        return for_all
    return or_(for_all, is_in_crew(person_id, run.crew_id), is_asked(person_id, run))


def visible_to(person: Person | None, run: type[Run] = Run) -> ColumnElement[bool]:
    """Return the condition of runs that the person may see.

    These are runs for everybody or for their crew whose organiser is not hidden from them, and runs that they organise
    or are in.
    """
    if person is None:
        return is_in_circle(None, run)
    is_open = and_(run.organiser_id.not_in(hidden_from(person.id)), is_in_circle(person.id, run))
    return or_(is_open, run.id.in_(own_run_ids(person)))


def titles_of(person: Person, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the titles of those of the runs that the person may see, by id."""
    rows = db.session.execute(select(Run.id, Run.title).where(Run.id.in_(run_ids), visible_to(person)))
    return {row.id: row.title for row in rows}


def series_of(run_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of the word "series" and the id of the series of a run, if it has one."""
    return select(literal("series"), Run.series_id).where(Run.id == run_id, Run.series_id.is_not(None))
