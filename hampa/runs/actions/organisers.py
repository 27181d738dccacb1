"""Organising together: who is added, agrees, steps down or is taken out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from hampa.cards.queries.companions import companion_ids
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.limits import limit
from hampa.platform.locale import phone
from hampa.platform.locale.i18n import digits, gettext as _, ngettext
from hampa.runs.actions.snapshots import invalidate_listing, run_snapshot
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import mark_of_number, organiser_ids, organises_alone

MOST = 10
"""So many co-organisers a run has at most."""


def count_number_lookups(asker: Person, numbers: int, most: int) -> None:
    """Note that somebody types so many phone numbers of others. Raises Refused when that is more than `most` a day.

    To be committed before the numbers are looked at: who tries a list of numbers learns of so many a day, whether
    they have an account or not, and no more than that.
    """
    limit(asker, "runs.look_up_number", most, per="day", amount=numbers, error=_too_many_numbers)


def _too_many_numbers(_seconds: int) -> Refused:
    return Refused(_("That is enough numbers for one day. Try again tomorrow."), "organisers")


def add_organisers(organiser: Person, run_id: uuid.UUID, phones: Sequence[str]) -> None:
    """Let the people with these numbers (E.164) organise the run too, from now on, and tell them. All or none.

    Raises Refused for a number without an account and when they are too many, NotFound and Forbidden.
    """
    if not phones:
        return
    run = runs.locked_organised_run(organiser, run_id)
    found = select(Person).where(
        Person.phone.in_(phones), Person.state == "active", is_visible_to(organiser, Person.id)
    )
    people = db.session.scalars(found).all()
    _refuse_unknown(set(phones) - {person.phone for person in people})
    there = set(db.session.scalars(select(RunOrganiser.person_id).where(RunOrganiser.run_id == run.id)))
    new = [person for person in people if person.id not in {run.organiser_id, *there}]
    if len(there) + len(new) > MOST:
        text = ngettext("A run has %(num)d co-organiser at most.", "A run has %(num)d co-organisers at most.", MOST)
        raise Refused(text, "organisers")
    if not new:
        return
    known = _known(organiser, run, [person.id for person in new])
    rows = [
        RunOrganiser(
            run_id=run.id,
            person_id=person.id,
            added_by_id=organiser.id,
            agreed_at=clock.now() if person.id in known else None,
            number_mark=mark_of_number(person.phone),
        )
        for person in new
    ]
    db.session.add_all(rows)
    db.session.flush()
    _tell([person.id for person in new], run, organiser, "added", rows[0].id)
    invalidate_listing()


def copy_organisers(copier: Person, model_id: uuid.UUID, run: Run) -> None:
    """Let those who organise one run organise another one like it, too, and tell them; but nobody who is shut out, or
    whom a block hides from the copier.
    """
    there = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run.id)
    before = select(Person.id).where(
        Person.id.in_(organiser_ids(model_id, agreed=True)), Person.state == "active", is_visible_to(copier, Person.id)
    )
    ids = set(db.session.scalars(before)) - {copier.id, *db.session.scalars(there)}
    rows = [
        RunOrganiser(run_id=run.id, person_id=person_id, added_by_id=copier.id, agreed_at=clock.now())
        for person_id in sorted(ids)
    ]
    if rows:
        db.session.add_all(rows)
        db.session.flush()
        _tell(list(ids), run, copier, "added", rows[0].id)


def accept_role(person: Person, run_id: uuid.UUID) -> None:
    """Say yes to organising the run with others; from now on one's name stands there. Raises Forbidden, NotFound."""
    row = _row_of(person, runs.locked_run(run_id, person))
    row.agreed_at = row.agreed_at or clock.now()
    invalidate_listing()


def step_down(person: Person, run_id: uuid.UUID) -> None:
    """Organise the run no more; the others are told. Raises Refused for the owner, Forbidden and NotFound."""
    run = runs.locked_run(run_id, person)
    if run.organiser_id == person.id:
        raise Refused(_("This run is yours: hand it over or cancel it first."))
    row = _row_of(person, run)
    db.session.delete(row)
    db.session.flush()
    if row.agreed_at is not None:
        _tell(organiser_ids(run.id), run, person, "stepped_down", row.id)
    invalidate_listing()


def remove_organiser(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let somebody organise the run no more. Doing so twice is doing so once.

    Raises Refused for the owner, who hands over or stays, Forbidden and NotFound.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if person_id == run.organiser_id:
        raise Refused(_("Who owns the run can't be taken out; they can hand it over."))
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person_id))
    invalidate_listing()


def refuse_alone(person: Person, run: Run) -> None:
    """Who organises a run alone can't leave it. To be asked under the run's lock; raises Refused."""
    if organises_alone(person, run):
        raise Refused(_("You organise this run alone: hand it over or cancel it first."))


def _row_of(person: Person, run: Run) -> RunOrganiser:
    row = db.session.scalar(
        select(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id)
    )
    if row is None:
        raise Forbidden
    return row


def _refuse_unknown(numbers: set[str]) -> None:
    """One sentence for numbers that nobody has, that are suspended, leaving or hidden: it tells no more."""
    if numbers:
        shown = _(", ").join(map(_left_to_right, sorted(numbers)))
        text = _("Nobody here has the number %(numbers)s. Ask them to sign in once, then add them.", numbers=shown)
        raise Refused(text, "organisers")


def _left_to_right(number: str) -> str:
    """A phone number that keeps its order in the middle of a Persian sentence."""
    return f"\u2066{digits(phone.show(number, settings().phone_region))}\u2069"


def _known(organiser: Person, run: Run, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the people whose names the organiser knows anyway: companions, and who takes part in the run."""
    taking_part = select(Participation.person_id).where(
        Participation.run_id == run.id,
        Participation.status.in_(TAKING_PART),
        Participation.added_by_organiser.is_(False),
    )
    known = select(Person.id).where(
        Person.id.in_(people), Person.id.in_(companion_ids(organiser.id)) | Person.id.in_(taking_part)
    )
    return set(db.session.scalars(known))


def _tell(people: list[uuid.UUID] | Select[Any], run: Run, actor: Person, what: str, event: uuid.UUID) -> None:
    notify(
        people,
        "run_organiser",
        actor_id=actor.id,
        subject_id=run.id,
        data={**run_snapshot(run), "name": actor.name, "what": what},
        event=f"{what}:{event}",
        expires_at=run.ends_at,
    )
