"""Co-organisers of a run: adding, accepting, stepping down, removing."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from hampa.cards.queries.interests import companion_ids
from hampa.notifications.actions import notify, read_about
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale import phone
from hampa.platform.locale.i18n import digits, gettext as _, ngettext
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import mark_of_number, organiser_ids
from hampa.runs.queries.snapshots import run_snapshot

MAX_CO_ORGANISERS = 10


def add_organisers(organiser: Person, run_id: uuid.UUID, phones: Sequence[str]) -> None:
    """Make the people with these phone numbers (E.164) co-organisers, all or none, and notify them.

    Raise Refused for a number without an account and when there are too many, NotFound and Forbidden.
    """
    if not phones:
        return
    run = runs.locked_organised_run(organiser, run_id)
    by_phone = select(Person).where(
        Person.phone.in_(phones), Person.state == "active", is_visible_to(organiser, Person.id)
    )
    people = db.session.scalars(by_phone).all()
    _refuse_unknown(set(phones) - {person.phone for person in people})
    co_organisers = set(db.session.scalars(_co_organiser_ids(run)))
    new = [person for person in people if person.id not in {run.organiser_id, *co_organisers}]
    if len(co_organisers) + len(new) > MAX_CO_ORGANISERS:
        text = ngettext(
            "A run has %(num)d co-organiser at most.", "A run has %(num)d co-organisers at most.", MAX_CO_ORGANISERS
        )
        raise Refused(text, "organisers")
    if not new:
        return
    known = _known_people(organiser, run, [person.id for person in new])
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
    _add(rows, run, organiser)
    invalidate_listing()


def copy_organisers(copier: Person, model_id: uuid.UUID, run: Run) -> None:
    """Make the organisers of a model run organisers of its copy, and notify them.

    People who are not active or whom a block hides from the copier are left out.
    """
    of_model = select(Person.id).where(
        Person.id.in_(organiser_ids(model_id, agreed=True)), Person.state == "active", is_visible_to(copier, Person.id)
    )
    ids = set(db.session.scalars(of_model)) - {copier.id, *db.session.scalars(_co_organiser_ids(run))}
    rows = [
        RunOrganiser(run_id=run.id, person_id=person_id, added_by_id=copier.id, agreed_at=clock.now())
        for person_id in sorted(ids)
    ]
    _add(rows, run, copier)


def accept_role(person: Person, run_id: uuid.UUID) -> None:
    """Accept the role of a co-organiser, whose name is public from now on. Raise Forbidden and NotFound."""
    role = _role_of(person, runs.locked_run(run_id, person))
    role.agreed_at = role.agreed_at or clock.now()
    read_about([person.id], run_id)
    invalidate_listing()


def step_down(person: Person, run_id: uuid.UUID) -> None:
    """Give up the role of a co-organiser and notify the others. Raise Refused for the owner, Forbidden and NotFound."""
    run = runs.locked_run(run_id, person)
    if run.organiser_id == person.id:
        raise Refused(_("This run is yours: hand it over or cancel it first."))
    role = _role_of(person, run)
    read_about([person.id], run.id)
    db.session.delete(role)
    db.session.flush()
    if role.agreed_at is not None:
        _notify(organiser_ids(run.id), run, person, "stepped_down", role.id)
    invalidate_listing()


def remove_organiser(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Remove a co-organiser, if the person is one.

    Raise Refused for the owner, who hands over or stays, Forbidden and NotFound.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if person_id == run.organiser_id:
        raise Refused(_("Who owns the run can't be taken out; they can hand it over."))
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person_id))
    invalidate_listing()


def _role_of(person: Person, run: Run) -> RunOrganiser:
    role = db.session.scalar(
        select(RunOrganiser).where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id)
    )
    if role is None:
        raise Forbidden
    return role


def _co_organiser_ids(run: Run) -> Select[Any]:
    return select(RunOrganiser.person_id).where(RunOrganiser.run_id == run.id)


def _add(rows: Sequence[RunOrganiser], run: Run, actor: Person) -> None:
    if rows:
        db.session.add_all(rows)
        db.session.flush()
        _notify([row.person_id for row in rows], run, actor, "added", rows[0].id)


def _refuse_unknown(numbers: set[str]) -> None:
    """Raise Refused for numbers without an account that is active and not hidden.

    The message is the same for all of these, so that it tells nothing about the account.
    """
    if numbers:
        shown = _(", ").join(map(_left_to_right, sorted(numbers)))
        text = _("Nobody here has the number %(numbers)s. Ask them to sign in once, then add them.", numbers=shown)
        raise Refused(text, "organisers")


def _left_to_right(number: str) -> str:
    """Return a phone number that keeps its order within a Persian sentence."""
    return f"\u2066{digits(phone.format_phone(number, settings().phone_region))}\u2069"


def _known_people(organiser: Person, run: Run, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the people whose names the organiser knows already: companions and participants of the run."""
    taking_part = select(Participation.person_id).where(
        Participation.run_id == run.id,
        Participation.status.in_(TAKING_PART),
        Participation.added_by_organiser.is_(False),
    )
    known = select(Person.id).where(
        Person.id.in_(people), Person.id.in_(companion_ids(organiser.id)) | Person.id.in_(taking_part)
    )
    return set(db.session.scalars(known))


def _notify(people: list[uuid.UUID] | Select[Any], run: Run, actor: Person, what: str, event: uuid.UUID) -> None:
    notify(
        people,
        "run_organiser",
        actor_id=actor.id,
        subject_id=run.id,
        data={**run_snapshot(run), "what": what},
        event=f"{what}:{event}",
        expires_at=run.ends_at,
    )
