"""Which runs somebody may know of, and whose names there, when people have blocked each other."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true, union_all

from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by


def without_hidden_organisers(person_id: uuid.UUID | None, run: type[Run] = Run) -> list[ColumnElement[bool]]:
    """The condition of runs in a list for somebody from whom others are hidden; none for all the others."""
    return [] if person_id is None else [run.organiser_id.not_in(hidden_from(person_id))]


def _touched_by(person: Person) -> Select[Any]:
    part = select(Participation.run_id.label("run_id")).where(Participation.person_id == person.id)
    return select(union_all(part, runs_organised_by(person)).subquery().c.run_id)


def visible_to(person: Person | None, run: type[Run] = Run) -> ColumnElement[bool]:
    """Runs that this person may know of: none whose organiser is hidden from them, unless they are, or were, in it."""
    if person is None:
        return true()
    return or_(run.organiser_id.not_in(hidden_from(person.id)), run.id.in_(_touched_by(person)))
