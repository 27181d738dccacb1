"""Places that wait for a person's answer, and the runs of a person."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from hampa.people.models import Person
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.runs.models.participation import OFFERED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by

OF_RUN = {"run_id": Run.id, "title": Run.title, "starts_at": Run.starts_at, "timezone": Run.timezone}
"""The columns of an `Answer` that say which run it is about."""


def offers_to(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the places that are offered to a person."""
    columns = answer_columns(Participation.id, Participation.offer_ends_at, **OF_RUN)
    offered = (Participation.person_id == person.id, Participation.status == OFFERED, Participation.offer_ends_at > now)
    return at_runs_ahead(columns, offered, now)


def at_runs_ahead(columns: Iterable[Any], conditions: Iterable[ColumnElement[bool]], now: Any) -> Select[Any]:
    """Return a SELECT of participations, by conditions, in runs that have not begun."""
    query = select(*columns).select_from(Participation).join(Run, Run.id == Participation.run_id)
    return query.where(*conditions, Run.cancelled_at.is_(None), Run.starts_at > now)


def run_now(person: Person, run_id: Any) -> tuple[Run, Participation | None]:
    """Return a run of the person's that is near, with their participation."""
    mine = (Participation.run_id == Run.id) & (Participation.person_id == person.id)
    row = db.session.execute(select(Run, Participation).outerjoin(Participation, mine).where(Run.id == run_id)).one()
    return row[0], row[1]


def has_run(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes, took or wants to take part in any run, or organises one."""
    takes_part = exists().where(Participation.person_id == person.id)
    return or_(takes_part, runs_organised_by(person).exists())
