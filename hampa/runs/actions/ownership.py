"""Handing a run over, and deleting it: what its owner alone can do."""

from __future__ import annotations

import uuid

from sqlalchemy import delete

from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.finding import let_be_found
from hampa.runs.actions.notices import snapshot, touch_listing
from hampa.runs.actions.pictures import forget_files
from hampa.runs.actions.routes import remove_route
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.run import Run
from hampa.runs.queries import ownership, runs


def hand_over(owner: Person, run_id: uuid.UUID, to_id: uuid.UUID) -> Run:
    """Let the run be somebody else's: of those who organise it already, or take part. Both are told, and the former
    owner goes on organising it with them.

    Raises Refused when that person is neither, Forbidden for who does not own it, and NotFound.
    """
    run = _locked_for(owner, run_id)
    heir = ownership.heir(run, to_id)
    if heir is None:
        raise Refused(_("This person neither organises the run nor takes part in it any more. Choose another."), "to")
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == heir.id))
    run.organiser_id = heir.id
    left = RunOrganiser(run_id=run.id, person_id=owner.id, added_by_id=heir.id, agreed_at=clock.now())
    db.session.add(left)
    db.session.flush()
    let_be_found(run)
    for person, other, what in ((heir, owner, "received"), (owner, heir, "given")):
        notify(
            [person.id],
            "run_handed_over",
            subject_id=run.id,
            data={**snapshot(run), "name": other.name, "what": what},
            event=f"run_handed_over:{left.id}:{what}",
            expires_at=run.ends_at,
        )
    touch_listing()
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
    touch_listing()


def _locked_for(owner: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked(run_id)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run
