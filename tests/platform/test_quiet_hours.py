"""Quiet hours, and clocks that stand still in them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from hampa.platform.locale.quiet_hours import QuietHours, add_awake_time

TEHRAN = ZoneInfo("Asia/Tehran")
NIGHT = QuietHours(time(22), time(7), TEHRAN)
NOON = QuietHours(time(12), time(14), TEHRAN)
NEVER = QuietHours(time(9), time(9), TEHRAN)


def at(day, hour, minute=0, zone=TEHRAN):
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        (NIGHT, (22, 0), True),
        (NIGHT, (21, 59), False),
        (NIGHT, (0, 0), True),
        (NIGHT, (6, 59), True),
        (NIGHT, (7, 0), False),
        (NOON, (12, 0), True),
        (NOON, (14, 0), False),
        (NEVER, (9, 0), False),
    ],
)
def test_they_hold_from_their_begin_up_to_their_end(hours, clock, quiet):
    assert hours.includes(at(21, *clock)) is quiet


def test_they_know_when_they_begin_and_end():
    assert NIGHT.next_end(at(21, 23)) == at(22, 7)
    assert NIGHT.next_end(at(22, 3)) == at(22, 7)
    assert NIGHT.next_begin(at(21, 12)) == at(21, 22)
    assert NIGHT.next_begin(at(21, 22)) == at(22, 22)
    assert NIGHT.latest_begin(at(22, 3)) == NIGHT.latest_begin(at(21, 23)) == at(21, 22)


BERLIN = ZoneInfo("Europe/Berlin")
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""In Berlin clocks go back from three to two: half past two comes at 0:30 and at 1:30 in UTC."""


@pytest.mark.parametrize(
    ("hours", "minutes", "quiet"),
    [
        ((time(22), time(2, 30)), -31, True),
        ((time(22), time(2, 30)), -30, False),
        ((time(22), time(2, 30)), 15, False),
        ((time(2, 30), time(7)), -31, False),
        ((time(2, 30), time(7)), 15, True),
    ],
)
def test_what_comes_twice_on_a_clock_that_goes_back_counts_once(hours, minutes, quiet):
    night, moment = QuietHours(*hours, BERLIN), BACK + timedelta(minutes=minutes)
    assert night.includes(moment) is quiet
    if quiet:
        assert moment - timedelta(hours=9) < night.latest_begin(moment) <= moment
    else:
        assert add_awake_time(moment, timedelta(minutes=10), night, BACK + timedelta(days=9)) <= moment + timedelta(
            hours=6
        )


@pytest.mark.parametrize(
    ("begin", "lasts", "awake_from", "end"),
    [
        (at(21, 12), 2, at(30, 0), at(21, 14)),
        (at(21, 21), 2, at(30, 0), at(22, 8)),  # an hour in the evening, the other in the morning
        (at(21, 23), 2, at(30, 0), at(22, 9)),  # begun at night, it starts in the morning
        (at(21, 21), 2, at(21, 20), at(21, 23)),  # the start is near: it runs through the night
        (at(21, 21), 2, at(22, 5), at(22, 6)),  # near from five on
        (at(21, 20), 2, at(30, 0), at(21, 22)),  # over just as the night begins
    ],
)
def test_a_clock_stands_still_in_them_unless_it_is_urgent(begin, lasts, awake_from, end):
    assert add_awake_time(begin, timedelta(hours=lasts), NIGHT, awake_from) == end


def test_without_quiet_hours_a_clock_never_stands_still():
    assert add_awake_time(at(21, 21), timedelta(hours=2), NEVER, at(30, 0)) == at(21, 23)


def test_a_clock_that_runs_for_days_stands_still_each_night():
    assert add_awake_time(at(21, 12), timedelta(hours=25), NIGHT, at(30, 0)) == at(22, 22)
    assert add_awake_time(at(21, 12), timedelta(hours=26), NIGHT, at(30, 0)) == at(23, 8)


def test_the_night_in_which_the_clocks_change_is_as_long_as_it_is():
    """Berlin, 25 October 2026: 3:00 is 2:00 once more, the night from 22:00 to 7:00 has ten hours."""
    berlin = QuietHours(time(22), time(7), ZoneInfo("Europe/Berlin"))
    begin = datetime(2026, 10, 24, 21, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    end = add_awake_time(begin, timedelta(hours=2), berlin, datetime(2026, 12, 1, tzinfo=UTC))
    assert end == datetime(2026, 10, 25, 8, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert end - begin == timedelta(hours=12)


# 21 November 2026 is a Saturday.
WEEK = QuietHours(time(22), time(7), TEHRAN, {"6": ["20:00", "10:00"], "7": ["05:00", "05:00"]})


@pytest.mark.parametrize(
    ("day", "clock", "quiet"),
    [
        (20, (21, 0), False),
        (21, (6, 59), True),
        (21, (20, 30), True),
        (22, (9, 59), True),
        (22, (10, 0), False),
        (22, (23, 0), False),
        (23, (3, 0), False),
        (23, (22, 0), True),
    ],
)
def test_a_weekday_may_have_hours_of_its_own(day, clock, quiet):
    assert WEEK.includes(at(day, *clock)) is quiet


def test_a_clock_stands_still_in_the_hours_of_the_weekday():
    assert add_awake_time(at(21, 19), timedelta(hours=2), WEEK, at(29, 0)) == at(22, 11)
    assert WEEK.next_begin(at(22, 12)) == at(23, 22)
    assert WEEK.latest_begin(at(22, 23)) == at(21, 20)
    never = QuietHours(time(9), time(9), TEHRAN, {"6": ["20:00", "10:00"]})
    assert add_awake_time(at(21, 19), timedelta(hours=2), never, at(29, 0)) == at(22, 11)
    assert not never.is_never
