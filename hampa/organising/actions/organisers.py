"""Co-organisers of a run: inviting, stepping down, removing."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.leading.actions import end_leading
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.people.models import Person
from hampa.people.queries import hidden_from, is_visible_to
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import ORGANISER, Run, RunInvitation, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.snapshots import run_snapshot

MAX_CO_ORGANISERS = 10
ASKED_FOR = timedelta(days=14)
"""How long an invitation to organise a run can be answered."""


def invite_by_number(organiser: Person, run_id: uuid.UUID, phones: Sequence[str]) -> None:
    """Ask whoever has these phone numbers (E.164) whether they want to organise the run.

    Numbers without an account, or of somebody who is hidden from the organiser, are taken like all others, so that the
    organiser learns nothing from them. Asking twice is asking once, also after a no. Raise Refused for the organiser's
    own number and when there are too many, NotFound and Forbidden.
    """
    if not phones:
        return
    run = runs.locked_organised_run(organiser, run_id)
    if organiser.phone in phones:
        raise Refused(_("This is your own number."), "organisers")
    _forget_expired(run)
    known = select(RunInvitation.phone).where(
        RunInvitation.run_id == run.id, RunInvitation.role == ORGANISER, RunInvitation.phone.in_(phones)
    )
    new = set(phones) - set(db.session.scalars(known))
    if _count_co_organisers(run) + len(new) > MAX_CO_ORGANISERS:
        text = ngettext(
            "A run has %(num)d co-organiser at most.", "A run has %(num)d co-organisers at most.", MAX_CO_ORGANISERS
        )
        raise Refused(text, "organisers")
    _invite(run, organiser, [{"phone": phone} for phone in sorted(new)])
    holders = select(Person.id).where(Person.phone.in_(new))
    _notify_invited(run, organiser, holders)


def invite_organisers_of(copier: Person, model_id: uuid.UUID, run: Run) -> None:
    """Ask the organisers of a model run whether they want to organise its copy too."""
    of_model = select(Person.id).where(
        Person.id.in_(organiser_ids(model_id)), Person.state == "active", is_visible_to(copier, Person.id)
    )
    ids = sorted(set(db.session.scalars(of_model)) - {copier.id})
    _invite(run, copier, [{"person_id": person_id} for person_id in ids])
    _notify_invited(run, copier, ids)


def withdraw_invitation(organiser: Person, run_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """Withdraw an invitation to organise the run, if there still is one. Raise NotFound and Forbidden."""
    run = runs.locked_organised_run(organiser, run_id)
    db.session.execute(
        delete(RunInvitation).where(
            RunInvitation.id == invitation_id, RunInvitation.run_id == run.id, RunInvitation.role == ORGANISER
        )
    )


def step_down(person: Person, run_id: uuid.UUID) -> None:
    """Give up the role of a co-organiser and notify the others. Raise Refused for the owner, Forbidden and NotFound."""
    run = runs.locked_run(run_id, person)
    if run.organiser_id == person.id:
        raise Refused(_("This run is yours: hand it over or cancel it first."))
    role = db.session.scalar(
        select(RunOrganiser).where(
            RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
        )
    )
    if role is None:
        raise Forbidden
    read_about([person.id], run.id)
    db.session.delete(role)
    db.session.flush()
    end_leading(run, person.id)
    publish(f"person:{person.id}", "recheck")
    notify_organisers(organiser_ids(run.id), run, person, "stepped_down", role.id)
    invalidate_listing()


def remove_organiser(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Remove a co-organiser, if the person is one.

    Raise Refused for the owner, who hands over or stays, Forbidden and NotFound.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if person_id == run.organiser_id:
        raise Refused(_("The owner of the run can't be taken out; they can hand it over."))
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person_id))
    end_leading(run, person_id)
    publish(f"person:{person_id}", "recheck")
    invalidate_listing()


def notify_organisers(
    people: Collection[uuid.UUID] | Select[Any], run: Run, actor: Person, what: str, event: uuid.UUID
) -> None:
    """Notify people of what somebody did about organising the run (`run_organiser`)."""
    notify(
        people,
        "run_organiser",
        actor_id=actor.id,
        subject_id=run.id,
        data={**run_snapshot(run), "what": what},
        event=f"{what}:{event}",
        expires_at=run.ends_at,
    )


def _invite(run: Run, asker: Person, invited: Sequence[dict[str, Any]]) -> None:
    now = clock.now()
    details = {"run_id": run.id, "role": ORGANISER, "asker_id": asker.id}
    details |= {"created_at": now, "expires_at": now + ASKED_FOR}
    if invited:
        db.session.execute(insert(RunInvitation).on_conflict_do_nothing(), [details | one for one in invited])


def _notify_invited(run: Run, asker: Person, people: Collection[uuid.UUID] | Select[Any]) -> None:
    """Notify invited people, each once a run, except those who organise it already or are hidden from its owner."""
    addressees = select(Person.id).where(
        Person.id.in_(people), Person.id.not_in(organiser_ids(run.id)), Person.id.not_in(hidden_from(run.organiser_id))
    )
    notify(
        addressees,
        "run_invited",
        actor_id=asker.id,
        subject_id=run.id,
        data={**run_snapshot(run), "role": ORGANISER, "series": False},
        event=f"{run.id}:{ORGANISER}",
        expires_at=run.ends_at,
    )


def _forget_expired(run: Run) -> None:
    db.session.execute(
        delete(RunInvitation).where(RunInvitation.run_id == run.id, RunInvitation.expires_at <= clock.now())
    )


def _count_co_organisers(run: Run) -> int:
    """Return how many organise the run with its owner, or are asked to."""
    agreed = select(func.count()).where(RunOrganiser.run_id == run.id, RunOrganiser.agreed_at.is_not(None))
    asked = select(func.count()).where(RunInvitation.run_id == run.id, RunInvitation.role == ORGANISER)
    return db.session.scalar(select(agreed.scalar_subquery() + asked.scalar_subquery())) or 0
