"""The organisers of a run."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, or_, select, true, union_all

from hampa.cards.queries.interests import page_opens_to
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, PersonSummary, has_no_blocks, hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import ORGANISER, OWNER, Run, RunInvitation, RunOrganiser


@dataclass(frozen=True, slots=True)
class Organiser(PersonSummary):
    """An organiser of a run; the viewer themselves, if they were invited to be one, has not `agreed`.

    `opens` says whether the page of the person is open to the viewer. Who is not `active` has left or is shut out.
    """

    owner: bool = False
    agreed: bool = True
    opens: bool = False
    active: bool = True


def organises(person: Person | None, run: Run) -> bool:
    """Return whether the person is an organiser of the run."""
    if person is None or run.organiser_id == person.id:
        return person is not None
    row = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    )
    return bool(db.session.scalar(select(row)))


def organised_by(person: Person, run: Any = Run) -> ColumnElement[bool]:
    """Return the condition that the person organises the run, as its owner or as a co-organiser who has agreed."""
    row = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    )
    return or_(run.organiser_id == person.id, row)


def is_sole_organiser(person: Person, run: Run) -> bool:
    """Return whether the person owns the run and no co-organiser has agreed."""
    if run.organiser_id != person.id:
        return False
    others = exists().where(RunOrganiser.run_id == run.id, RunOrganiser.agreed_at.is_not(None))
    return not db.session.scalar(select(others))


def organisers_of(viewer: Person | None, run: Run) -> list[Organiser]:
    """Return the organisers of the run, the owner first, and last the viewer if they are invited to be one.

    Viewers who do not organise it see only people who are not hidden from them and not shut out.
    """
    rows = db.session.execute(
        select(
            Person.id,
            Person.name,
            Person.avatar,
            Person.state,
            page_opens_to(viewer).label("opens"),
            (exists().where(*is_invited(viewer, run)) if viewer else false()).label("invited"),
        )
        .outerjoin(RunOrganiser, (RunOrganiser.person_id == Person.id) & (RunOrganiser.run_id == run.id))
        .where(Person.id.in_(organiser_ids(run.id)))
        .order_by((Person.id == run.organiser_id).desc(), RunOrganiser.created_at, RunOrganiser.id)
    ).all()
    hidden = set() if viewer is None or has_no_blocks(viewer) else set(db.session.scalars(hidden_from(viewer.id)))
    organisers = [
        Organiser(
            row.id,
            row.name,
            row.avatar,
            owner=row.id == run.organiser_id,
            opens=row.opens,
            active=row.state == "active",
        )
        for row in rows
    ]
    hidden |= {row.id for row in rows if row.state in SHUT_OUT}
    if viewer is not None and viewer.id in {row.id for row in rows}:
        hidden = set()
    organisers = [organiser for organiser in organisers if organiser.id not in hidden]
    if viewer is not None and rows and rows[0].invited:
        organisers.append(Organiser(viewer.id, viewer.name, viewer.avatar, agreed=False))
    return organisers


def runs_inviting(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the ids of runs with an invitation that the person may answer now: `is_invited`, for lists."""
    asker_organises = exists().where(
        RunOrganiser.run_id == RunInvitation.run_id,
        RunOrganiser.person_id == RunInvitation.asker_id,
        RunOrganiser.agreed_at.is_not(None),
        RunInvitation.role == ORGANISER,
    )
    asker_is_active = exists().where(Person.id == RunInvitation.asker_id, Person.state == "active")
    hidden = hidden_from(person.id)
    return (
        select(RunInvitation.run_id)
        .join(Run, Run.id == RunInvitation.run_id)
        .where(
            or_(RunInvitation.person_id == person.id, RunInvitation.phone == person.phone),
            RunInvitation.declined_at.is_(None),
            RunInvitation.expires_at > now,
            Run.organiser_id != person.id,
            RunInvitation.asker_id.not_in(hidden),
            Run.organiser_id.not_in(hidden),
            or_(Run.organiser_id == RunInvitation.asker_id, asker_organises),
            asker_is_active,
            or_(RunInvitation.role == OWNER, RunInvitation.run_id.not_in(runs_organised_by(person))),
        )
    )


def is_invited(person: Person, run: Run, declined_since: datetime | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions of the `RunInvitation` of a run that a person may answer now, or has declined since a time.

    It ends with its time, with the run, when its asker no longer organises (or owns) the run or is not active, and when
    a block hides the person from the asker or from the owner.
    """
    asker_organises = exists().where(
        RunOrganiser.run_id == run.id,
        RunOrganiser.person_id == RunInvitation.asker_id,
        RunOrganiser.agreed_at.is_not(None),
    )
    organises_already = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    )
    hidden = hidden_from(person.id)
    return [
        RunInvitation.run_id == run.id,
        or_(RunInvitation.person_id == person.id, RunInvitation.phone == person.phone),
        RunInvitation.declined_at.is_(None) if declined_since is None else RunInvitation.declined_at > declined_since,
        RunInvitation.expires_at > clock.now(),
        true() if run.cancelled_at is None and person.id != run.organiser_id else false(),
        RunInvitation.asker_id.not_in(hidden),
        literal(run.organiser_id).not_in(hidden),
        exists().where(Person.id == RunInvitation.asker_id, Person.state == "active").correlate(RunInvitation),
        or_(RunInvitation.asker_id == run.organiser_id, and_(RunInvitation.role == ORGANISER, asker_organises)),
        or_(RunInvitation.role == OWNER, ~organises_already),
    ]


def organiser_ids(run_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the organisers of a run."""
    owner = select(Run.organiser_id.label("person_id")).where(Run.id == run_id)
    others = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id, RunOrganiser.agreed_at.is_not(None))
    return select(union_all(owner, others).subquery().c.person_id)


def runs_organised_by(person: Person) -> Select[Any]:
    """Return a SELECT of the ids of the runs that a person organises."""
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None))
    owned = select(Run.id.label("run_id")).where(Run.organiser_id == person.id)
    return select(union_all(owned, shared).subquery().c.run_id)
