"""The faces of the first participants of runs, beside the rows of lists."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from hampa.people.models import Person
from hampa.people.queries import is_visible_among, summary_columns
from hampa.platform.statements import built_once, is_one_of
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.names import display_name_column

MAX_FACES = 3


@built_once
def first_faces(run_ids: list[uuid.UUID], hidden: list[uuid.UUID]) -> Any:
    """Return the first participants of each run with its id, without those who are shut out or hidden."""
    first = _first_of_run(hidden).lateral("first")
    return (
        select(Run.id, summary_columns(name=display_name_column(first.c), avatar=_avatar_of(first)))
        .select_from(Run)
        .join(first, true())
        .join(Person, Person.id == first.c.person_id)
        .where(is_one_of(Run.id, run_ids))
        .order_by(first.c.rank)
    )


def _first_of_run(hidden: Any) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of the first participants of the `Run` of the statement around it."""
    return (
        select(Participation.person_id, Participation.rank, Participation.display_name)
        .where(
            Participation.run_id == Run.id,
            Participation.status.in_(CAME),
            is_visible_among(None, Participation.person_id, hidden),
        )
        .order_by(Participation.rank)
        .limit(MAX_FACES)
    )


def _avatar_of(first: Any) -> ColumnElement[Any]:
    return case((first.c.display_name == "", Person.avatar))


def faces_column(hidden: Any) -> ColumnElement[Any]:
    """Return the faces of `first_faces` of the `Run` of a statement as one column, None if it has none."""
    first = _first_of_run(hidden).correlate(Run).subquery("first")
    face = func.jsonb_build_array(Person.id, display_name_column(first.c), _avatar_of(first))
    faces = select(func.jsonb_agg(aggregate_order_by(face, first.c.rank), type_=JSONB))
    return faces.join_from(first, Person, Person.id == first.c.person_id).correlate(None).scalar_subquery()
