"""What waits at runs for a person's answer: requests to join their runs, and places that are offered to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, OFFERED, REQUESTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.roster import avatar_column, display_name_column

NAMED = 6
"""People of a run who are named on the home page of its organisers."""
OF_RUN = {"run_id": Run.id, "title": Run.title, "starts_at": Run.starts_at, "timezone": Run.timezone}
"""The columns of an `Answer` that say which run it is about."""


def requests_for(organiser: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the requests to join the runs that a person organises and that have not begun."""
    columns = answer_columns(
        Participation.id,
        Run.starts_at,
        **OF_RUN,
        person_id=Participation.person_id,
        name=display_name_column(),
        avatar=avatar_column(organiser),
        line=Participation.note,
        guests=Participation.guests,
    )
    asked = Run.id.in_(runs_organised_by(organiser)), Run.requested > 0, Participation.status == REQUESTED
    return _at_runs_ahead(columns, asked, now).join(Person, Person.id == Participation.person_id)


def offers_to(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the places that are offered to a person."""
    columns = answer_columns(Participation.id, Participation.offer_ends_at, **OF_RUN)
    offered = (Participation.person_id == person.id, Participation.status == OFFERED, Participation.offer_ends_at > now)
    return _at_runs_ahead(columns, offered, now)


def _at_runs_ahead(columns: Iterable[Any], conditions: Iterable[ColumnElement[bool]], now: Any) -> Select[Any]:
    query = select(*columns).select_from(Participation).join(Run, Run.id == Participation.run_id)
    return query.where(*conditions, Run.cancelled_at.is_(None), Run.starts_at > now)


@dataclass(frozen=True, slots=True)
class Coming(PersonSummary):
    """Somebody who comes to a run, as its organisers see them, with the minutes by which they are late."""

    late_min: int | None


def run_now(person: Person, run_id: Any) -> tuple[Run, Participation | None]:
    """Return a run of the person's that is near, with their participation."""
    mine = (Participation.run_id == Run.id) & (Participation.person_id == person.id)
    row = db.session.execute(select(Run, Participation).outerjoin(Participation, mine).where(Run.id == run_id)).one()
    return row[0], row[1]


def first_coming(organiser: Person, run: Run, size: int = NAMED) -> list[Coming]:
    """Return some of those who come to a run that the person organises, the late ones first."""
    query = (
        select(Person.id, display_name_column(), avatar_column(organiser), Participation.late_min)
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.run_id == run.id, Participation.status == GOING, Participation.person_id != organiser.id)
        .order_by(Participation.late_min.desc().nulls_last(), Participation.rank)
        .limit(size)
    )
    return [Coming(*row) for row in db.session.execute(query)]


def has_run(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes, took or wants to take part in any run."""
    return exists().where(Participation.person_id == person.id)
