"""The list of a person's own runs."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, union, union_all
from sqlalchemy.orm import aliased

from hampa.people.models import Person
from hampa.people.queries import hidden_ids, stand_in
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import PAGE, ListedRun, is_among, page_of_rows, select_faced_runs, select_runs
from hampa.runs.models.participation import INVOLVED, Participation
from hampa.runs.models.run import LONGEST_DURATION, Run, RunOrganiser
from hampa.runs.queries.organisers import runs_organised_by


def my_runs(
    person: Person, *, past: bool = False, after: str | None = None, size: int = PAGE, faces: bool = True
) -> paging.Page[ListedRun]:
    """Return the runs that a person organises or takes part in, cancelled ones too, with `faces` or without.

    These are runs that are not over, soonest first, or `past` runs, latest first.
    """
    moment, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    values = person.id, hidden_ids(person), clock.now(), moment, last_id, size + 1
    rows = _my_runs(*values, past=past, goes_on=moment is not None, is_operator=person.is_operator, faces=faces)
    return page_of_rows(rows, size)


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
    faces: bool,
) -> Any:
    person = stand_in(person_id, is_operator=is_operator)

    def first(run_id: Any, starts_at: Any, *where: Any) -> Any:
        """Return the first runs of one kind: an index finds them by their start, which mostly tells whether they are over."""
        run = aliased(Run)
        is_over = exists().where(run.id == run_id, run.ends_at <= now).correlate_except(run)
        long_ago = starts_at <= now - LONGEST_DURATION
        when = (starts_at < now, or_(long_ago, is_over)) if past else (~long_ago, or_(starts_at > now, ~is_over))
        found = select(run_id.label("id"), starts_at.label("starts_at")).where(*where, *when)
        found = paging.rows_after(found, (starts_at, run_id), (moment, last_id), size, goes_on=goes_on, descending=past)
        return select(found.subquery())

    place, role = Participation, RunOrganiser
    takes_part = place.person_id == person_id, place.status.in_(constants(*INVOLVED))
    shares = role.run_id == Run.id, role.person_id == person_id, role.agreed_at.is_not(None)
    own = union(
        first(place.run_id, place.run_starts_at, *takes_part),
        first(Run.id, Run.starts_at, Run.organiser_id == person_id),
        first(Run.id, Run.starts_at, *shares),
    ).subquery()
    # The rest is read of the runs of the page alone, not of the hundreds that some people have.
    key = own.c.starts_at, own.c.id
    page = paging.rows_after(select(own.c.id), key, (), size, goes_on=False, descending=past).subquery("page")
    order = (Run.starts_at.desc(), Run.id.desc()) if past else (Run.starts_at, Run.id)
    query = select_faced_runs(person, hidden) if faces else select_runs(person, hidden)
    return query.join(page, page.c.id == Run.id).order_by(*order)


def _is_own(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes part in a run or organises it."""
    taking_part = select(Participation.run_id).where(
        Participation.person_id == person.id, Participation.status.in_(INVOLVED)
    )
    # As short index scans and not one OR.
    return is_among(union_all(taking_part, runs_organised_by(person)))
