"""Lists of runs: those to come, mine, somebody's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, null, select, true, tuple_, union_all
from sqlalchemy.orm import aliased

from hampa.people.models.person import Person
from hampa.people.queries import blocks
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform import clock, versions
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.platform.web import paging
from hampa.runs.admission import Badge, badge_of
from hampa.runs.models.participation import CAME, COMPLETED, GOING, INVOLVED, OFFERED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import filtering
from hampa.runs.queries.filtering import Filters
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.visibility import visible_to

LISTING = "runs"
"""The name under which `platform.versions` keeps the version of the list of public runs."""

PAGE = 20
FACES = 3
ORGANISED_SHOWN = 5
PAST_SHOWN = 10

_mine = aliased(Participation, name="mine")
_first_pages: TTLCache[Any, paging.Page[ListedRun]] = TTLCache(200)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as a row of a list: `my_status` is mine in it, `faces` are the first who go; the `organiser` is None in a run
    of mine whose organiser is hidden from me.
    """

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    duration_min: int
    place: str
    distance_km: Decimal | None
    paces: tuple[int, ...]
    level: str
    terrain: str
    capacity: int | None
    taken: int
    waiting: int
    cancelled: bool
    organiser: PersonSummary | None
    my_status: str | None
    faces: tuple[PersonSummary, ...] = ()

    @property
    def badge(self) -> Badge:
        """The state of the run for the viewer, as the row shows it."""
        return badge_of(self)

    @property
    def has_place(self) -> bool:
        """Whether the viewer has a place in the run, had one, or is offered one."""
        return self.my_status in (GOING, OFFERED, COMPLETED)


PLAIN = [field.name for field in fields(ListedRun)][:-3]
"""The fields of `ListedRun` that are one column each."""


