"""Answers to invitations to organise a run or to own it, under the run's lock."""

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.reading import read_about
from hampa.organising.actions.organisers import notify_organisers
from hampa.organising.actions.ownership import notify_handed_over, transfer
from hampa.organising.queries import ownership
from hampa.organising.queries.invitations import declined_for, invitation_for
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import ORGANISER, OWNER, Run, RunInvitation, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises
from hampa.series import queries as series_queries


def accept(
    person: Person,
    run_id: uuid.UUID,
    role: str,
    *,
    with_series: bool = False,
    takes_over: bool = False,
    keeps_owner: bool = False,
) -> None:
    """Say yes to an invitation: from now on the person's name and face stand on the page of the run.

    An organiser may say yes for the runs of the series to come as well (`with_series`), as far as the one who asks
    organises those, and to own the run if its owner deletes their account (`takes_over`). A new owner says whether the former owner goes on organising (`keeps_owner`),
    if that one wants to. Raise Refused when the invitation is over, and NotFound.
    """
    series_id = db.session.scalar(select(Run.series_id).where(Run.id == run_id))
    series = series_queries.locked_series(series_id) if series_id is not None else None  # before its runs
    run = runs.locked_run(run_id, person)
    if series is not None and run.series_id != series.id:  # split off while we waited for the lock
        series = None
    invitation = invitation_for(person, run, role)
    if invitation is None or (role == OWNER and ownership.successor(run, person.id) is None):
        raise Refused(_("This question is over: it was taken back, or its time has passed."))
    asker = db.session.get_one(Person, invitation.asker_id)
    affected = [run]
    if role == ORGANISER:
        with_series = with_series and series is not None and ownership.speaks_for_series(asker, run)
        if with_series:
            affected += [one for one in ownership.locked_others(run.organiser_id, run) if organises(asker, one)]
        for one in affected:
            _add_organiser(one, person, asker, for_series=with_series, takes_over=takes_over)
        notify_organisers([asker.id], run, person, "accepted", invitation.id)
    else:
        stays = invitation.stays and keeps_owner
        if invitation.with_series and series is not None and series.organiser_id == asker.id:
            affected += ownership.locked_others(asker.id, run)
            series.organiser_id = person.id
        for one in affected:
            transfer(one, asker, person.id, stays=stays)
        notify_handed_over(run, asker.id, person, "given", event=str(invitation.id), with_series=len(affected) > 1)
    read_about([person.id], run.id, kinds=["run_invited"])
    db.session.execute(
        delete(RunInvitation).where(
            RunInvitation.run_id.in_([one.id for one in affected]),
            (RunInvitation.person_id == person.id) | (RunInvitation.phone == person.phone),
        )
    )
    invalidate_listing()


def decline(person: Person, run_id: uuid.UUID, role: str) -> None:
    """Say no to an invitation, if there still is one. Raise NotFound.

    Who was chosen by name is known to the asker, who is told; of a number the asker learns nothing.
    """
    run = runs.locked_run(run_id, person)
    invitation = invitation_for(person, run, role)
    if invitation is None:
        return
    read_about([person.id], run.id, kinds=["run_invited"])
    if role == OWNER:
        db.session.delete(invitation)
    else:
        invitation.declined_at = clock.now()
    if invitation.person_id is not None:
        notify_organisers([invitation.asker_id], run, person, f"declined_{role}", invitation.id)


def restore(person: Person, run_id: uuid.UUID) -> None:
    """Take a no to an invitation to organise back. Raise Refused when it is too late, and NotFound."""
    run = runs.locked_run(run_id, person)
    invitation = declined_for(person, run)
    if invitation is None:
        raise Refused(_("This question is over: it was taken back, or its time has passed."))
    invitation.declined_at = None


def forget_expired() -> None:
    """Delete the invitations whose time has passed, and with them the numbers that were typed."""
    expired = delete(RunInvitation).where(RunInvitation.expires_at <= clock.now())
    db.session.execute(expired.execution_options(synchronize_session=False))


def _add_organiser(run: Run, person: Person, asker: Person, *, for_series: bool, takes_over: bool) -> None:
    agreed = {"agreed_at": clock.now(), "for_series": for_series, "takes_over": takes_over}
    row = insert(RunOrganiser).values(
        id=ids.new_id(), run_id=run.id, person_id=person.id, added_by_id=asker.id, **agreed
    )
    db.session.execute(row.on_conflict_do_update(index_elements=["run_id", "person_id"], set_=agreed))
