"""The times of reminders, and the reminders that are due."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.quiet_hours import QuietHours
from hampa.reminders.models import EVENING, SOON
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run

EVENING_AT = time(20)
SOON_BEFORE = timedelta(hours=2)
CLOSE = timedelta(hours=3)
"""Of two reminders nearer to each other, only the evening's is sent."""
BEFORE_QUIET = timedelta(minutes=10)
LATE = timedelta(hours=1)
"""A reminder that could not be sent for so long is left out."""
FARTHEST = timedelta(days=1) - SOON_BEFORE + timedelta(days=2)
"""No reminder is sent earlier before the start, wherever quiet hours move it."""


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """Settings of a person that move reminders: people with the same are reminded at the same moments."""

    timezone: str
    quiet_from: time
    quiet_to: time

    @property
    def quiet(self) -> QuietHours:
        """Return the quiet hours."""
        return QuietHours(self.quiet_from, self.quiet_to, ZoneInfo(self.timezone))

    def before_quiet(self, at: datetime) -> datetime:
        """Return the moment, or one just before the quiet hours that it falls into."""
        return self.quiet.latest_begin(at) - BEFORE_QUIET if self.quiet.includes(at) else at

    def eve(self, starts_at: datetime) -> datetime:
        """Return 20:00 of the evening before, by the person's clock."""
        start = starts_at.astimezone(ZoneInfo(self.timezone))
        eve = datetime.combine(start.date() - timedelta(days=1), EVENING_AT, start.tzinfo)
        return eve.astimezone(UTC)

    def reminders(self, starts_at: datetime) -> dict[str, datetime]:
        """Return the times of the reminders by kind; if the two are close, only that of the evening before."""
        evening = self.before_quiet(self.eve(starts_at))
        soon = self.before_quiet(starts_at.astimezone(UTC) - SOON_BEFORE)
        return {EVENING: evening} if soon - evening < CLOSE else {EVENING: evening, SOON: soon}


@dataclass(frozen=True)
class DueReminder:
    """A reminder of one kind that is due for participants of a run with certain settings, and since when."""

    run_id: uuid.UUID
    starts_at: datetime
    kind: str
    since: dict[ReminderSettings, datetime] = field(default_factory=dict)

    def people(self) -> Select[uuid.UUID]:
        """Select the people to remind, except those who have joined or changed something since it was due."""
        by_settings = (
            and_(
                Person.timezone == settings.timezone,
                Person.quiet_from == settings.quiet_from,
                Person.quiet_to == settings.quiet_to,
                Participation.updated_at <= due_at,
            )
            for settings, due_at in self.since.items()
        )
        return (
            select(Participation.person_id)
            .join(Person, Person.id == Participation.person_id)
            .where(Participation.run_id == self.run_id, *_wants_reminders(), or_(*by_settings))
        )


def due_reminders() -> list[DueReminder]:
    """Return the reminders that are due now, found in one statement."""
    now = clock.now()
    rows = db.session.execute(
        select(Run.id, Run.starts_at, Person.timezone, Person.quiet_from, Person.quiet_to)
        .distinct()
        .join(Participation, Participation.run_id == Run.id)
        .join(Person, Person.id == Participation.person_id)
        .where(Run.starts_at > now, Run.starts_at < now + FARTHEST, Run.cancelled_at.is_(None), *_wants_reminders())
    )
    due: dict[tuple[uuid.UUID, datetime, str], dict[ReminderSettings, datetime]] = defaultdict(dict)
    for run_id, starts_at, timezone, quiet_from, quiet_to in rows:
        settings = ReminderSettings(timezone, quiet_from, quiet_to)
        if settings.quiet.includes(now):
            continue
        for kind, at in settings.reminders(starts_at).items():
            if at <= now < at + LATE:
                due[run_id, starts_at, kind][settings] = at
    return [DueReminder(*key, since) for key, since in due.items()]


def _wants_reminders() -> tuple[ColumnElement[bool], ...]:
    return Participation.status == GOING, Person.state == "active", Person.reminders.is_(True)
