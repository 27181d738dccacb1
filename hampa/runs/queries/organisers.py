"""Who organises a run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, select, union_all

from hampa.cards.queries.companions import page_opens_to
from hampa.people.models.person import Person
from hampa.people.queries.blocks import has_no_blocks, hidden_from
from hampa.people.queries.summaries import PersonSummary
from hampa.platform.db import db
from hampa.platform.security.keys import keyed_hash
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.run import Run


@dataclass(frozen=True, slots=True)
class Organiser(PersonSummary):
    """One of those who organise a run. Who has not `agreed` yet has a name for themselves alone, and a `phone` for
    whoever typed it; it is empty in all other cases. `opens` says whether their page is open to who looks.
    """

    owner: bool = False
    agreed: bool = True
    phone: str = ""
    opens: bool = False


def organises(person: Person | None, run: Run) -> bool:
    """Whether the person is among those who organise the run."""
    if person is None:
        return False
    if run.organiser_id == person.id:
        return True
    row = exists().where(RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id)
    return bool(db.session.scalar(select(row)))


def organises_alone(person: Person, run: Run) -> bool:
    """Whether the run would have nobody who looks after it without this person; who was asked and has not agreed
    does not count.
    """
    if run.organiser_id != person.id:
        return False
    others = exists().where(RunOrganiser.run_id == run.id, RunOrganiser.agreed_at.is_not(None))
    return not db.session.scalar(select(others))


def organisers_of(viewer: Person | None, run: Run) -> list[Organiser]:
    """Those who organise the run, the owner first. To whoever does not organise it, only who agreed and is not
    hidden from them.
    """
    rows = db.session.execute(
        select(
            Person.id,
            Person.name,
            Person.phone,
            Person.avatar,
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
    inside = viewer is not None and viewer.id in {row.id for row in rows}
    found = []
    for row in rows:
        owner = row.id == run.organiser_id
        if owner or row.agreed_at is not None:
            found.append(Organiser(row.id, row.name, row.avatar, owner=owner, opens=row.opens))
        elif inside and viewer is not None:
            typed = row.added_by_id == viewer.id and row.number_mark == mark_of_number(row.phone)
            phone = row.phone if typed else ""
            found.append(Organiser(row.id, row.name if row.id == viewer.id else "", None, agreed=False, phone=phone))
    return found if inside else [one for one in found if one.id not in hidden]


def mark_of_number(phone: str) -> str:
    """What is kept of a number (E.164) that somebody typed, to know it again."""
    return keyed_hash("organisers", phone)[:16]


def organiser_ids(run_id: uuid.UUID, *, agreed: bool = False) -> Select[Any]:
    """A SELECT of all who organise the run: those whom its notices to "the organiser" go to. With `agreed`, without
    those who were only asked.
    """
    owner = select(Run.organiser_id.label("person_id")).where(Run.id == run_id)
    others = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id)
    if agreed:
        others = others.where(RunOrganiser.agreed_at.is_not(None))
    return select(union_all(owner, others).subquery().c.person_id)


def runs_organised_by(person: Person, *, agreed: bool = False) -> Select[Any]:
    """A SELECT of the ids of the runs that a person organises; with `agreed`, without those they were only asked for."""
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == person.id)
    if agreed:
        shared = shared.where(RunOrganiser.agreed_at.is_not(None))
    own = select(Run.id.label("run_id")).where(Run.organiser_id == person.id)
    return select(union_all(own, shared).subquery().c.run_id)
