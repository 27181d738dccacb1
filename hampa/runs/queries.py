"""Questions about runs and who takes part."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, func, literal, null, select, true, tuple_, union_all
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased, contains_eager

from hampa.cards import queries as cards
from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import clock, versions
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.i18n import gettext as _
from hampa.platform.shelf import Shelf
from hampa.platform.web import paging
from hampa.runs.models import GOING, INTERESTED, WAITLISTED, Participation, Run, Standing, door_of

LISTING = "runs"
"""The name under which `platform.versions` keeps the version of the list of public runs."""

PAGE = 20
FACES = 3
PEOPLE_PAGE = 50
ORGANISED_SHOWN = 5
TAKING_PART = (GOING, WAITLISTED, INTERESTED)

_mine = aliased(Participation, name="mine")
_remembered: Shelf[paging.Page[ListedRun]] = Shelf(200)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list of runs is narrowed to. `until` is exclusive; empty values ask for nothing.

    Who asks for a level also finds the runs that are for all.
    """

    words: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    level: str = ""
    terrain: str = ""
    has_room: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """Just enough of a person to draw their face and name them."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as a row of a list: `my_status` is mine in it, `faces` are the first who go."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    duration_min: int
    place: str
    distance_km: Decimal | None
    level: str
    terrain: str
    capacity: int | None
    taken: int
    waiting: int
    cancelled: bool
    organiser: Face
    my_status: str | None
    faces: tuple[Face, ...] = ()


PLAIN = [field.name for field in fields(ListedRun)][:-3]
"""The fields of `ListedRun` that are one column each."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One who takes part, as others see them; `note` is for the organiser alone, else empty."""

    id: uuid.UUID
    name: str
    status: str
    rank: int
    note: str
    card_id: uuid.UUID | None
    card_title: str | None
    companion: bool


def run_for(person: Person | None, run_id: uuid.UUID) -> Run:
    """The run, with its organiser, if this person may see it. A run "by link" is open to whoever
    knows its id. Raises NotFound.
    """
    return _one(Run.id == run_id)


def run_by_code(person: Person | None, code: str) -> Run:
    """The run behind a short link. Raises NotFound."""
    return _one(Run.short_code == code)


def run_of(organiser: Person, run_id: uuid.UUID) -> Run:
    """The run, to be changed by this person. Raises NotFound, and Forbidden for others."""
    run = run_for(organiser, run_id)
    if run.organiser_id != organiser.id:
        raise Forbidden
    return run


def _one(condition: ColumnElement[bool]) -> Run:
    run = db.session.scalar(select(Run).join(Run.organiser).options(contains_eager(Run.organiser)).where(condition))
    if run is None:
        raise NotFound
    return run


