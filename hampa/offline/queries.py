"""The next runs of a person, with what they need at the meeting point."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, union_all

from hampa.attendance.queries import code_of
from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.run_lists.queries.rows import Badge
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by

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
    rows = _next_runs(person.id, clock.now(), is_operator=person.is_operator)
    return [_next_run(row) for row in rows]


@built_once
def _next_runs(person_id: uuid.UUID, now: datetime, *, is_operator: bool) -> Any:
    statuses = constants(GOING, OFFERED, WAITLISTED, REQUESTED, INTERESTED)
    own = and_(Participation.person_id == person_id, Participation.status.in_(statuses))
    organised = runs_organised_by(stand_in(person_id, is_operator=is_operator))
    mine = Run.id.in_(union_all(select(Participation.run_id).where(own), organised))
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
        .outerjoin(Participation, and_(Participation.run_id == Run.id, own))
        .where(mine, Run.cancelled_at.is_(None), Run.ends_at > now)
        .order_by(Run.starts_at, Run.id)
        .limit(MOST_RUNS)
    )


def _next_run(row: Any) -> NextRun:
    *values, _run_id, _person_id, _rank = row
    columns: Any = (*values, code_of(row) if row.status == GOING else "")
    return NextRun(*columns)
