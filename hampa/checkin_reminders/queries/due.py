"""Which reminders of which crews are due, and whom they reach."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Select, SmallInteger, Uuid, column, literal, select, values

from hampa.checkin_choices.queries import wants_reminders
from hampa.checkin_reminders.models import CheckInReminder
from hampa.checkins.models import CheckIn
from hampa.checkins.queries import current_period
from hampa.crews.models import ACTIVE, DAILY, Crew, CrewMembership
from hampa.notifications.queries.quiet import quiet_until
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.periods import Period

MORNING, EVENING = time(9), time(18)
"""When a reminder is due by the crew's clock: in the morning, or, where everybody checks in daily, in the evening."""
DAYS = (0, 3, 5)
"""The days of a week or fortnight, counted from its first, on which who has not answered is reminded."""
LATE = timedelta(days=1)
"""How long a reminder waits for the end of quiet hours, or of a pause of the worker; then it is left out."""


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder of a crew that is due since a moment, for who has not checked in for its period."""

    crew_id: uuid.UUID
    period_from: date
    ends_at: datetime
    day: int
    due_at: datetime


def due_reminder(crew: Crew) -> DueReminder | None:
    """Return the reminder of a crew's current period that is due now: the last one, if several are."""
    period, now = current_period(crew), clock.now()
    moments = [(day, at) for day, at in moments_of(period, crew.frequency) if at <= now < at + LATE]
    if not moments:
        return None
    day, at = moments[-1]
    return DueReminder(crew.id, period.starts_on, period.ends_at, day, at)


def moments_of(period: Period, frequency: str) -> list[tuple[int, datetime]]:
    """Return the days and moments of the reminders of a period."""
    days, hour = ((0,), EVENING) if frequency == DAILY else (DAYS, MORNING)
    return [(day, _moment(period.starts_on + timedelta(days=day), hour, period.zone)) for day in days]


def _moment(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(clock.now().tzinfo)


def open_crews(after: uuid.UUID | None, size: int) -> Sequence[Crew]:
    """Return `size` crews that are not closed, in the order of their ids, those after one."""
    query = select(Crew).where(Crew.closed_at.is_(None), Crew.members > 0).order_by(Crew.id).limit(size)
    return db.session.scalars(query if after is None else query.where(Crew.id > after)).all()


def people_to_remind(due: Sequence[DueReminder], size: int) -> Select[Any]:
    """Select `size` rows of members, crews, periods and days: who is reminded now and was not before.

    Left out are members who joined since the reminder was due, and, as long as these last, those in quiet hours.
    """
    table = values(
        column("crew_id", Uuid),
        column("period_from", Date),
        column("day", SmallInteger),
        column("due_at", DateTime(timezone=True)),
        name="due",
    ).data([(one.crew_id, one.period_from, one.day, one.due_at) for one in due])
    now = clock.now()
    sent = select(CheckInReminder.id).where(
        CheckInReminder.person_id == CrewMembership.person_id,
        CheckInReminder.crew_id == table.c.crew_id,
        CheckInReminder.period_from == table.c.period_from,
        CheckInReminder.day == table.c.day,
    )
    return (
        select(CrewMembership.person_id, table.c.crew_id, table.c.period_from, table.c.day, literal(now).label("now"))
        .join(table, table.c.crew_id == CrewMembership.crew_id)
        .join(Person, Person.id == CrewMembership.person_id)
        .where(
            *unanswered(table.c.crew_id, table.c.period_from),
            CrewMembership.joined_at <= table.c.due_at,
            quiet_until(now).is_(None),
            ~sent.exists(),
        )
        .limit(size)
    )


def unanswered(crew_id: Any, period_from: Any) -> tuple[Any, ...]:
    """Return the conditions on a `CrewMembership` and its `Person` that they may be asked to check in for a period."""
    answer = select(CheckIn.id).where(
        CheckIn.person_id == CrewMembership.person_id, CheckIn.crew_id == crew_id, CheckIn.period_from == period_from
    )
    return (
        CrewMembership.crew_id == crew_id,
        CrewMembership.status == ACTIVE,
        CrewMembership.notices.is_(True),
        Person.state == "active",
        wants_reminders(CrewMembership.person_id, crew_id),
        ~answer.exists(),
    )
