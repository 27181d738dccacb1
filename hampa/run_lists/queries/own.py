"""The list of a person's own runs."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, union_all

from hampa.people.models import Person
from hampa.people.queries import hidden_ids, stand_in
from hampa.platform import clock
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import PAGE, ListedRun, is_among, page_of_rows, page_without_faces, select_runs
from hampa.runs.models.participation import INVOLVED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by


def my_runs(
    person: Person, *, past: bool = False, after: str | None = None, size: int = PAGE, faces: bool = True
) -> paging.Page[ListedRun]:
    """Return the runs that a person organises or takes part in, cancelled ones too; without `faces` in one statement.

    These are runs that are not over, soonest first, or `past` runs, latest first.
    """
    moment, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    values = person.id, hidden_ids(person), clock.now(), moment, last_id, size + 1
    rows = _my_runs(*values, past=past, goes_on=moment is not None, is_operator=person.is_operator)
    return page_of_rows(person, rows, size) if faces else page_without_faces(rows, size)


def count_my_runs(person: Person, *, past: bool = False) -> int:
    """Return how many runs all pages of `my_runs` have, up to `paging.MOST_COUNTED`."""
    now = clock.now()
    return paging.count_rows(select(Run.id).where(_is_own(person), Run.ends_at <= now if past else Run.ends_at > now))


@built_once
def _my_runs(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    now: datetime,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    size: int,
    *,
    past: bool,
    goes_on: bool,
    is_operator: bool,
) -> Any:
    person = stand_in(person_id, is_operator=is_operator)
    ids = select(Run.id).where(_is_own(person), Run.ends_at <= now if past else Run.ends_at > now)
    # The rest is read of the runs of the page alone, not of the hundreds that some people have.
    key = Run.starts_at, Run.id
    page = paging.rows_after(ids, key, (moment, last_id), size, goes_on=goes_on, descending=past).subquery("page")
    order = (Run.starts_at.desc(), Run.id.desc()) if past else key
    return select_runs(person, hidden).join(page, page.c.id == Run.id).order_by(*order)


def _is_own(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes part in a run or organises it."""
    taking_part = select(Participation.run_id).where(
        Participation.person_id == person.id, Participation.status.in_(INVOLVED)
    )
    # As short index scans and not one OR.
    return is_among(union_all(taking_part, runs_organised_by(person)))
