"""Lists of reports: one's own, those that one coordinates, their map, and the week's."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, true

from hampa.closeouts.models import CloseOut
from hampa.crews.models import Crew
from hampa.duties.models import Schedule
from hampa.incidents.models import ARCHIVED_AFTER, INCIDENT, SEVERITIES, Incident, IncidentAlert
from hampa.incidents.queries.changes import change_columns
from hampa.incidents.queries.reading import is_coordinated_by, is_read_by, shown_name
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of, stand_in
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.filtering import conditions, equals
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after, select_page
from hampa.runs.models.run import Run

A_PAGE = 20
MOST_PINS = 200
WEEK = timedelta(days=7)
_KEY = Incident.created_at, Incident.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a list of reports; `severity` is None and the others are empty where they are not set.

    `since` and `until` are moments between which the reports were made. The archive has those that are too old for the
    list.
    """

    severity: int | None = None
    category: str = ""
    run_id: uuid.UUID | None = None
    crew_id: uuid.UUID | None = None
    schedule_id: uuid.UUID | None = None
    is_near_miss: bool = False
    since: datetime | None = None
    until: datetime | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A report as a row of a list; `by` is "" in one's own list and where a block hides the name.

    `is_waiting` is whether it is serious and nobody has taken it over.
    """

    id: uuid.UUID
    severity: int
    category: str
    is_near_miss: bool
    text: str
    place: str
    latitude: float | None
    longitude: float | None
    occurred_at: datetime
    created_at: datetime
    run_id: uuid.UUID | None
    run_title: str | None
    crew_id: uuid.UUID | None
    crew_name: str | None
    schedule_id: uuid.UUID | None
    schedule_name: str | None
    is_waiting: bool
    taken: bool
    by: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Review:
    """A week of reports: how many by severity and by category, near misses, and those that nobody took over."""

    since: datetime
    until: datetime
    by_severity: dict[int, int] = field(default_factory=dict)
    by_category: dict[str, int] = field(default_factory=dict)
    near_misses: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        """Return how many reports there were."""
        return sum(self.by_severity.values())


def is_archived(now: Any) -> ColumnElement[bool]:
    """Return the condition that an `Incident` is older than its severity is shown in lists."""
    ages = [(Incident.severity == severity, now - age) for severity, age in ARCHIVED_AFTER.items()]
    return Incident.created_at < case(*ages)


def own_incidents(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[IncidentRow]:
    """Return a page of the person's own reports, the latest first, however old they are."""
    made_at, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    found = _own(person.id, made_at, last_id, size + 1, on=made_at is not None)
    return Page.of([IncidentRow(*row) for row in found], size, lambda row: (row.created_at, row.id))


@built_once
def _own(person_id: uuid.UUID, made_at: datetime | None, last_id: uuid.UUID | None, most: int, *, on: bool) -> Any:
    query = _rows(literal("")).where(Incident.person_id == person_id)
    return rows_after(query, _KEY, (made_at, last_id), most, goes_on=on, descending=True)


def coordinated_incidents(
    person: Person, filters: Filters, after: str | None = None, size: int = A_PAGE
) -> Page[IncidentRow]:
    """Return a page of the reports that a person coordinates and that meet the filters, the latest first."""
    if replace(filters, archived=False) != Filters():
        return _page(_coordinated(person, filters), after, size)
    made_at, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    shape = {"archived": filters.archived, "is_operator": person.is_operator, "on": made_at is not None}
    found = _all_coordinated(person.id, hidden_ids(person), clock.now(), made_at, last_id, size + 1, **shape)
    return Page.of([IncidentRow(*row) for row in found], size, lambda row: (row.created_at, row.id))


@built_once
def _all_coordinated(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    now: datetime,
    made_at: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    archived: bool,
    is_operator: bool,
    on: bool,
) -> Any:
    name = case((is_none_of(Person.id, hidden), Person.name), else_="")
    age = is_archived(now) if archived else ~is_archived(now)
    query = _rows(name).where(is_coordinated_by(stand_in(person_id, is_operator=is_operator)), age)
    return rows_after(query, _KEY, (made_at, last_id), most, goes_on=on, descending=True)


def pinned_incidents(person: Person, filters: Filters) -> list[IncidentRow]:
    """Return the latest reports of `coordinated_incidents` that say where on the map, some hundreds at most."""
    query = _coordinated(person, filters).where(Incident.latitude.is_not(None))
    query = query.order_by(Incident.created_at.desc(), Incident.id.desc()).limit(MOST_PINS)
    return [IncidentRow(*row) for row in db.session.execute(query)]


