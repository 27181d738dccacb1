"""When those who go are reminded of a run, and who is to be reminded now."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.quiet_hours import QuietHours
from hampa.reminders.models import EVENING, SOON
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run

EVENING_AT = time(20)
SOON_BEFORE = timedelta(hours=2)
CLOSE = timedelta(hours=3)
"""Of two reminders nearer than so to one another there is one."""
BEFORE_QUIET = timedelta(minutes=10)
LATE = timedelta(hours=1)
"""What could not be said for so long is not said any more."""
FARTHEST = timedelta(days=1) - SOON_BEFORE + timedelta(days=2)
"""No reminder comes earlier than so before the start, wherever quiet hours move it."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What moves reminders: people with the same are reminded of a run at the same moments."""

    timezone: str
    quiet_from: time
    quiet_to: time

    @property
    def quiet(self) -> QuietHours:
        return QuietHours(self.quiet_from, self.quiet_to, ZoneInfo(self.timezone))

    def awake(self, at: datetime) -> datetime:
        """This moment, or one just before the quiet hours that it falls into."""
        return self.quiet.begun(at) - BEFORE_QUIET if self.quiet.hold(at) else at

    def reminders(self, starts_at: datetime) -> dict[str, datetime]:
        """When, by kind, who has this habit is reminded of a run that starts then.

        In the evening before, on their own clock, and two hours before. The evening wins where the two come close.
        """
        there = starts_at.astimezone(ZoneInfo(self.timezone))
        eve = datetime.combine(there.date() - timedelta(days=1), EVENING_AT, there.tzinfo)
        evening = self.awake(eve.astimezone(UTC))
        soon = self.awake(starts_at.astimezone(UTC) - SOON_BEFORE)
        return {EVENING: evening} if soon - evening < CLOSE else {EVENING: evening, SOON: soon}


@dataclass(frozen=True)
class Round:
    """A reminder of one kind that is due for some of those who go to a run that starts then: by their habits, and since
    when.
    """

    run_id: uuid.UUID
    starts_at: datetime
    kind: str
    since: dict[Habit, datetime] = field(default_factory=dict)

    def people(self) -> Select[uuid.UUID]:
        """A SELECT of them. Who joined or changed something after it was due knows of the run anyway."""
        of_habit = (
            and_(
                Person.timezone == habit.timezone,
                Person.quiet_from == habit.quiet_from,
                Person.quiet_to == habit.quiet_to,
                Participation.updated_at <= due,
            )
            for habit, due in self.since.items()
        )
        return (
            select(Participation.person_id)
            .join(Person, Person.id == Participation.person_id)
            .where(Participation.run_id == self.run_id, *_reminded(), or_(*of_habit))
        )


def due() -> list[Round]:
    """The reminders that are due now, found in one statement."""
    now = clock.now()
    rows = db.session.execute(
        select(Run.id, Run.starts_at, Person.timezone, Person.quiet_from, Person.quiet_to)
        .distinct()
        .join(Participation, Participation.run_id == Run.id)
        .join(Person, Person.id == Participation.person_id)
        .where(Run.starts_at > now, Run.starts_at < now + FARTHEST, Run.cancelled_at.is_(None), *_reminded())
    )
    rounds: dict[tuple[uuid.UUID, datetime, str], dict[Habit, datetime]] = defaultdict(dict)
    for run_id, starts_at, timezone, quiet_from, quiet_to in rows:
        habit = Habit(timezone, quiet_from, quiet_to)
        if habit.quiet.hold(now):
            continue
        for kind, at in habit.reminders(starts_at).items():
            if at <= now < at + LATE:
                rounds[run_id, starts_at, kind][habit] = at
    return [Round(*which, since) for which, since in rounds.items()]


def _reminded() -> tuple[ColumnElement[bool], ...]:
    return Participation.status == GOING, Person.state == "active", Person.reminders.is_(True)
