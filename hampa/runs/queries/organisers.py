"""The organisers of a run."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, union_all

from hampa.cards.queries.interests import page_opens_to
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, PersonSummary, has_no_blocks, hidden_from
from hampa.platform.db import db
from hampa.platform.security.crypto import keyed_hash
from hampa.runs.models.run import JoinSmsOff, Run, RunOrganiser


@dataclass(frozen=True, slots=True)
class Organiser(PersonSummary):
    """An organiser of a run.

    Before a person has `agreed`, their name is empty for everybody else, and `phone` is set only for the organiser who
    typed it. `opens` says whether the page of the person is open to the viewer.
    """

    owner: bool = False
    agreed: bool = True
    phone: str = ""
    opens: bool = False


def organises(person: Person | None, run: Run) -> bool:
    """Return whether the person is an organiser of the run."""
    if person is None or run.organiser_id == person.id:
        return person is not None
    row = exists().where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id)
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
    """Return the organisers of the run, the owner first.

    Viewers who do not organise it see only people who have agreed, are not hidden from them and not shut out.
    """
    rows = db.session.execute(
        select(
            Person.id,
            Person.name,
            Person.phone,
            Person.avatar,
            Person.state,
            RunOrganiser.agreed_at,
            RunOrganiser.added_by_id,
            RunOrganiser.number_mark,
            page_opens_to(viewer).label("opens"),
        )
        .outerjoin(RunOrganiser, (RunOrganiser.person_id == Person.id) & (RunOrganiser.run_id == run.id))
        .where(Person.id.in_(organiser_ids(run.id)))
        .order_by(RunOrganiser.created_at.nulls_first(), RunOrganiser.id)
    ).all()
    hidden = set() if viewer is None or has_no_blocks(viewer) else set(db.session.scalars(hidden_from(viewer.id)))
    hidden |= {row.id for row in rows if row.state in SHUT_OUT}
    is_organiser = viewer is not None and viewer.id in {row.id for row in rows}
    organisers = []
    for row in rows:
        owner = row.id == run.organiser_id
        if owner or row.agreed_at is not None:
            organisers.append(Organiser(row.id, row.name, row.avatar, owner=owner, opens=row.opens))
        elif is_organiser and viewer is not None:
            typed = row.added_by_id == viewer.id and row.number_mark == mark_of_number(row.phone)
            name, phone = row.name if row.id == viewer.id else "", row.phone if typed else ""
            organisers.append(Organiser(row.id, name, None, agreed=False, phone=phone))
    return organisers if is_organiser else [organiser for organiser in organisers if organiser.id not in hidden]


def mark_of_number(phone: str) -> str:
    """Return a keyed hash of a phone number (E.164), by which it is recognised later."""
    return keyed_hash("organisers", phone)[:16]


def organiser_ids(run_id: uuid.UUID, *, agreed: bool = False) -> Select[Any]:
    """Return a SELECT of the ids of the organisers of a run; with `agreed`, without people who were only asked."""
    owner = select(Run.organiser_id.label("person_id")).where(Run.id == run_id)
    others = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id)
    if agreed:
        others = others.where(RunOrganiser.agreed_at.is_not(None))
    return select(union_all(owner, others).subquery().c.person_id)


def wants_join_sms(organiser: Person, run: Run) -> bool:
    """Return whether the organiser gets SMS of people who join the run."""
    off = exists().where(JoinSmsOff.run_id == run.id, JoinSmsOff.person_id == organiser.id)
    return not db.session.scalar(select(off))


def runs_organised_by(person: Person, *, agreed: bool = False) -> Select[Any]:
    """Return a SELECT of the ids of the runs that a person organises; with `agreed`, without those they were only asked to."""
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == person.id)
    if agreed:
        shared = shared.where(RunOrganiser.agreed_at.is_not(None))
    owned = select(Run.id.label("run_id")).where(Run.organiser_id == person.id)
    return select(union_all(owned, shared).subquery().c.run_id)
