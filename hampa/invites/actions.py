"""Asking companions along to a run, and saying no."""

import uuid

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hampa.cards.queries.interests import companion_for
from hampa.invites import queries
from hampa.invites.models import RunInvite
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids, versions
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.admission import refuse_closed
from hampa.runs.models.run import page_version
from hampa.runs.queries.runs import is_seen
from hampa.runs.queries.snapshots import run_snapshot

INVITES_PER_DAY = 30


def invite(asker: Person, run_id: uuid.UUID, companion_id: uuid.UUID) -> None:
    """Ask a companion along to a run that the asker goes to or organises; they are told once, whoever asks.

    Somebody who comes already, who can't join, or from whom the run is hidden, is told nothing, and the asker does not
    learn why. Raise NotFound, Forbidden and Refused.
    """
    lock_people(asker.id, companion_id)
    run = queries.run_to_invite_to(asker, run_id)
    refuse_closed(run)
    companion = companion_for(asker, companion_id)
    limit(
        asker,
        "invites.invite",
        INVITES_PER_DAY,
        per="day",
        error=lambda _seconds: Refused(_("That is enough invitations for one day. Share the link instead.")),
    )
    values = {"id": ids.new_id(), "run_id": run.id, "person_id": companion.id, "asker_id": asker.id}
    new = insert(RunInvite).values(**values, created_at=clock.now()).on_conflict_do_nothing()
    if db.session.scalar(new.returning(RunInvite.id)) is None:
        return
    versions.bump(page_version(run.id))
    asked = db.session.get_one(Person, companion.id)
    if queries.takes_part(run, asked.id) or not is_seen(asked, run.id) or queries.is_barred(run, asked):
        return
    notify(
        [companion.id],
        "run_invite",
        actor_id=asker.id,
        subject_id=run.id,
        data=run_snapshot(run),
        event=run.id,
        expires_at=run.starts_at,
    )


def decline(person: Person, run_id: uuid.UUID) -> None:
    """Say no to all who asked the person along to a run; nobody is told."""
    statement = update(RunInvite).where(RunInvite.run_id == run_id, RunInvite.person_id == person.id)
    db.session.execute(statement.values(declined_at=clock.now()).execution_options(synchronize_session=False))
    versions.bump(page_version(run_id))
    read_about([person.id], run_id, kinds=["run_invite"])


def take_back_no(person: Person, run_id: uuid.UUID) -> None:
    """Have those who asked the person along to a run wait for an answer again."""
    statement = update(RunInvite).where(RunInvite.run_id == run_id, RunInvite.person_id == person.id)
    db.session.execute(statement.values(declined_at=None).execution_options(synchronize_session=False))
    versions.bump(page_version(run_id))
