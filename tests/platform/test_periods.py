"""Periods are those that PostgreSQL finds by its own calendar and its own time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from hampa.platform.db import db
from hampa.platform.locale.periods import period_at, period_on

ZONES = ("Asia/Tehran", "Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe")
"""No change of clocks; at 2:00; at midnight, both ways; at midnight forwards; by half an hour."""
PERIODS = text(
    """
    SELECT moment, first_day, begins,
           begins::timestamp AT TIME ZONE :zone AS starts_at,
           (begins + length)::timestamp AT TIME ZONE :zone AS ends_at
    FROM (
        SELECT moment, first_day, length,
               CASE length
                   WHEN 1 THEN local::date
                   WHEN 7 THEN date_trunc('week', local - days)::date + first_day - 1
                   ELSE date_bin('14 days', local, timestamp '2024-01-01' + days)::date
               END AS begins
        FROM (
            SELECT moment, first_day, CAST(:length AS integer) AS length, moment AT TIME ZONE :zone AS local,
                   make_interval(days => first_day - 1) AS days
            FROM generate_series(CAST(:first AS timestamptz), :last, interval '317 minutes') AS moment,
                 generate_series(1, 7) AS first_day
        ) AS moments
    ) AS periods
    """
)


@pytest.mark.parametrize(("length", "days"), [("daily", 1), ("weekly", 7), ("biweekly", 14)])
@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_has_the_period_that_the_database_finds(db_session, zone, length, days):
    last = datetime(2027, 1, 5, tzinfo=UTC)
    values = {"zone": zone, "length": days, "first": datetime(2025, 12, 27, tzinfo=UTC), "last": last}
    rows = db.session.execute(PERIODS, values).all()
    assert len(rows) > 10_000
    for moment, first_day, begins, starts_at, ends_at in rows:
        period = period_at(moment, length, first_day=first_day, zone=ZoneInfo(zone))
        assert (period.starts_on, period.starts_at, period.ends_at) == (begins, starts_at, ends_at)
        assert period.starts_at <= moment < period.ends_at
        assert (period.ends_on - period.starts_on).days == days


def test_a_week_is_an_hour_longer_or_shorter_when_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    spring = period_on(date(2026, 3, 29), "weekly", first_day=1, zone=berlin)
    autumn = period_on(date(2026, 10, 25), "weekly", first_day=1, zone=berlin)
    assert spring.ends_at - spring.starts_at == timedelta(hours=167)
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=169)


def test_a_day_without_midnight_begins_when_clocks_go_forward():
    day = period_on(date(2026, 9, 6), "daily", first_day=1, zone=ZoneInfo("America/Santiago"))
    assert day.starts_at == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert day.ends_at - day.starts_at == timedelta(hours=23)
