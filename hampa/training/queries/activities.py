"""Activities: those of a person as a list, and one of one's own."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once, planned_once
from hampa.platform.web.paging import After, Page, rows_after
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.runs import visible_to
from hampa.training.models.activities import Activity
from hampa.training.models.plans import JOINED, PlanMember
from hampa.training.queries.rows import ROW, ActivityRow
from hampa.training.queries.visibility import activities_seen, activity_for

A_PAGE = 30
RUNS_OFFERED = 10
RUNS_WITHIN = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list of activities; `since` and `until` are days, both included."""

    kind: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    plan_id: uuid.UUID | None = None


def activities_of(
    person: Person, filters: Filters | None = None, after: str | None = None, size: int = A_PAGE
) -> Page[ActivityRow]:
    """Return a page of a person's activities, the latest first."""
    chosen = filters or Filters()
    last = After.of(after)
    found = _activities(
        *(person.id, chosen, last, size + 1),
        of_kind=bool(chosen.kind),
        has_since=chosen.since is not None,
        has_until=chosen.until is not None,
        on_plan=chosen.plan_id is not None,
        goes_on=not last.is_first,
    )
    return Page.of([ActivityRow(*row) for row in found], size, lambda row: (row.started_at, row.id))


def activities_shown(
    viewer: Person, person_id: uuid.UUID, after: str | None = None, size: int = A_PAGE
) -> Page[ActivityRow]:
    """Return a page of the activities of a person that a viewer sees, the latest first; of oneself, what others see."""
    last = After.of(after)
    shape = {"is_own": viewer.id == person_id, "goes_on": not last.is_first}
    rows = [ActivityRow(*row) for row in _shown(viewer.id, person_id, last, size + 1, **shape)]
    return Page.of(rows, size, lambda row: (row.started_at, row.id))


@planned_once
def _shown(viewer_id: uuid.UUID, person_id: uuid.UUID, last: After, most: int, *, is_own: bool, goes_on: bool) -> Any:
    query = activities_seen(viewer_id, person_id, is_own=is_own)
    return rows_after(query, (Activity.started_at, Activity.id), last.key, most, goes_on=goes_on, descending=True)


@built_once
def _activities(
    person_id: uuid.UUID,
    filters: Filters,
    last: After,
    most: int,
    *,
    of_kind: bool,
    has_since: bool,
    has_until: bool,
    on_plan: bool,
    goes_on: bool,
) -> Any:
    query = select(*ROW).where(Activity.person_id == person_id)
    if of_kind:
        query = query.where(Activity.kind == filters.kind)
    if has_since:
        query = query.where(Activity.day >= filters.since)
    if has_until:
        query = query.where(Activity.day <= filters.until)
    if on_plan:
        query = query.where(Activity.plan_id == filters.plan_id)
    return rows_after(query, (Activity.started_at, Activity.id), last.key, most, goes_on=goes_on, descending=True)


def own_activity(person: Person, activity_id: uuid.UUID, *, lock: bool = False) -> Activity:
    """Return an activity of the person. Raise NotFound for what they do not see, Forbidden for that of somebody else."""
    own = select(Activity).where(Activity.id == activity_id, Activity.person_id == person.id)
    found = db.session.scalar(own.with_for_update().execution_options(populate_existing=True) if lock else own)
    if found is None:
        activity_for(person, activity_id)
        raise Forbidden(_("This is the activity of somebody else."))
    return found


def has_training(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person ever did anything or belongs to a plan.

    Until then, training stays out of their sight.
    """
    belongs = exists().where(PlanMember.person_id == person_id, PlanMember.status == JOINED)
    # In order: where some people have thousands, PostgreSQL expects to meet one soon and reads them all for who has none.
    latest = select(Activity.id).where(Activity.person_id == person_id).order_by(Activity.day.desc()).limit(1)
    return or_(latest.scalar_subquery().is_not(None), belongs)


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run at which a person was, to which an activity may belong."""

    id: uuid.UUID
    title: str
    starts_at: dt.datetime
    timezone: str
    duration_min: int
    distance_km: Any
    terrain: str


def runs_of(person: Person) -> list[OwnRun]:
    """Return the runs of the last thirty days at which the person was, the latest first: ten at most."""
    now = clock.now()
    return [OwnRun(*row) for row in _latest_runs(person.id, now - RUNS_WITHIN, now)]


@built_once
def _latest_runs(person_id: uuid.UUID, since: dt.datetime, now: dt.datetime) -> Any:
    query = _own_runs(stand_in(person_id)).where(Run.starts_at > since, Run.starts_at < now)
    return query.order_by(Run.starts_at.desc(), Run.id.desc()).limit(RUNS_OFFERED)


def own_run(person: Person, run_id: uuid.UUID) -> OwnRun:
    """Return a run that has begun at which the person was, or that they organise. Raise NotFound."""
    row = _own_run(person.id, run_id, clock.now()).first()
    if row is None:
        raise NotFound
    return OwnRun(*row)


@built_once
def _own_run(person_id: uuid.UUID, run_id: uuid.UUID, now: dt.datetime) -> Any:
    return _own_runs(stand_in(person_id)).where(Run.id == run_id, Run.starts_at < now)


def _own_runs(person: Person) -> Any:
    came = exists().where(
        Participation.run_id == Run.id, Participation.person_id == person.id, Participation.status.in_(CAME)
    )
    columns = (getattr(Run, name) for name in OwnRun.__slots__)
    theirs = or_(came, Run.id.in_(runs_organised_by(person)))
    return select(*columns).where(theirs, Run.cancelled_at.is_(None), visible_to(person))


def title_of_run(viewer: Person, run_id: uuid.UUID | None) -> str | None:
    """Return the title of a run that a viewer sees; None for others."""
    if run_id is None:
        return None
    title: str | None = _title(viewer.id, run_id).scalar()
    return title


@built_once
def _title(viewer_id: uuid.UUID, run_id: uuid.UUID) -> Any:
    return select(Run.title).where(Run.id == run_id, visible_to(stand_in(viewer_id)))
