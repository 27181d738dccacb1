"""The run in one's calendar program: read back as such programs do (RFC 5545)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from hampa.platform import clock
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run
from tests.plans.saving import save


def entry(page, run):
    answer = page.get(f"/runs/{run.id}.ics", 200)
    assert answer.response.mimetype == "text/calendar"
    assert "attachment" in answer.response.headers["Content-Disposition"]
    calendar = Calendar.from_ical(answer.text)
    return calendar, next(iter(calendar.events))


@pytest.mark.parametrize("zone", ["Asia/Tehran", "Europe/Berlin", "America/New_York", "UTC"])
def test_it_stands_at_the_wall_clock_of_the_place_with_the_rules_of_its_zone(page, zone):
    run = make_run(timezone=zone, starts_local=in_days(200, zone=zone), duration_min=80)
    calendar, event = entry(page, run)
    assert event.start == run.starts_at
    assert event.end == run.starts_at + timedelta(minutes=80)
    if zone == "UTC":
        return
    assert event["DTSTART"].params["TZID"] == zone
    rules = next(iter(calendar.timezones)).to_tz()
    for days in (-180, 0, 180):
        moment = run.starts_local + timedelta(days=days)
        assert moment.replace(tzinfo=rules).utcoffset() == moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()


def test_it_carries_what_a_calendar_shows(page):
    run = make_run(
        title="Loop; with, signs\\", place="North gate, lake", latitude=35.74, longitude=51.2, description="چای\nبعدش"
    )
    _calendar, event = entry(page, run)
    assert (event["SUMMARY"], event["LOCATION"], event["STATUS"]) == (run.title, run.place, "CONFIRMED")
    assert (event["GEO"].latitude, event["GEO"].longitude) == (35.74, 51.2)
    assert event["URL"].endswith(f"/runs/{run.id}")
    assert event["DESCRIPTION"].startswith("چای\nبعدش")


def test_an_edit_and_a_cancellation_replace_what_was_there(page, owner):
    run = make_run(owner)
    _calendar, before = entry(page, run)
    save(page.as_(owner).get(f"/runs/{run.id}/edit").form(), place="South gate")
    _calendar, moved = entry(page, run)
    page.as_(owner).post(f"/runs/{run.id}/cancel", {}, 303)
    calendar, cancelled = entry(page, run)
    assert before["UID"] == moved["UID"] == cancelled["UID"]
    assert [event["SEQUENCE"] for event in (before, moved, cancelled)] == [0, 1, 2]
    assert (moved["LOCATION"], cancelled["STATUS"]) == ("South gate", "CANCELLED")
    assert "METHOD" not in calendar


def test_somebody_who_joins_changes_nothing_in_it(page, stranger):
    run = make_run()
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert entry(page, run)[1]["SEQUENCE"] == 0


def test_one_of_long_ago_and_one_by_link_are_given_too(page):
    for run in (make_run(starts_local=in_days(-400)), make_run(visibility="link", cancelled_at=clock.now())):
        assert entry(page, run)[1].start == run.starts_at


def test_it_names_the_organiser_and_gives_nothing_else_of_them_away(page):
    organiser = make_person(name='Sara "Speedy" Karimi')
    run = make_run(organiser)
    answer = page.get(f"/runs/{run.id}.ics", 200)
    event = Calendar.from_ical(answer.text).events[0]
    assert 'Organiser: Sara "Speedy" Karimi' in str(event["DESCRIPTION"])
    assert not {"ORGANIZER", "ATTENDEE"} & set(event)
    assert organiser.phone not in answer.text
    assert "mailto" not in answer.text.lower()


def test_the_description_is_read_without_its_marks(page):
    run = make_run(
        directions="By the kiosk",
        description="# Plan\n\nWe *wait*, see [the map](https://maps.example/x).\n\n- water\n- shoes",
    )
    said = str(entry(page, run)[1]["DESCRIPTION"])
    assert said.startswith(
        "By the kiosk\n\nPlan\n\nWe wait, see the map (https://maps.example/x).\n- water\n- shoes\n\nOrganiser: "
    )


def test_a_cancelled_one_says_why_and_when_that_was(page, owner):
    run = make_run(owner)
    page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": "Ice on the road"}, 303)
    event = entry(page, run)[1]
    assert event["DESCRIPTION"].startswith("Cancelled: Ice on the road\n\n")
    assert event.last_modified == run.cancelled_at.replace(microsecond=0)


def test_it_begins_when_people_leave_and_says_when_to_be_there(page):
    run = make_run(meet_minutes_before=15, timezone="Europe/Berlin")
    event = entry(page, run)[1]
    assert event.start == run.starts_at
    assert event["DESCRIPTION"].startswith("Be there at 5:45 (Berlin time).")
