"""Offering one's run to another owner, and deleting it, which only its owner can do."""

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert

from hampa.leading.actions import end_leading
from hampa.notifications.actions.notifying import notify
from hampa.organising.queries import ownership
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _
from hampa.routes.actions import remove_route
from hampa.runs.actions.deletion import delete_run_files
from hampa.runs.actions.listing import invalidate_listing, update_search_index
from hampa.runs.models.run import OWNER, DeletedRun, Run, RunInvitation, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.snapshots import run_snapshot
from hampa.series.queries import owns_series_of

OFFERED_FOR = timedelta(days=7)
"""How long the person who is asked to own a run may think about it."""


def offer_run(
    owner: Person, run_id: uuid.UUID, to_id: uuid.UUID, *, with_series: bool = False, stays: bool = False
) -> None:
    """Ask a co-organiser or participant whether they want to own the run, and with `with_series` the owner's series.

    It is theirs once they say yes; with `stays` the owner would like to go on organising it then. Raise Refused when
    that person is neither or somebody is asked already, Forbidden unless the run is the owner's, and NotFound.
    """
    run = _locked_for(owner, run_id)
    successor = ownership.successor(run, to_id)
    if successor is None:
        raise Refused(_("This person neither organises the run nor takes part in it any more. Choose another."), "to")
    now = clock.now()
    over = (RunInvitation.expires_at <= now) | (RunInvitation.asker_id != owner.id)
    db.session.execute(delete(RunInvitation).where(*_offers_of(run), over))
    offer_id = db.session.scalar(
        insert(RunInvitation)
        .values(
            run_id=run.id,
            role=OWNER,
            person_id=successor.id,
            asker_id=owner.id,
            with_series=with_series and owns_series_of(owner, run),
            stays=stays,
            created_at=now,
            expires_at=now + OFFERED_FOR,
        )
        .on_conflict_do_nothing()
        .returning(RunInvitation.id)
    )
    if offer_id is None:
        raise Refused(_("Somebody is asked already. Take that back first."), "to")
    notify(
        [successor.id],
        "run_invited",
        actor_id=owner.id,
        subject_id=run.id,
        data={**run_snapshot(run), "role": OWNER, "series": with_series},
        event=offer_id,
        expires_at=now + OFFERED_FOR,
    )


def withdraw_offer(owner: Person, run_id: uuid.UUID) -> None:
    """Take back the offer of the run, if it was not accepted yet. Raise Forbidden and NotFound."""
    run = _locked_for(owner, run_id)
    db.session.execute(delete(RunInvitation).where(*_offers_of(run)))


def pass_on(leaver: Person, run_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """Make a co-organiser the owner who agreed to that for the case that the owner deletes their account.

    The former owner has no part in organising it any more. Raise Refused when they do not organise it, or did not
    agree, Forbidden and NotFound.
    """
    run = _locked_for(leaver, run_id)
    successor = ownership.successor(run, to_id, agreed_to_take_over=True)
    if successor is None:
        raise Refused(_("This person neither organises the run nor takes part in it any more. Choose another."), "to")
    transfer(run, leaver, successor.id, stays=False)
    notify_handed_over(run, successor.id, leaver, "received", event=f"{run.id}:{leaver.id}")
    invalidate_listing()


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


def transfer(run: Run, owner: Person, new_owner_id: uuid.UUID, *, stays: bool) -> None:
    """Change the owner of a locked run; the former owner becomes a co-organiser if they stay."""
    role = delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == new_owner_id)
    db.session.execute(role)
    db.session.execute(delete(RunInvitation).where(*_offers_of(run)))
    run.organiser_id = new_owner_id
    if stays:
        former = RunOrganiser(run_id=run.id, person_id=owner.id, added_by_id=new_owner_id, agreed_at=clock.now())
        db.session.add(former)
    db.session.flush()
    end_leading(run, owner.id)
    publish(f"person:{owner.id}", "recheck")
    update_search_index(run)


def notify_handed_over(
    run: Run, person_id: uuid.UUID, actor: Person, what: str, *, event: str, with_series: bool = False
) -> None:
    """Notify a person that they have `received` the run from the actor, or have `given` it to them."""
    notify(
        [person_id],
        "run_handed_over",
        actor_id=actor.id,
        subject_id=run.id,
        data={**run_snapshot(run), "what": what, "series": with_series},
        event=f"{event}:{what}",
        expires_at=run.ends_at,
    )


def _offers_of(run: Run) -> tuple[ColumnElement[bool], ...]:
    return RunInvitation.run_id == run.id, RunInvitation.role == OWNER


def _locked_for(owner: Person, run_id: uuid.UUID) -> Run:
    run = runs.locked_run(run_id, owner)
    if run.organiser_id != owner.id:
        raise Forbidden
    return run
