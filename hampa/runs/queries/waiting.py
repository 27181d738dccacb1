"""Places that wait for a person's answer."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from hampa.people.models import Person
from hampa.platform.answers import answer_columns
from hampa.runs.models.participation import OFFERED, Participation
from hampa.runs.models.run import Run

OF_RUN = {"run_id": Run.id, "title": Run.title, "starts_at": Run.starts_at, "timezone": Run.timezone}
"""The columns of an `Answer` that say which run it is about."""


def offers_to(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the places that are offered to a person."""
    columns = answer_columns(Participation.id, Participation.offer_ends_at, **OF_RUN)
    offered = (Participation.person_id == person.id, Participation.status == OFFERED, Participation.offer_ends_at > now)
    return at_runs_ahead(columns, offered, now)


def may_have_offers(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever a place is offered to a person."""
    return exists().where(Participation.person_id == person.id, Participation.status == OFFERED)


def at_runs_ahead(columns: Iterable[Any], conditions: Iterable[ColumnElement[bool]], now: Any) -> Select[Any]:
    """Return a SELECT of participations, by conditions, in runs that have not begun."""
    query = select(*columns).select_from(Participation).join(Run, Run.id == Participation.run_id)
    return query.where(*conditions, Run.cancelled_at.is_(None), Run.starts_at > now)
