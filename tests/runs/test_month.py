"""Runs as a month, in both calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hampa.platform import clock
from hampa.platform.locale import i18n, months
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.html import words
from tests.runs.test_browse import listed

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(db_session):
    with clock.frozen(NOW):
        yield


def on(day, hour=6, **given):
    return make_run(starts_local=datetime.fromisoformat(f"2026-11-{day:02}T{hour:02}:00"), **given)


def cells(answer):
    """Return the days that have runs, with the texts of their lines."""
    found = {}
    for cell in answer.all("td"):
        lines = [words(line) for line in cell.iter("li")]
        if lines:
            number = next(link for link in cell.iter("a") if link.get("class") == "month-number")
            found[words(list(number)[-1]).split(":")[0]] = lines
    return found


def test_each_day_shows_its_first_three_runs_and_how_many_more(page):
    for hour in (6, 7, 8, 9, 10):
        on(27, hour, title=f"At {hour}")
    on(28, title="Next day")
    seen = page.get("/runs?view=calendar", 200)
    assert words(seen.one(id="month-title")) == "November 2026"
    found = cells(seen)
    assert found["Friday, 27 November"][:3] == ["6:00 At 6", "7:00 At 7", "8:00 At 8"]
    assert found["Friday, 27 November"][3].startswith("+2")
    assert found["Saturday, 28 November"] == ["6:00 Next day"]


def test_more_leads_to_the_list_of_that_day_with_the_other_filters(page):
    for hour in (6, 7, 8, 9):
        on(27, hour, title=f"At {hour}")
    on(28)
    more = page.get("/runs?view=calendar&level=beginner").one("a", class_="month-more").get("href")
    assert "level=beginner" in more and "view" not in more
    assert listed(page.get(more, 200)) == ["At 6", "At 7", "At 8", "At 9"]


def test_the_chosen_day_stands_below_and_the_first_with_runs_unless_one_is_chosen(page):
    on(25, title="Wednesday")
    on(27, title="Friday")
    assert listed(page.get("/runs?view=calendar")) == ["Wednesday"]
    assert listed(page.get("/runs?view=calendar&day=2026-11-27")) == ["Friday"]
    assert listed(page.get("/runs?view=calendar&day=1405-09-06")) == ["Friday"]
    assert listed(page.get("/runs?view=calendar&day=2026-11-26")) == []
    assert listed(page.get("/runs?view=calendar&day=2027-11-26")) == ["Wednesday"]


def test_filters_narrow_the_month(page):
    on(25, title="Road")
    on(27, title="Trail", terrain="trail", latitude=35.7, longitude=51.4)
    assert list(cells(page.get("/runs?view=calendar&terrain=trail"))) == ["Friday, 27 November"]
    assert list(cells(page.get("/runs?view=calendar&q=road"))) == ["Wednesday, 25 November"]
    assert list(cells(page.get("/runs?view=calendar&near=35.7,51.4&radius_km=1"))) == ["Friday, 27 November"]
    assert list(cells(page.get("/runs?view=calendar&from=2026-11-26"))) == ["Friday, 27 November"]


def test_months_of_the_solar_calendar_and_weeks_from_saturday_in_persian(page):
    on(27, title="Loop")
    person = make_person(locale="fa", calendar="solar")
    seen = page.as_(person).speaking("fa").get("/runs?view=calendar", 200)
    assert words(seen.one(id="month-title")) == "آذر ۱۴۰۵"
    assert next(iter(seen.all("th"))).get("abbr") == "شنبه"
    before = page.as_(person).speaking("fa").get(seen.one("a", rel="prev").get("href"), 200)
    assert words(before.one(id="month-title")) == "آبان ۱۴۰۵"
    later = page.as_(person).speaking("fa").get(before.one("a", rel="next").get("href"), 200)
    assert words(later.one(id="month-title")) == "آذر ۱۴۰۵"
    assert list(cells(later)) == ["جمعه ۶ آذر"]


def test_a_month_in_which_nothing_is_left_gives_way_to_the_next_unless_it_is_asked_for(page):
    make_run(starts_local=datetime.fromisoformat("2026-12-04T06:00"), title="Loop")
    assert words(page.get("/runs?view=calendar", 200).one(id="month-title")) == "December 2026"
    assert words(page.get("/runs?view=calendar&month=2026-11").one(id="month-title")) == "November 2026"
    assert listed(page.get("/runs?view=calendar")) == ["Loop"]


def test_weeks_begin_on_monday_in_english(page):
    assert next(iter(page.get("/runs?view=calendar").all("th"))).get("abbr") == "Monday"


def test_one_goes_from_month_to_month_until_the_last_and_not_before_this_one(page):
    on(27)
    seen = page.get("/runs?view=calendar", 200)
    assert not seen.all("a", rel="prev")
    titles = []
    while seen.all("a", rel="next"):
        seen = page.get(seen.one("a", rel="next").get("href"), 200)
        titles.append(words(seen.one(id="month-title")))
    assert titles[:2] == ["December 2026", "January 2027"]
    assert len(titles) == months.FAR
    assert words(page.get(seen.one("a", rel="prev").get("href")).one(id="month-title")) == titles[-2]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "2026-13", "1405-00", "2026-10", "0001-01", "9999-12", "2040-01", "۱"]
)
def test_a_month_that_cant_be_shown_is_this_one(page, text):
    on(27)
    assert words(page.get(f"/runs?view=calendar&month={text}", 200).one(id="month-title")) == "November 2026"


def test_a_month_of_the_other_calendar_is_understood(page):
    seen = page.get("/runs?view=calendar&month=1405-10", 200)
    assert words(seen.one(id="month-title")) == "January 2027"


def test_days_are_those_of_who_looks(page):
    on(27, 1, title="Night run")
    there = page.as_(make_person(timezone="America/New_York", locale="en", calendar="gregorian"))
    assert list(cells(there.get("/runs?view=calendar"))) == ["Thursday, 26 November"]


@pytest.mark.parametrize("viewer", ["visitor", "stranger"])
def test_a_crowded_month_costs_as_many_statements_and_no_more_than_its_size(page, viewer, request, statements):
    browser = page.as_(request.getfixturevalue(viewer))
    costs = []
    for rows in (1, 6):
        for day in (25, 26, 27, 28, 29, 30):
            for _ in range(rows):
                on(day, title="x" * 120)
        with statements() as seen:
            answer = browser.get("/runs?view=calendar&day=2026-11-25")
        costs.append(len(seen))
    assert costs[0] == costs[1]
    assert len(answer.all(class_="month-runs")) == 6
    assert all(len(list(day)) <= 4 for day in answer.all(class_="month-runs"))


def test_weeks_hold_each_day_of_the_month_once_in_both_calendars(app):
    for locale, calendar in (("en", "gregorian"), ("fa", "solar"), ("en", "solar"), ("fa", "gregorian")):
        with i18n.use_locale(locale, calendar=calendar):
            month = months.month_of(date(2026, 11, 21))
            for _ in range(40):
                weeks = month.weeks()
                days = [day for week in weeks for day in week]
                own = [day for day in days if month.holds(day)]
                assert all(len(week) == 7 for week in weeks) and days == sorted(set(days))
                assert own[0] == month.first and 29 - (month.solar is False) <= len(own) <= 31
                assert any(month.holds(day) for day in weeks[0]) and any(month.holds(day) for day in weeks[-1])
                assert month.moved(1).moved(-1) == month
                month = month.moved(1)
