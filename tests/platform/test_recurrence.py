"""Recurrence rules against a second implementation that shares nothing with the first.

It looks at each day of ten years, and at each minute around a wall time.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from hampa.platform.locale import dates, i18n
from hampa.platform.locale.recurrence import LAST, Rule, describe_rule, localise, nth_in_month

ZONES = ("Asia/Tehran", "Europe/Berlin", "Australia/Sydney", "America/New_York", "Africa/Cairo")
FIRST = date(2018, 1, 2)
"""A Tuesday; in the ten years from here Tehran gives its summer time up (2022), and Cairo takes it on again (2023)."""
END = date(2028, 1, 1)

WEEKLY = Rule(days=("tue",))
RULES = {
    "weekly": WEEKLY,
    "on three days": Rule(days=("tue", "thu", "sun")),
    "every day": Rule(days=dates.CODES),
    "every other week": Rule(days=("tue", "sat"), interval=2),
    "every other week from Saturday": Rule(days=("tue", "fri", "sat"), interval=2, week_starts="sat"),
    "every fifth week": Rule(days=("tue",), interval=5),
    "first of the month": Rule(days=("tue",), nth=1),
    "third of the month": Rule(days=("sun",), nth=3),
    "last of the month": Rule(days=("fri",), nth=LAST),
    "last of every third month": Rule(days=("wed",), nth=LAST, interval=3),
    "until": Rule(days=("tue", "fri"), until=date(2021, 3, 12)),
    "until between": Rule(days=("tue",), until=date(2021, 3, 10)),
    "count": Rule(days=("tue", "thu"), count=77),
    "count of months": Rule(days=("mon",), nth=2, count=30),
}


def looked_up(rule: Rule, first: date, end: date) -> list[date]:
    """Every day from `first` on to which the rule's words apply, one by one."""
    week_begins = first - timedelta(days=(first.weekday() - dates.CODES.index(rule.week_starts)) % 7)
    found: list[date] = []
    for number in range((end - first).days):
        day = first + timedelta(days=number)
        if dates.CODES[day.weekday()] not in rule.days:
            continue
        if rule.nth is None:
            fits = (day - week_begins).days // 7 % rule.interval == 0
        else:
            same = [d for d in calendar.Calendar().itermonthdates(day.year, day.month) if d.month == day.month]
            same = [d for d in same if d.weekday() == day.weekday()]
            months = (day.year - first.year) * 12 + day.month - first.month
            fits = day == (same[-1] if rule.nth == LAST else same[rule.nth - 1]) and months % rule.interval == 0
        if fits and (rule.until is None or day <= rule.until):
            found.append(day)
    return found[: rule.count]


def looked_at_clocks(wall: datetime, zone: str) -> datetime:
    """Return the first minute at which local clocks show a time; a skipped one, as long after midnight as it would be.

    Only the conversion from UTC to local time is used, which is never ambiguous.
    """
    there = ZoneInfo(zone)
    begin = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    minutes = (begin + timedelta(minutes=number) for number in range(30 * 60))
    for at in minutes:
        if at.astimezone(there).replace(tzinfo=None) == wall:
            return at
    before = [begin + timedelta(minutes=n) for n in range(30 * 60)]
    last = max(at for at in before if at.astimezone(there).replace(tzinfo=None) < wall)
    return last + (wall - last.astimezone(there).replace(tzinfo=None))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_gives_the_days_that_its_words_say(rule):
    assert rule.between(FIRST, FIRST, END - timedelta(days=1)) == looked_up(rule, FIRST, END)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_looked_at_from_the_middle_is_the_same_rule(rule):
    since, last = date(2020, 11, 5), date(2021, 7, 20)
    expected = [day for day in looked_up(rule, FIRST, END) if since <= day <= last]
    assert rule.between(FIRST, since, last) == expected
    assert rule.next_from(FIRST, since) == next((d for d in looked_up(rule, FIRST, END) if d >= since), None)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("rule", [RULES["weekly"], RULES["last of the month"], RULES["every other week"]])
def test_the_clock_time_stays_put_for_ten_years(zone, rule):
    days = rule.between(FIRST, FIRST, END)
    moments = [localise(datetime.combine(day, time(6, 30)), zone) for day in days]
    shown = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in moments]
    assert shown == [datetime.combine(day, time(6, 30)) for day in days]
    assert len({at.time() for at in moments}) > 1, "in ten years clocks changed in each of these places"


def clock_changes(zone: str) -> list[date]:
    """Return the days of these ten years on which the clocks of a place were changed."""
    noons = [datetime.combine(FIRST + timedelta(days=n), time(12), ZoneInfo(zone)) for n in range((END - FIRST).days)]
    return [after.date() for before, after in pairwise(noons) if before.utcoffset() != after.utcoffset()]


