"""Who may ask whom along to a run, and who was asked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, union_all
from sqlalchemy.orm import aliased

from hampa.cards.queries.interests import companion_ids, companions_of
from hampa.invites.models import RunInvite
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import PersonSummary, hidden_from, hidden_ids, summary_columns
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.platform.errors import Forbidden
from hampa.platform.kept import kept
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page
from hampa.runs.models.participation import GOING, TAKING_PART, Participation
from hampa.runs.models.run import Run, page_version
from hampa.runs.queries.organisers import organiser_ids, organises, runs_organised_by
from hampa.runs.queries.people import admission_for
from hampa.runs.queries.runs import is_in_circle, run_for
from hampa.runs.queries.waiting import OF_RUN

MOST_SHOWN = 500
"""How many people of a run its page knows to have been asked along; the latest ones."""


@dataclass(frozen=True, slots=True)
class InvitablePerson(PersonSummary):
    """A companion of somebody who asks people along to a run: `comes`, as its list says, or was `asked` by anybody."""

    city: str
    comes: bool
    asked: bool


def run_to_invite_to(person: Person, run_id: uuid.UUID) -> Run:
    """Return a run that the person goes to or organises. Raise NotFound, and Forbidden for others."""
    run = run_for(person, run_id)
    goes = select(Participation.id).where(
        Participation.run_id == run.id, Participation.person_id == person.id, Participation.status == GOING
    )
    if not organises(person, run) and db.session.scalar(goes) is None:
        raise Forbidden
    return run


def has_companions(person: Person) -> bool:
    """Return whether there is anybody whom the person could ask along."""
    return bool(db.session.scalar(select(companion_ids(person.id).exists())))


def invitable_people(person: Person, run: Run, after: str | None = None) -> Page[InvitablePerson]:
    """Return a page of the person's companions by name, and which of them come or were asked."""
    page = companions_of(person, after)
    ids = [companion.id for companion in page.items]
    coming, asked = set(db.session.scalars(_listed(run, ids))), set(db.session.scalars(_asked(run, ids)))
    people = [
        InvitablePerson(one.id, one.name, one.avatar, one.city, one.id in coming, one.id in asked) for one in page.items
    ]
    return Page(people, page.next)


def takes_part(run: Run, person_id: uuid.UUID) -> bool:
    """Return whether a person takes part in a run or organises it."""
    return db.session.scalar(_involved(run, [person_id], Participation.status.in_(TAKING_PART)).limit(1)) is not None


def is_barred(run: Run, person: Person) -> bool:
    """Return whether a person can't join a run whatever they say: it is for women, or the organiser said no to them."""
    admission = admission_for(person, run)
    return bool(admission.barred_reason) and not admission.asks_gender


def _listed(run: Run, ids: Sequence[uuid.UUID]) -> Select[Any]:
    """Select those of the people who stand in the list of a run under their own name, or organise it.

    Who asked to join is known to the organisers alone, and who stands there under another name to nobody.
    """
    return _involved(run, ids, Participation.status == GOING, Participation.display_name == "")


def _involved(run: Run, ids: Sequence[uuid.UUID], *conditions: ColumnElement[bool]) -> Select[Any]:
    joined = select(Participation.person_id).where(
        Participation.run_id == run.id, Participation.person_id.in_(ids), *conditions
    )
    organisers = organiser_ids(run.id).subquery().c.person_id
    both = union_all(joined, select(organisers).where(organisers.in_(ids))).subquery()
    return select(both.c[0])


def _asked(run: Run, ids: Sequence[uuid.UUID]) -> Select[Any]:
    return select(RunInvite.person_id).where(RunInvite.run_id == run.id, RunInvite.person_id.in_(ids))


def invites_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the runs ahead to which the person was asked along, and which they may see and join.

    In these they have no part yet.
    """
    columns = answer_columns(RunInvite.id, Run.starts_at, **OF_RUN, asker=Person)
    takes_part = select(Participation.run_id).where(
        Participation.person_id == person.id, Participation.status.in_(TAKING_PART)
    )
    return (
        select(*columns)
        .select_from(RunInvite)
        .join(Run, Run.id == RunInvite.run_id)
        .join(Person, Person.id == RunInvite.asker_id)
        .where(
            RunInvite.person_id == person.id,
            RunInvite.declined_at.is_(None),
            Run.cancelled_at.is_(None),
            Run.starts_at > now,
            Run.id.not_in(takes_part),
            Run.id.not_in(runs_organised_by(person)),
            Person.state == "active",
            Person.id.not_in(hidden_from(person.id)),
            Run.organiser_id.not_in(hidden_from(person.id)),
            is_in_circle(person.id),
            ~_bars(person.id),
        )
    )


def _bars(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a `Run` is closed to a person in particular, as `is_barred`."""
    own, mine = aliased(Person), aliased(Participation)
    man = exists().where(own.id == person_id, own.gender != "female").correlate_except(own)
    declined = exists().where(mine.run_id == Run.id, mine.person_id == person_id, mine.declined_at.is_not(None))
    return or_((Run.company == "women") & man, declined.correlate_except(mine))


def may_have_invites(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever the person was asked along to a run."""
    return exists().where(RunInvite.person_id == person.id, RunInvite.declined_at.is_(None))


def shown_asker(person: Person, run: Run) -> PersonSummary | None:
    """Return who asked the person along, as `asker_of`, for the page of the run: read once for all who open it."""
    askers = kept(("invites.askers", run.id), (page_version(run.id), PEOPLE), lambda: _askers(run.id))
    asker = askers.get(person.id)
    return None if asker is None or asker.id in hidden_ids(person) else asker


def _askers(run_id: uuid.UUID) -> dict[uuid.UUID, PersonSummary]:
    return {row.person_id: row.asker for row in _open_invites(run_id, MOST_SHOWN)}


@built_once
def _open_invites(run_id: uuid.UUID, size: int) -> Any:
    return (
        select(RunInvite.person_id, summary_columns("asker"))
        .join(Person, Person.id == RunInvite.asker_id)
        .where(RunInvite.run_id == run_id, RunInvite.declined_at.is_(None), Person.state == "active")
        .order_by(RunInvite.created_at.desc())
        .limit(size)
    )


def asker_of(person: Person, run: Run) -> PersonSummary | None:
    """Return who asked the person along to a run; None after a no, and when the asker has left or is hidden."""
    return db.session.scalar(
        select(summary_columns())
        .join(RunInvite, RunInvite.asker_id == Person.id)
        .where(
            RunInvite.run_id == run.id,
            RunInvite.person_id == person.id,
            RunInvite.declined_at.is_(None),
            Person.state == "active",
            Person.id.not_in(hidden_from(person.id)),
        )
    )
