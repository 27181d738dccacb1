"""Lists of runs as rows: of a participant, of an organiser, and the parts that other lists are made of."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, SelectBase, Uuid, case, false, func, null, select, union, union_all

from hampa.crews.models import Crew
from hampa.crews.queries.crews import CrewName, is_known_to
from hampa.people import queries
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, stand_in
from hampa.platform import clock
from hampa.platform.db import db, shared_alias
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web import paging
from hampa.run_lists.queries.faces import faces_column, first_faces
from hampa.runs.admission import places_in_words
from hampa.runs.models.participation import (
    CAME,
    COMPLETED,
    GOING,
    HAD_PLACE,
    INTERESTED,
    INVOLVED,
    OFFERED,
    REQUESTED,
    WAITLISTED,
    Participation,
)
from hampa.runs.models.run import LONGEST_DURATION, Run, RunOrganiser
from hampa.runs.queries.organisers import organised_by, runs_organised_by
from hampa.runs.queries.runs import visible_to

PAGE = 20
ORGANISED_SHOWN = 5
WEEK_SHOWN = 60
PAST_SHOWN = 10

_viewer_row = shared_alias(Participation, "viewer_row")


@dataclass(frozen=True, slots=True)
class Badge:
    """The state of a run in a list: a short label, with a kind and an icon of `ui.pill`."""

    label: str
    kind: str
    icon: str | None = None


OWN_BADGES = {
    GOING: (_l("Going"), "check"),
    WAITLISTED: (_l("Waiting"), None),
    OFFERED: (_l("A place for you"), None),
    REQUESTED: (_l("Asked"), None),
    INTERESTED: (_l("Interested"), None),
}


def badge_of(run: Any) -> Badge:
    """Return the badge of a row of a list: that it is over, the viewer's own status, or the places left."""
    if run.cancelled:
        return Badge(_("Cancelled"), "stop")
    if run.is_over:
        return Badge(_("Over"), "full")
    if run.my_status in OWN_BADGES:
        label, icon = OWN_BADGES[run.my_status]
        return Badge(str(label), "mine", icon)
    if run.capacity is None:
        return Badge(_("Open"), "left")
    left = places_in_words(run)
    if left:
        return Badge(left, "left")
    if run.waiting:
        return Badge(ngettext("Full · %(num)d waiting", "Full · %(num)d waiting", run.waiting), "full")
    return Badge(_("Full"), "full")


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as a row of a list.

    `my_status` is the status of the viewer, `organises` whether the viewer organises the run, `faces` are the first
    participants; `crew` is the crew that it belongs to, if the viewer may know of it; `latitude` and `longitude` are those of the pin, if there is one; `organiser` is None if hidden from the viewer. `away_km` is the distance from the place around which
    the viewer looks, where there is one.
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
    requested: int
    cancelled: bool
    spot_latitude: float | None
    spot_longitude: float | None
    latitude: float | None
    longitude: float | None
    route_sketch: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    organiser: PersonSummary | None
    my_status: str | None
    organises: bool = False
    away_km: int | None = None
    faces: tuple[PersonSummary, ...] = ()
    crew: CrewName | None = None

    def __hash__(self) -> int:
        """Return a hash of what most often differs: rows are in the keys of caches, and have two dozen fields."""
        return hash((self.id.int, self.taken, self.my_status))

    @property
    def badge(self) -> Badge:
        """The state of the run for the viewer."""
        return badge_of(self)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.ends_at <= clock.now()

    @property
    def goes(self) -> bool:
        """Whether the viewer goes."""
        return self.my_status == GOING

    @property
    def has_place(self) -> bool:
        """Whether the viewer organises the run, or has, had or is offered a place in it, whoever came or did not."""
        return self.organises or self.my_status in (OFFERED, *HAD_PLACE)

    @property
    def ends_at(self) -> datetime:
        """The end."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @property
    def is_mine(self) -> bool:
        """Whether the viewer organises the run, or has, had or is offered a place in it."""
        return self.organises or self.my_status in (GOING, OFFERED, COMPLETED)


RUN_FIELDS = [field.name for field in fields(ListedRun)][:-6]
"""The fields of `ListedRun` that are columns of the run."""


def runs_since(
    person: Person, begins: datetime, until: datetime, also: Sequence[uuid.UUID] = (), size: int = WEEK_SHOWN
) -> list[ListedRun]:
    """Return the person's runs that end after `begins` and start before `until`, and the next one after that.

    They are those that the person organises or has, had or is offered a place in. They have no faces, and cancelled ones
    are left out. Of the runs with the ids in `also` those are returned too in which the person has any part.
    """
    values = person.id, begins, until, list(also), hidden_ids(person), size + len(also)
    rows = _runs_since(*values, is_operator=person.is_operator)
    return sorted(map(listed_run, rows), key=lambda run: (run.starts_at, run.id))


@built_once
def _runs_since(
    person_id: uuid.UUID,
    begins: datetime,
    until: datetime,
    also: list[uuid.UUID],
    hidden: list[uuid.UUID],
    size: int,
    *,
    is_operator: bool,
) -> Any:
    place, role = Participation, RunOrganiser
    takes_part = place.run_id, place.run_starts_at, place.run_id == Run.id, place.person_id == person_id
    owns = Run.id, Run.starts_at, Run.organiser_id == person_id
    shares = Run.id, Run.starts_at, role.run_id == Run.id, role.person_id == person_id, role.agreed_at.is_not(None)
    kinds: Any = ((*takes_part, place.status.in_((OFFERED, *HAD_PLACE))), owns, shares)
    kinds_known: Any = ((*takes_part, place.status.in_(INVOLVED)), owns, shares)

    def first(most: Any, run_id: Any, starts_at: Any, *where: Any) -> Any:
        """Return the first runs of one kind: an index finds them by their start, however many follow."""
        found = select(run_id.label("id"), starts_at.label("starts_at")).where(*where, Run.cancelled_at.is_(None))
        return select(found.order_by(starts_at, run_id).limit(most).subquery())

    week = (
        first(size, *kind, kind[1] > begins - LONGEST_DURATION, kind[1] < until, Run.ends_at > begins) for kind in kinds
    )
    later = union_all(*(first(1, *kind, kind[1] >= until, ~is_one_of(kind[0], also)) for kind in kinds)).subquery()
    known = (first(size, *kind, is_one_of(kind[0], also), Run.ends_at > begins) for kind in kinds_known)
    following = select(select(later).order_by(later.c.starts_at, later.c.id).limit(1).subquery())
    found = union(*week, following, *known).subquery("found")
    in_order = is_one_of(found.c.id, also).desc(), found.c.starts_at, found.c.id
    shown = select(found.c.id).order_by(*in_order).limit(size).subquery("shown")
    return select_runs(stand_in(person_id, is_operator=is_operator), hidden).join(shown, shown.c.id == Run.id)


def runs_of(
    person: Person | None, runner: Person, after: str | None = None, *, past: bool
) -> tuple[list[ListedRun], paging.Page[ListedRun] | None]:
    """Return the next public runs that a runner organises, and a page of the `past` ones if they are wanted.

    The past ones are those that the runner came to or organised, latest first.
    """
    values = (None, False) if person is None else (person.id, person.is_operator)
    viewer_id, is_operator = values
    shape = {"is_visitor": person is None, "is_operator": is_operator}
    hidden, now = hidden_ids(person), clock.now()
    upcoming = [listed_run(row) for row in _organised(runner.id, viewer_id, hidden, now, **shape)]
    if not past:
        return upcoming, None
    moment, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    rows = _past(runner.id, viewer_id, hidden, now, moment, last_id, goes_on=moment is not None, **shape)
    return upcoming, page_of_rows(rows, PAST_SHOWN)


@built_once
def _organised(
    runner_id: uuid.UUID,
    viewer_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    now: datetime,
    *,
    is_visitor: bool,
    is_operator: bool,
) -> Any:
    viewer = None if is_visitor else stand_in(viewer_id, is_operator=is_operator)
    organised = is_among(runs_organised_by(stand_in(runner_id)))
    query = select_faced_runs(viewer, hidden).where(organised, *_public(viewer), Run.starts_at >= now)
    return query.order_by(Run.starts_at, Run.id).limit(ORGANISED_SHOWN)


@built_once
def _past(
    runner_id: uuid.UUID,
    viewer_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    now: datetime,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    *,
    goes_on: bool,
    is_visitor: bool,
    is_operator: bool,
) -> Any:
    viewer = None if is_visitor else stand_in(viewer_id, is_operator=is_operator)
    came = select(Participation.run_id).where(Participation.person_id == runner_id, Participation.status.in_(CAME))
    involved = is_among(union_all(came, runs_organised_by(stand_in(runner_id))))
    query = select_faced_runs(viewer, hidden).where(involved, *_public(viewer), Run.ends_at <= now)
    return paging.rows_after(
        query, (Run.starts_at, Run.id), (moment, last_id), PAST_SHOWN + 1, goes_on=goes_on, descending=True
    )


def select_faced_runs(person: Person | None, hidden: Any) -> Select[*tuple[Any, ...]]:
    """Return a SELECT as that of `select_runs` which has the faces of each run too, unless a visitor looks."""
    query = select_runs(person, hidden)
    return query if person is None else query.add_columns(faces_column(hidden))


def select_runs(person: Person | None, hidden: Any = None) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of `RUN_FIELDS`, then the ids and names of crew and organiser, the person's status, whether they organise.

    A statement that is built once has `hidden_ids` of the person as the parameter `hidden`.
    """
    columns = [Run.cancelled_at.is_not(None) if name == "cancelled" else getattr(Run, name) for name in RUN_FIELDS]
    visible = queries.is_not_shut_out(Person.id)
    if hidden is not None:
        visible = queries.is_visible_among(person, Person.id, hidden)
    elif person is not None and not queries.has_no_blocks(person):
        visible = queries.is_visible_to(person, Person.id)
    organiser = [case((visible, Person.id)).label("organiser_id"), case((visible, Person.name)).label("organiser")]
    names: tuple[Any, ...] = Crew.id.label("crew_id"), Crew.name.label("crew"), *organiser
    is_named = (Crew.id == Run.crew_id) & is_known_to(None if person is None else person.id)
    if person is None:
        query = select(*columns, *names, null(), false()).join(Person, Person.id == Run.organiser_id)
        return query.outerjoin(Crew, is_named)
    return (
        select(*columns, *names, _viewer_row.status, organised_by(person))
        .join(Person, Person.id == Run.organiser_id)
        .outerjoin(Crew, is_named)
        .outerjoin(
            _viewer_row,
            (_viewer_row.run_id == Run.id) & (_viewer_row.person_id == person.id) & _viewer_row.status.in_(INVOLVED),
        )
    )


