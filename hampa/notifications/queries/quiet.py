"""When a message is due to a person who has quiet hours: SQL in terms of `Person`, for any number of people."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Text, Time, and_, case, cast, func, literal, select

from hampa.notifications.models import NotificationKind
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now
from hampa.platform.locale.zones import zone_names

MOMENT = DateTime(timezone=True)


def due_at(kind: NotificationKind, data: Mapping[str, Any]) -> ColumnElement[datetime]:
    """Return when a message of a kind is due to a `Person`: now, or when their quiet hours end."""
    return db_now() if kind.is_urgent(data) else func.coalesce(quiet_until(clock.now()), db_now())


def quiet_until(at: datetime) -> ColumnElement[Any]:
    """Return when the quiet hours end in which a moment is for a `Person`, NULL if it is in none.

    The hours are those of the day on which they begin, by the person's clock: that day or the day before.
    """
    moment = literal(at, MOMENT)
    today = cast(_in_zone(moment), Date)
    return func.greatest(_end_if_in(today - 1, moment), _end_if_in(today, moment), type_=MOMENT)


def local_time(at: datetime) -> ColumnElement[Any]:
    """Return a moment as the wall time of a `Person`."""
    return _in_zone(literal(at, MOMENT))


def wall_time(moment: Any) -> ColumnElement[Any]:
    """Return a moment, which may be a column or a parameter, as the wall time of a `Person`."""
    return _in_zone(moment)


def _end_if_in(day: ColumnElement[Any], moment: ColumnElement[Any]) -> ColumnElement[Any]:
    weekday = cast(func.extract("isodow", day), Text)
    begins, ends = (
        func.coalesce(cast(func.jsonb_extract_path_text(Person.quiet_days, weekday, place), Time), usual)
        for place, usual in (("0", Person.quiet_from), ("1", Person.quiet_to))
    )
    begin = _in_zone(day + begins)
    end = _in_zone(case((ends > begins, day), else_=day + 1) + ends)
    return case((and_(begins != ends, begin <= moment, moment < end), end))


def _in_zone(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a moment as the wall time of a person's zone, or the reverse."""
    zone: Any = Person.timezone
    if unknown := _unknown_zones():
        zone = case((Person.timezone.in_(unknown), "UTC"), else_=Person.timezone)
    return func.timezone(zone, value, type_=MOMENT)


@cache
def _unknown_zones() -> tuple[str, ...]:
    """Return the zones that can be chosen and that the database has not heard of: its data may be older than ours.

    One of them would fail the statement, and with it what all others are told.
    """
    known = set(db.session.scalars(select(func.pg_timezone_names().table_valued("name").c.name)))
    return tuple(sorted(zone_names() - known))
