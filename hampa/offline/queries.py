"""The next runs of a person, with what they need at the meeting point."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, union

from hampa.attendance.queries import code_of
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.run_lists.queries.rows import Badge
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import LONGEST_DURATION, Run, RunOrganiser

MOST_RUNS = 8
CODES_SHOWN = 4
"""Codes that are drawn: those of the first runs."""
LATE_BEFORE, LATE_AFTER = timedelta(hours=2), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class NextRun:
    """A run to come. `code` marks the person as present, "" without a place; `status` is None for organisers alone."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    duration_min: int
    meet_minutes_before: int
    place: str
    directions: str
    latitude: float | None
    longitude: float | None
    status: str | None
    late_min: int | None
    code: str

    @property
    def ends_at(self) -> datetime:
        """The end."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @property
    def meets_at(self) -> datetime:
        """When people meet."""
        return self.starts_at - timedelta(minutes=self.meet_minutes_before)

    @property
    def goes(self) -> bool:
        """Whether the person goes."""
        return self.status == GOING

    @property
    def badge(self) -> Badge | None:
        """What the person is in it, None for somebody who organises it alone."""
        badges = {
            GOING: Badge(_("Going"), "mine", "check"),
            OFFERED: Badge(_("A place for you"), "mine"),
            WAITLISTED: Badge(_("Waiting"), "mine"),
            REQUESTED: Badge(_("Asked"), "mine"),
            INTERESTED: Badge(_("Interested"), "mine"),
        }
        return badges.get(self.status or "")

    @property
    def may_join(self) -> bool:
        """Whether the person only said that they might come."""
        return self.status == INTERESTED

    @property
    def late_from(self) -> datetime:
        """From when on somebody who goes may say that they are late; as `may_be_late` of runs."""
        return self.meets_at - LATE_BEFORE

    @property
    def late_until(self) -> datetime:
        """Until when somebody who goes may say that they are late."""
        return self.starts_at + LATE_AFTER


def next_runs(person: Person) -> Sequence[NextRun]:
    """Return the first runs that are not over and that the person takes part in or organises, in one statement."""
    return [_next_run(row) for row in _next_runs(person.id, clock.now())]


@built_once
def _next_runs(person_id: uuid.UUID, now: datetime) -> Any:
    statuses = constants(GOING, OFFERED, WAITLISTED, REQUESTED, INTERESTED)
    own = and_(Participation.person_id == person_id, Participation.status.in_(statuses))
    role = RunOrganiser

    def first(run_id: Any, starts_at: Any, *where: Any) -> Any:
        """Return the first runs of one kind: an index finds them by their start, however many follow."""
        found = select(run_id.label("id"), starts_at.label("starts_at")).where(*where, Run.cancelled_at.is_(None))
        found = found.where(starts_at > now - LONGEST_DURATION, Run.ends_at > now)
        return select(found.order_by(starts_at, run_id).limit(MOST_RUNS).subquery())

    mine = union(
        first(Participation.run_id, Participation.run_starts_at, Participation.run_id == Run.id, own),
        first(Run.id, Run.starts_at, Run.organiser_id == person_id),
        first(Run.id, Run.starts_at, role.run_id == Run.id, role.person_id == person_id, role.agreed_at.is_not(None)),
    ).subquery()
    soonest = select(mine.c.id).order_by(mine.c.starts_at, mine.c.id).limit(MOST_RUNS).subquery()
    columns = (
        Run.id,
        Run.title,
        Run.starts_at,
        Run.timezone,
        Run.duration_min,
        Run.meet_minutes_before,
        Run.place,
        Run.directions,
        Run.latitude,
        Run.longitude,
        Participation.status,
        Participation.late_min,
        Participation.run_id,
        Participation.person_id,
        Participation.rank,
    )
    return (
        select(*columns)
        .select_from(Run)
        .join(soonest, soonest.c.id == Run.id)
        .outerjoin(Participation, and_(Participation.run_id == Run.id, own))
        .order_by(Run.starts_at, Run.id)
    )


def _next_run(row: Any) -> NextRun:
    *values, _run_id, _person_id, _rank = row
    columns: Any = (*values, code_of(row) if row.status == GOING else "")
    return NextRun(*columns)