def page_of_runs(
    person: Person | None, query: Select[*tuple[Any, ...]], after: str | None, size: int
) -> paging.Page[ListedRun]:
    """Return a page of `select_runs` by (starts_at, id), with faces unless a visitor looks."""
    page = page_of_rows(db.session.execute(paging.select_page(query, after, size, Run.starts_at, Run.id)), size)
    return page if person is None else paging.Page(_with_faces(page.items, hidden_ids(person)), page.next)


def page_of_rows(rows: Iterable[Any], size: int) -> paging.Page[ListedRun]:
    """Return a page of rows of `select_faced_runs` or `select_runs`; there is one more than `size` if it goes on."""
    return paging.Page.of([listed_run(row) for row in rows], size, lambda run: (run.starts_at, run.id))


def listed_run(row: Any) -> ListedRun:
    """Return a row of `select_runs` as a run without faces, or one of `select_faced_runs` with them."""
    crew_id, crew, organiser_id, name, status, organises, *faces = row[len(RUN_FIELDS) :]
    organiser = PersonSummary(organiser_id, name, None) if organiser_id else None
    shown = tuple(PersonSummary(uuid.UUID(one), *face) for one, *face in faces[0]) if faces and faces[0] else ()
    others = organiser, status, organises, None, shown, CrewName(crew_id, crew) if crew_id else None
    columns: Any = (*row[: len(RUN_FIELDS)], *others)
    return ListedRun(*columns)


def with_shared_faces(runs: Sequence[ListedRun]) -> list[ListedRun]:
    """Return the runs with the faces that everybody sees from whom nobody among them is hidden."""
    return _with_faces(runs, [])


def _with_faces(runs: Sequence[ListedRun], hidden: list[uuid.UUID]) -> list[ListedRun]:
    """Return the runs with the faces of their first participants who are not hidden, in one statement."""
    faces: dict[uuid.UUID, list[PersonSummary]] = {run.id: [] for run in runs}
    for run_id, face in first_faces([*faces], hidden) if runs else ():
        faces[run_id].append(face)
    return [replace(run, faces=tuple(faces[run.id])) for run in runs]


def is_among(run_ids: SelectBase) -> ColumnElement[bool]:
    """Return the condition that a run is one of those whose ids a SELECT finds, which is executed first.

    With `IN`, PostgreSQL may look through all runs in the order of their starts for the few of a person.
    """
    return is_one_of(Run.id, func.array(run_ids.scalar_subquery(), type_=ARRAY(Uuid())))


def _public(viewer: Person | None) -> list[ColumnElement[bool]]:
    return [visible_to(viewer), Run.visibility == "public", Run.cancelled_at.is_(None)]
