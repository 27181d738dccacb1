"""Handing a run over, and deleting it: what its owner alone can do."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select

from hampa.notifications.actions import notify
from hampa.organising.queries import ownership
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.routes.actions import remove_route
from hampa.runs.actions.erasure import forget_files
from hampa.runs.actions.search_index import update_search_index
from hampa.runs.actions.snapshots import invalidate_listing, run_snapshot
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.series import queries as series_queries
from hampa.series.models import Series


def hand_over(owner: Person, run_id: uuid.UUID, to_id: uuid.UUID, *, with_series: bool = False) -> Run:
    """Let the run be somebody else's: of those who organise it already, or take part. Both are told, and the former
    owner goes on organising it with them. `with_series`, so are the owner's series that it is of and its other runs to come.

    Raises Refused when that person is neither, Forbidden for who does not own it, and NotFound.
    """
    series = _locked_series(owner, run_id) if with_series else None
    run = _locked_for(owner, run_id)
    heir = ownership.successor(run, to_id)
    if heir is None:
        raise Refused(_("This person neither organises the run nor takes part in it any more. Choose another."), "to")
    left = _give(run, owner, heir.id)
    if series is not None:
        series.organiser_id = heir.id
        for later in ownership.locked_others(owner, run):
            _give(later, owner, heir.id)
    for person, other, what in ((heir, owner, "received"), (owner, heir, "given")):
        notify(
            [person.id],
            "run_handed_over",
            actor_id=other.id,
            subject_id=run.id,
            data={**run_snapshot(run), "name": other.name, "what": what, "series": series is not None},
            event=f"{left.id}:{what}",
            expires_at=run.ends_at,
        )
    invalidate_listing()
    return run


def delete_run(owner: Person, run_id: uuid.UUID) -> None:
    """Let the run be gone, with who took part in it and what was said. Its links answer that it is (410).

    Raises Refused with the reason while it has to stay, Forbidden for who does not own it, NotFound, and Gone when it
    is deleted already.
    """
    run = _locked_for(owner, run_id)
    reason = ownership.why_it_stays(run)
    if reason:
        raise Refused(reason)
    remove_route(run)
    forget_files(run.id)
    db.session.add(DeletedRun(id=run.id, short_code=run.short_code))
    db.session.execute(delete(Run).where(Run.id == run.id).execution_options(synchronize_session="fetch"))
    invalidate_listing()


def _give(run: Run, owner: Person, heir_id: uuid.UUID) -> RunOrganiser:
    """Let a locked run be the heir's, and its former owner organise it with them; the row that says so."""
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == heir_id))
    run.organiser_id = heir_id
    left = RunOrganiser(run_id=run.id, person_id=owner.id, added_by_id=heir_id, agreed_at=clock.now())
    db.session.add(left)
    db.session.flush()
    update_search_index(run)
    return left


def _locked_series(owner: Person, run_id: uuid.UUID) -> Series | None:
    """The owner's series that a run is of, locked before the runs; None when it is of none, or somebody else's."""
    series_id = db.session.scalar(select(Run.series_id).where(Run.id == run_id))
    series = series_queries.locked(series_id) if series_id is not None else None
    return series if series is not None and series.organiser_id == owner.id else None


def _locked_for(owner: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked_run(run_id)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run