def upcoming_runs(
    person: Person | None, filters: Filters, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Public runs that have not begun, soonest first.

    Visitors see no faces. Who is signed in sees those and their own state; the list itself is the same
    for all of them from whom nobody is hidden, and remembered until a run changes. At most three statements, however many rows.
    """
    if person is None:
        return _upcoming(None, filters, after, size)
    filters = filtering.for_viewer(person, filters)
    if filters.viewer_id is not None:
        return _upcoming(person, filters, after, size)
    mark = versions.current(LISTING)
    if mark is None:
        return _upcoming(person, filters, after, size)
    key = (mark, filters, after, size)
    page = _first_pages.get(key)
    if page is None:
        page = _upcoming(person, filters, after, size, own_states=False)
        _first_pages[key] = page
    states = _states(person, [run.id for run in page.items])
    mine = [replace(run, my_status=states[run.id]) if run.id in states else run for run in page.items]
    return paging.Page(mine, page.next)


def _upcoming(
    person: Person | None, filters: Filters, after: str | None, size: int, *, own_states: bool = True
) -> paging.Page[ListedRun]:
    query = select_runs(person if own_states else None)
    found = filtering.candidates(filters, lambda run: _beyond(after, run), size + 1)
    if found == []:
        return paging.Page([])
    if found is not None:
        return page_of_runs(person, query.where(Run.id.in_(found)), after, size)
    return page_of_runs(person, query.where(*filtering.listed(filters)), after, size)


def _states(person: Person, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """How a person takes part in these runs, for those in which they do."""
    rows = db.session.execute(
        select(Participation.run_id, Participation.status).where(
            Participation.person_id == person.id,
            Participation.run_id.in_(run_ids),
            Participation.status.in_(INVOLVED),
        )
    )
    return {row.run_id: row.status for row in rows}


def my_runs(
    person: Person, *, past: bool = False, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Runs that this person organises or takes part in, cancelled ones among them: those that are not
    over, soonest first, or those that are, the last one first.
    """
    query = select_runs(person).where(_touched_by(person), _over() if past else ~_over())
    return page_of_runs(person, query, after, size, backwards=past)


def next_run_of(person: Person) -> ListedRun | None:
    """The next run that this person goes to, with the first faces."""
    query = select_runs(person).where(_mine.status == GOING, Run.cancelled_at.is_(None), ~_over())
    return next(iter(page_of_runs(person, query, None, 1).items), None)


def organised_runs(person: Person | None, organiser: Person, size: int = ORGANISED_SHOWN) -> list[ListedRun]:
    """The next public runs of an organiser, their own and those that they organise with others."""
    query = select_runs(person).where(
        Run.id.in_(runs_organised_by(organiser, agreed=True)),
        visible_to(person),
        Run.visibility == "public",
        Run.cancelled_at.is_(None),
        Run.starts_at >= clock.now(),
    )
    return page_of_runs(person, query, None, size).items


def past_runs_of(
    person: Person | None, runner: Person, after: str | None = None, size: int = PAST_SHOWN
) -> paging.Page[ListedRun]:
    """The public runs that a runner came to or organised, the last one first."""
    came = select(Participation.run_id).where(Participation.person_id == runner.id, Participation.status.in_(CAME))
    query = select_runs(person).where(
        Run.id.in_(union_all(came, runs_organised_by(runner, agreed=True))),
        visible_to(person),
        Run.visibility == "public",
        Run.cancelled_at.is_(None),
        _over(),
    )
    return page_of_runs(person, query, after, size, backwards=True)


def select_runs(person: Person | None) -> Select[*tuple[Any, ...]]:
    """The columns of `ListedRun` and, last, its organiser and my status."""
    plain = [Run.cancelled_at.is_not(None) if name == "cancelled" else getattr(Run, name) for name in PLAIN]
    columns: tuple[Any, ...] = (*plain, Person.id, Person.name)
    if person is not None and not blocks.has_no_blocks(person):
        seen = blocks.is_visible_to(person, Person.id)
        columns = (*plain, case((seen, Person.id)).label("organiser_id"), case((seen, Person.name)).label("organiser"))
    if person is None:
        return select(*columns, null()).join(Person, Person.id == Run.organiser_id)
    return (
        select(*columns, _mine.status)
        .join(Person, Person.id == Run.organiser_id)
        .outerjoin(
            _mine,
            (_mine.run_id == Run.id) & (_mine.person_id == person.id) & _mine.status.in_(INVOLVED),
        )
    )


def page_of_runs(
    person: Person | None,
    query: Select[*tuple[Any, ...]],
    after: str | None,
    size: int,
    *,
    backwards: bool = False,
) -> paging.Page[ListedRun]:
    """A page by (starts_at, id), with faces for those who may see them."""
    query = query.where(*_beyond(after, Run, backwards=backwards))
    by = (Run.starts_at.desc(), Run.id.desc()) if backwards else (Run.starts_at, Run.id)
    rows = [
        ListedRun(
            organiser=PersonSummary(organiser_id, name, None) if organiser_id else None,
            my_status=status,
            **dict(zip(PLAIN, run, strict=True)),
        )
        for *run, organiser_id, name, status in db.session.execute(query.order_by(*by).limit(size + 1))
    ]
    page = paging.Page.of(rows, size, lambda run: (run.starts_at, run.id))
    if person is not None and page.items:
        faces = _faces(person, [run.id for run in page.items])
        return paging.Page([replace(run, faces=tuple(faces.get(run.id, ()))) for run in page.items], page.next)
    return page


def _beyond(after: str | None, run: filtering.RunColumns, *, backwards: bool = False) -> list[ColumnElement[bool]]:
    """The condition of runs past the cursor, none for the first page."""
    key = paging.decode(after, datetime, uuid.UUID)
    if key is None:
        return []
    order, at = tuple_(run.starts_at, run.id), tuple_(literal(key[0]), literal(key[1]))
    return [order < at if backwards else order > at]


def _faces(person: Person, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PersonSummary]]:
    """The first few who go to each of these runs, in one statement; none who is hidden from the person."""
    seen = [] if blocks.has_no_blocks(person) else [blocks.is_visible_to(person, Participation.person_id)]
    first = (
        select(Participation.person_id, Participation.rank, Participation.display_name)
        .where(Participation.run_id == Run.id, Participation.status.in_(CAME), *seen)
        .order_by(Participation.rank)
        .limit(FACES)
        .lateral("first")
    )
    rows = db.session.execute(
        select(
            Run.id,
            summary_columns(
                name=case(
                    (and_(first.c.display_name != "", Person.state == "active"), first.c.display_name),
                    else_=Person.name,
                ),
                avatar=case((first.c.display_name == "", Person.avatar), else_=null()),
            ),
        )
        .select_from(Run)
        .join(first, true())
        .join(Person, Person.id == first.c.person_id)
        .where(Run.id.in_(run_ids))
        .order_by(first.c.rank)
    )
    found: dict[uuid.UUID, list[PersonSummary]] = {}
    for run_id, face in rows:
        found.setdefault(run_id, []).append(face)
    return found


def _touched_by(person: Person) -> ColumnElement[bool]:
    """Runs that the person organises or takes part in. Short index scans, not one OR."""
    taking_part = select(Participation.run_id).where(
        Participation.person_id == person.id, Participation.status.in_(INVOLVED)
    )
    return Run.id.in_(union_all(taking_part, runs_organised_by(person)))


def _over() -> ColumnElement[bool]:
    """Runs whose end has come."""
    return Run.ends_at <= clock.now()
