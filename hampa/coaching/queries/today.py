"""What is planned for a person today."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select

from hampa.coaching.models.sessions import PLANNED, PlanSession
from hampa.coaching.queries.sessions import SessionRow, own_days, own_sessions
from hampa.people.models import Person
from hampa.platform.locale import dates


def has_session_today(person_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that something is planned for a person today, on their clock, and nothing was done for it."""
    planned = select(PlanSession.id).where(
        own_sessions(person_id),
        PlanSession.day == today_of(person_id, now),
        PlanSession.state == PLANNED,
        PlanSession.activity_id.is_(None),
        PlanSession.done_at.is_(None),
    )
    return planned.exists()


def today_of(person_id: Any, now: Any) -> ColumnElement[dt.date]:
    """Return the date at a person's place, as a value by which an index finds days: with a join it would not."""
    zone = select(Person.timezone).where(Person.id == person_id).scalar_subquery()
    return cast(func.timezone(zone, now), Date)


def sessions_today(person: Person) -> list[SessionRow]:
    """Return what is planned for a person today, and nothing was done for."""
    today = dates.today()
    return [one for one in own_days(person, today, today) if one.is_planned and not one.is_done]
