"""Handing over and deleting a run, which only its owner can do."""

import uuid

from sqlalchemy import delete, select

from hampa.notifications.actions import notify
from hampa.organising.queries import ownership
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.routes.actions import remove_route
from hampa.runs.actions.listing import invalidate_listing, update_search_index
from hampa.runs.actions.plan import delete_run_files
from hampa.runs.models.run import DeletedRun, Run, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.snapshots import run_snapshot
from hampa.series import queries as series_queries
from hampa.series.models import Series


def hand_over(owner: Person, run_id: uuid.UUID, to_id: uuid.UUID, *, with_series: bool = False) -> Run:
    """Make a co-organiser or participant the owner of the run; the former owner becomes a co-organiser.

    Both are notified. `with_series` hands over the owner's series of the run and its other runs that have not begun.
    Raise Refused when that person is neither, Forbidden unless the run is the owner's, and NotFound.
    """
    series = _locked_series(owner, run_id) if with_series else None
    run = _locked_for(owner, run_id)
    successor = ownership.successor(run, to_id)
    if successor is None:
        raise Refused(_("This person neither organises the run nor takes part in it any more. Choose another."), "to")
    former = _transfer(run, owner, successor.id)
    if series is not None:
        series.organiser_id = successor.id
        for later in ownership.locked_others(owner, run):
            _transfer(later, owner, successor.id)
    for person, other, what in ((successor, owner, "received"), (owner, successor, "given")):
        notify(
            [person.id],
            "run_handed_over",
            actor_id=other.id,
            subject_id=run.id,
            data={**run_snapshot(run), "what": what, "series": series is not None},
            event=f"{former.id}:{what}",
            expires_at=run.ends_at,
        )
    invalidate_listing()
    return run


def delete_run(owner: Person, run_id: uuid.UUID) -> None:
    """Delete the run with its participations and comments; its links answer 410 from now on.

    Raise Refused with the reason while the run has to stay, Forbidden unless it is the owner's, NotFound, and Gone if
    it is deleted already.
    """
    run = _locked_for(owner, run_id)
    if reason := ownership.undeletable_reason(run):
        raise Refused(reason)
    remove_route(run)
    delete_run_files(run.id)
    db.session.add(DeletedRun(id=run.id, short_code=run.short_code))
    db.session.execute(delete(Run).where(Run.id == run.id).execution_options(synchronize_session="fetch"))
    invalidate_listing()


def _transfer(run: Run, owner: Person, new_owner_id: uuid.UUID) -> RunOrganiser:
    """Change the owner of a locked run, and return the row of the former owner as a co-organiser."""
    role = delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == new_owner_id)
    db.session.execute(role)
    run.organiser_id = new_owner_id
    former = RunOrganiser(run_id=run.id, person_id=owner.id, added_by_id=new_owner_id, agreed_at=clock.now())
    db.session.add(former)
    db.session.flush()
    update_search_index(run)
    return former


def _locked_series(owner: Person, run_id: uuid.UUID) -> Series | None:
    """Return the owner's series of a run, locked before the runs; None without one, or if it is somebody else's."""
    series_id = db.session.scalar(select(Run.series_id).where(Run.id == run_id))
    series = series_queries.locked_series(series_id) if series_id is not None else None
    return series if series is not None and series.organiser_id == owner.id else None


def _locked_for(owner: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked_run(run_id)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run
