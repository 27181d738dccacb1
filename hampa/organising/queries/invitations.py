"""Invitations to organise a run or to own it, as the invited person and the organisers see them."""

import uuid
from dataclasses import dataclass

from sqlalchemy import and_, case, or_, select

from hampa.people.models import Person
from hampa.people.queries import PersonSummary, is_visible_to, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import ORGANISER, OWNER, Run, RunInvitation
from hampa.runs.queries.organisers import TIME_TO_RESTORE, is_invited


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was asked, as an organiser sees them: `phone` or `name` as far as they chose them, else neither."""

    id: uuid.UUID
    phone: str
    name: str


def invitation_for(person: Person, run: Run, role: str | None = None) -> RunInvitation | None:
    """Return the invitation of the run that the person may answer now, to own it before to organise it."""
    query = select(RunInvitation).where(*is_invited(person, run))
    if role is not None:
        query = query.where(RunInvitation.role == role)
    query = query.order_by((RunInvitation.role == OWNER).desc(), RunInvitation.created_at, RunInvitation.id)
    return db.session.scalar(query.limit(1))


def declined_for(person: Person, run: Run) -> RunInvitation | None:
    """Return the invitation to organise the run to which the person has said no a moment ago."""
    since = clock.now() - TIME_TO_RESTORE
    query = select(RunInvitation).where(*is_invited(person, run, since), RunInvitation.role == ORGANISER)
    return db.session.scalar(query.limit(1))


def asked_by(person_id: uuid.UUID) -> PersonSummary:
    """Return who asks."""
    return db.session.execute(select(summary_columns()).where(Person.id == person_id)).scalar_one()


def asked_to_organise(viewer: Person, run: Run) -> list[Asked]:
    """Return the open invitations to organise a run, the oldest first.

    Of a number nobody learns whether it has an account, or that its holder said no: it stands there until its time has
    passed. Only who typed it sees the number.
    """
    own = RunInvitation.asker_id == viewer.id
    known = and_(own, Person.state == "active", is_visible_to(viewer, Person.id))
    rows = db.session.execute(
        select(RunInvitation.id, case((own, RunInvitation.phone)), case((known, Person.name)))
        .outerjoin(Person, Person.id == RunInvitation.person_id)
        .where(
            RunInvitation.run_id == run.id,
            RunInvitation.role == ORGANISER,
            RunInvitation.expires_at > clock.now(),
            or_(RunInvitation.declined_at.is_(None), RunInvitation.phone.is_not(None)),
        )
        .order_by(RunInvitation.created_at, RunInvitation.id)
    )
    return [Asked(invitation_id, phone or "", name or "") for invitation_id, phone, name in rows]


def open_offer(run: Run) -> tuple[RunInvitation, PersonSummary] | None:
    """Return the offer of a run to its next owner, with that person."""
    row = db.session.execute(
        select(RunInvitation, summary_columns())
        .join(Person, Person.id == RunInvitation.person_id)
        .where(
            RunInvitation.run_id == run.id,
            RunInvitation.role == OWNER,
            RunInvitation.asker_id == run.organiser_id,
            RunInvitation.expires_at > clock.now(),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None