def locked(run_id: uuid.UUID) -> Run:
    """The run as it is now, locked until the transaction ends; everything about who takes part is
    decided under this lock. Raises NotFound.
    """
    run = db.session.scalar(
        select(Run).where(Run.id == run_id).with_for_update().execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound
    return run


def why_closed(run: Run) -> str:
    """Why nobody can join, leave or change the run any more, in words; "" when they can."""
    reasons = {
        "cancelled": _("This run is cancelled."),
        "started": _("This run has begun."),
        "over": _("This run is over."),
    }
    return reasons.get(door_of(run, clock.now()), "")


def participation_of(person: Person, run_id: uuid.UUID) -> Participation | None:
    """This person's row in the run, also when they have left."""
    return db.session.scalar(
        select(Participation).where(Participation.run_id == run_id, Participation.person_id == person.id)
    )


def standing_of(person: Person | None, run: Run) -> Standing:
    """How this person stands to the run, and what they can do."""
    door = door_of(run, clock.now())
    if person is None:
        return Standing(door, None, run.waiting)
    before = (
        select(func.count())
        .where(
            Participation.run_id == run.id,
            Participation.status == WAITLISTED,
            Participation.rank < _mine.rank,
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(_mine.status, before.label("ahead")).where(
            _mine.run_id == run.id,
            _mine.person_id == person.id,
            _mine.status.in_(TAKING_PART),
        )
    ).first()
    if row is None:
        return Standing(door, None, run.waiting)
    return Standing(door, row.status, row.ahead if row.status == WAITLISTED else run.waiting)


def upcoming(
    person: Person | None, filters: Filters, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Public runs that have not begun, soonest first.

    Visitors see no faces. Who is signed in sees those and their own state; the list itself is the same
    for all of them and remembered until a run changes. At most three statements, however many rows.
    """
    if person is None:
        return _upcoming(None, filters, after, size)
    mark = versions.current(LISTING)
    if mark is None:
        return _upcoming(person, filters, after, size)
    key = (mark, filters, after, size)
    page = _remembered.get(key)
    if page is None:
        page = _upcoming(person, filters, after, size, own_states=False)
        _remembered.put(key, page)
    states = _states(person, [run.id for run in page.items])
    mine = [replace(run, my_status=states[run.id]) if run.id in states else run for run in page.items]
    return paging.Page(mine, page.next)


def _upcoming(
    person: Person | None, filters: Filters, after: str | None, size: int, *, own_states: bool = True
) -> paging.Page[ListedRun]:
    now = clock.now()
    since = max(filters.since or now, now)
    query = _listed(person if own_states else None).where(
        Run.visibility == "public", Run.cancelled_at.is_(None), Run.starts_at >= since
    )
    if filters.until is not None:
        query = query.where(Run.starts_at < filters.until)
    if filters.words:
        query = query.where(Run.search.bool_op("@@")(_prefixes(filters.words)))
    if filters.level:
        query = query.where(Run.level.in_({filters.level, "all"}))
    if filters.terrain:
        query = query.where(Run.terrain == filters.terrain)
    if filters.has_room:
        query = query.where((Run.capacity.is_(None)) | (Run.taken < Run.capacity))
    return _page(person, query, after, size)


def _states(person: Person, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """How a person takes part in these runs, for those in which they do."""
    rows = db.session.execute(
        select(Participation.run_id, Participation.status).where(
            Participation.person_id == person.id,
            Participation.run_id.in_(run_ids),
            Participation.status.in_(TAKING_PART),
        )
    )
    return {row.run_id: row.status for row in rows}


def mine(person: Person, *, past: bool = False, after: str | None = None, size: int = PAGE) -> paging.Page[ListedRun]:
    """Runs that this person organises or takes part in, cancelled ones among them: those that are not
    over, soonest first, or those that are, the last one first.
    """
    query = _listed(person).where(_touched_by(person), _over() if past else ~_over())
    return _page(person, query, after, size, backwards=past)


def next_of(person: Person) -> ListedRun | None:
    """The next run that this person goes to, with the first faces."""
    query = _listed(person).where(_mine.status == GOING, Run.cancelled_at.is_(None), ~_over())
    return next(iter(_page(person, query, None, 1).items), None)


def organised_by(person: Person | None, organiser: Person, size: int = ORGANISED_SHOWN) -> list[ListedRun]:
    """The next public runs of an organiser."""
    query = _listed(person).where(
        Run.organiser_id == organiser.id,
        Run.visibility == "public",
        Run.cancelled_at.is_(None),
        Run.starts_at >= clock.now(),
    )
    return _page(person, query, None, size).items


def participants(
    person: Person, run: Run, status: str = GOING, after: str | None = None, size: int = PEOPLE_PAGE
) -> paging.Page[Participant]:
    """Who takes part in the run in this way, in the order of coming."""
    organises = person.id == run.organiser_id
    query = (
        select(
            Person.id,
            Person.name,
            Participation.status,
            Participation.rank,
            (Participation.note if organises else literal("")).label("note"),
            Card.id.label("card_id"),
            Card.title.label("card_title"),
            Person.id.in_(cards.companion_ids(person.id)).label("companion"),
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .where(Participation.run_id == run.id, Participation.status == status)
        .order_by(Participation.rank)
        .limit(size + 1)
    )
    key = paging.decode(after, int)
    if key is not None:
        query = query.where(Participation.rank > key[0])
    rows = [Participant(*row) for row in db.session.execute(query)]
    return paging.Page.of(rows, size, lambda row: (row.rank,))


def others_in(person: Person, run: Run) -> int:
    """How many others take part in the run in any way."""
    others = select(func.count()).where(
        Participation.run_id == run.id,
        Participation.status.in_(TAKING_PART),
        Participation.person_id != person.id,
    )
    return db.session.scalar(others) or 0


def concerned(run_id: uuid.UUID, *statuses: str) -> Select[uuid.UUID]:
    """A SELECT of the people who take part in one of these ways."""
    return select(Participation.person_id).where(Participation.run_id == run_id, Participation.status.in_(statuses))


def _listed(person: Person | None) -> Select[*tuple[Any, ...]]:
    """The columns of `ListedRun` and, last, its organiser and my status."""
    plain = [Run.cancelled_at.is_not(None) if name == "cancelled" else getattr(Run, name) for name in PLAIN]
    columns = (*plain, Person.id, Person.name)
    if person is None:
        return select(*columns, null()).join(Person, Person.id == Run.organiser_id)
    return (
        select(*columns, _mine.status)
        .join(Person, Person.id == Run.organiser_id)
        .outerjoin(
            _mine,
            (_mine.run_id == Run.id) & (_mine.person_id == person.id) & _mine.status.in_(TAKING_PART),
        )
    )


def _page(
    person: Person | None,
    query: Select[*tuple[Any, ...]],
    after: str | None,
    size: int,
    *,
    backwards: bool = False,
) -> paging.Page[ListedRun]:
    """A page by (starts_at, id), with faces for those who may see them."""
    order = tuple_(Run.starts_at, Run.id)
    key = paging.decode(after, datetime, uuid.UUID)
    if key is not None:
        at = tuple_(literal(key[0]), literal(key[1]))
        query = query.where(order < at if backwards else order > at)
    by = (Run.starts_at.desc(), Run.id.desc()) if backwards else (Run.starts_at, Run.id)
    rows = [
        ListedRun(organiser=Face(organiser_id, name), my_status=status, **dict(zip(PLAIN, run, strict=True)))
        for *run, organiser_id, name, status in db.session.execute(query.order_by(*by).limit(size + 1))
    ]
    page = paging.Page.of(rows, size, lambda run: (run.starts_at, run.id))
    if person is not None and page.items:
        faces = _faces([run.id for run in page.items])
        return paging.Page([replace(run, faces=tuple(faces.get(run.id, ()))) for run in page.items], page.next)
    return page


def _faces(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Face]]:
    """The first few who go to each of these runs, in one statement."""
    first = (
        select(Participation.person_id, Participation.rank)
        .where(Participation.run_id == Run.id, Participation.status == GOING)
        .order_by(Participation.rank)
        .limit(FACES)
        .lateral("first")
    )
    rows = db.session.execute(
        select(Run.id, Person.id, Person.name)
        .select_from(Run)
        .join(first, true())
        .join(Person, Person.id == first.c.person_id)
        .where(Run.id.in_(run_ids))
        .order_by(first.c.rank)
    )
    found: dict[uuid.UUID, list[Face]] = {}
    for run_id, person_id, name in rows:
        found.setdefault(run_id, []).append(Face(person_id, name))
    return found


def _touched_by(person: Person) -> ColumnElement[bool]:
    """Runs that the person organises or takes part in. Two short index scans, not one OR."""
    taking_part = select(Participation.run_id).where(
        Participation.person_id == person.id, Participation.status.in_(TAKING_PART)
    )
    organising = select(Run.id).where(Run.organiser_id == person.id)
    return Run.id.in_(union_all(taking_part, organising))


def _over() -> ColumnElement[bool]:
    """Runs whose end has come."""
    lasts = func.make_interval(0, 0, 0, 0, 0, Run.duration_min)
    return Run.starts_at + lasts <= clock.now()


def _prefixes(words: Sequence[str]) -> ColumnElement[Any]:
    """A text query for rows that have, for each of the words, one that begins so.

    The words are of letters and digits alone (`words_of`), so that quoting them is enough.
    """
    return cast(" & ".join(f"'{word}':*" for word in words), TSQUERY)