@pytest.mark.parametrize("zone", ZONES)
def test_around_every_change_of_clocks_a_wall_time_means_what_clocks_show(zone):
    changes = clock_changes(zone)
    assert len(changes) >= 9
    for day in changes:
        for early in (day - timedelta(days=1), day):
            for hour, minute in ((0, 0), (0, 30), (1, 30), (2, 0), (2, 30), (3, 0), (23, 30)):
                wall = datetime.combine(early, time(hour, minute))
                assert localise(wall, zone) == looked_at_clocks(wall, zone), wall


@pytest.mark.parametrize(
    ("wall", "zone", "moment"),
    [
        ("2027-03-28T02:30", "Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("2027-10-31T02:30", "Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2022-03-22T00:30", "Asia/Tehran", datetime(2022, 3, 21, 21, 0, tzinfo=UTC)),
    ],
    ids=["skipped: as before the change", "repeated: the first", "skipped at midnight"],
)
def test_times_that_clocks_skip_or_repeat(wall, zone, moment):
    assert localise(datetime.fromisoformat(wall), zone) == moment


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_read_as_it_was_written(rule, zone):
    assert Rule.parse(rule.text(zone), zone) == rule


def test_a_rule_is_written_as_the_standard_has_it():
    rule = Rule(days=("tue", "thu"), interval=2, until=date(2027, 6, 30))
    assert rule.text("Asia/Tehran") == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270630T202959Z;WKST=MO"
    assert Rule(days=("fri",), nth=-1, count=3).text("UTC") == "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR;COUNT=3;WKST=MO"


@pytest.mark.parametrize(
    "text", ["FREQ=WEEKLY;BYDAY=1TU", "FREQ=MONTHLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=1TU,2WE"]
)
def test_a_rule_of_another_kind_is_refused(text):
    with pytest.raises(ValueError):
        Rule.parse(text, "UTC")


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": ()},
        {"days": ("someday",)},
        {"days": ("tue", "wed"), "nth": 1},
        {"days": ("tue",), "nth": 5},
        {"days": ("tue",), "interval": 0},
        {"days": ("tue",), "count": 0},
        {"days": ("tue",), "count": 3, "until": FIRST},
    ],
)
def test_what_is_no_rule_is_refused(wrong):
    with pytest.raises(ValueError):
        Rule(**wrong)


def test_nobody_expands_for_ever():
    assert len(Rule(days=("tue",)).between(FIRST, FIRST, date.max)) == 523


@pytest.mark.parametrize(
    ("day", "nth"),
    [(date(2026, 12, 1), 1), (date(2026, 12, 22), 4), (date(2026, 12, 29), LAST), (date(2026, 2, 24), 4)],
)
def test_a_fifth_weekday_is_the_last(day, nth):
    assert nth_in_month(day) == nth


@pytest.mark.parametrize(
    ("rule", "english", "persian"),
    [
        (WEEKLY, "Every Tuesday at 6:00", "هر سه‌شنبه ساعت ۶:۰۰"),
        (Rule(days=("thu", "tue")), "Every Tuesday and Thursday at 6:00", "هر سه‌شنبه و پنجشنبه ساعت ۶:۰۰"),
        (
            Rule(days=("sun", "sat", "tue")),
            "Every Tuesday, Saturday and Sunday at 6:00",
            "هر شنبه، یکشنبه و سه‌شنبه ساعت ۶:۰۰",
        ),
        (Rule(days=dates.CODES), "Every day at 6:00", "هر روز ساعت ۶:۰۰"),
        (Rule(days=("fri",), interval=2), "Every 2 weeks on Friday at 6:00", "هر ۲ هفته، جمعه ساعت ۶:۰۰"),
        (Rule(days=("fri",), nth=1), "Every month on the first Friday at 6:00", "اولین جمعهٔ هر ماه میلادی ساعت ۶:۰۰"),
        (
            Rule(days=("tue",), nth=LAST, interval=2),
            "Every 2 months on the last Tuesday at 6:00",
            "هر ۲ ماه میلادی، آخرین سه‌شنبه ساعت ۶:۰۰",
        ),
        (
            Rule(days=("tue",), until=date(2027, 6, 29)),
            "Every Tuesday at 6:00, until 29 June 2027",
            "هر سه‌شنبه ساعت ۶:۰۰، تا ۸ تیر ۱۴۰۶",
        ),
        (Rule(days=("tue",), count=10), "Every Tuesday at 6:00, 10 times", "هر سه‌شنبه ساعت ۶:۰۰، ۱۰ بار"),
    ],
)
def test_a_rule_in_words_in_both_languages_and_calendars(app, rule, english, persian):
    with i18n.use_locale("en", calendar="gregorian"):
        assert describe_rule(rule, time(6)) == english
    with i18n.use_locale("fa", calendar="solar"):
        assert describe_rule(rule, time(6)) == persian
