"""The database with a person in it of whom there is something everywhere, made once for all tests that look at one."""

from __future__ import annotations

from uuid import UUID

import pytest

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.account.full_person import FullPerson, make_full_person
from tests.queues import work_off


def make_traces() -> dict[str, UUID]:
    """Make somebody of whom there is something everywhere, let the worker go round, and return ids."""
    made = make_full_person()
    work_off()
    db.session.commit()
    return {name: getattr(made, name).id for name in ("person", "friend", "run", "to_come")}


def found_again(ids: dict[str, UUID]) -> FullPerson:
    """Return the rows with these ids, read anew."""
    kinds = {"person": Person, "friend": Person, "run": Run, "to_come": Run}
    return FullPerson(**{name: db.session.get_one(kinds[name], ids[name]) for name in kinds})


before_leaving = pytest.mark.world(fill=make_traces)
"""Marks tests whose database has this person in it."""