def review_of(person: Person, until: datetime) -> Review:
    """Return the numbers of the week that ends at a moment, of the reports that a person coordinates."""
    review = Review(until - WEEK, until)
    waiting = IncidentAlert.taken_by_id.is_(None) & IncidentAlert.id.is_not(None)
    query = (
        select(
            Incident.severity,
            Incident.category,
            func.count(),
            func.count().filter(Incident.is_near_miss),
            func.count().filter(waiting),
        )
        .outerjoin(IncidentAlert, IncidentAlert.incident_id == Incident.id)
        .where(Incident.created_at >= review.since, Incident.created_at < until, is_coordinated_by(person))
        .group_by(Incident.severity, Incident.category)
    )
    near_misses = left = 0
    for severity, category, count, near, open_ones in db.session.execute(query):
        review.by_severity[severity] = review.by_severity.get(severity, 0) + count
        review.by_category[category] = review.by_category.get(category, 0) + count
        near_misses, left = near_misses + near, left + open_ones
    ordered = {severity: review.by_severity.get(severity, 0) for severity in reversed(SEVERITIES)}
    return Review(review.since, until, ordered, review.by_category, near_misses, left)


def reports_of_closeout(viewer: Person, closeout_id: uuid.UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the reports of a day of duties, from its close-out or of its duties, that the viewer reads."""
    day = db.session.get_one(CloseOut, closeout_id)
    values = viewer.id, closeout_id, day.crew_id or day.series_id, day.since, day.until
    return _of_closeout(*values, of_crew=day.crew_id is not None, is_operator=viewer.is_operator).all()


@built_once
def _of_closeout(
    viewer_id: uuid.UUID,
    closeout_id: uuid.UUID,
    owner_id: uuid.UUID | None,
    since: datetime,
    until: datetime,
    *,
    of_crew: bool,
    is_operator: bool,
) -> Any:
    of_owner: ColumnElement[bool] = Incident.crew_id == owner_id
    if not of_crew:
        of_owner = Incident.schedule_id.in_(select(Schedule.id).where(Schedule.series_id == owner_id))
    then = of_owner, Incident.created_at >= since, Incident.occurred_at >= since, Incident.occurred_at < until
    query = select(Incident.id, Incident.severity, Incident.created_at)
    query = query.where(or_(Incident.closeout_id == closeout_id, and_(*then)))
    query = query.where(is_read_by(stand_in(viewer_id, is_operator=is_operator)))
    return query.order_by(Incident.created_at, Incident.id).limit(20)


RULES: dict[str, Any] = {
    "category": equals("category"),
    "run_id": equals("run_id"),
    "crew_id": equals("crew_id"),
    "schedule_id": equals("schedule_id"),
    "is_near_miss": lambda row, _value: row.is_near_miss,
    "since": lambda row, moment: row.created_at >= moment,
    "until": lambda row, moment: row.created_at < moment,
}


def _coordinated(person: Person, filters: Filters) -> Select[*tuple[Any, ...]]:
    severity = Incident.severity == filters.severity if filters.severity is not None else true()
    now = literal(clock.now())
    age = is_archived(now) if filters.archived else ~is_archived(now)
    asked = conditions(RULES, filters, Incident)
    return _rows(shown_name(person, Person)).where(is_coordinated_by(person), severity, age, *asked)


def _page(query: Select[*tuple[Any, ...]], after: str | None, size: int) -> Page[IncidentRow]:
    query = select_page(query, after, size, Incident.created_at, Incident.id, descending=True)
    rows = [IncidentRow(*row) for row in db.session.execute(query)]
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


def _rows(name: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    taken = IncidentAlert.taken_by_id.is_not(None)
    columns: Sequence[Any] = (
        *(Incident.id, Incident.severity, Incident.category, Incident.is_near_miss, Incident.text, Incident.place),
        *(Incident.latitude, Incident.longitude, Incident.occurred_at, Incident.created_at),
        *(Incident.run_id, Run.title, Incident.crew_id, Crew.name),
        *(Incident.schedule_id, Schedule.name),
        *(or_(Incident.severity == INCIDENT, IncidentAlert.id.is_not(None)) & ~taken, taken, name),
        *change_columns(),
    )
    return (
        select(*columns)
        .join(Person, Person.id == Incident.person_id)
        .outerjoin(Run, Run.id == Incident.run_id)
        .outerjoin(Crew, Crew.id == Incident.crew_id)
        .outerjoin(Schedule, Schedule.id == Incident.schedule_id)
        .outerjoin(IncidentAlert, IncidentAlert.incident_id == Incident.id)
    )
