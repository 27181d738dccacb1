"""Calendars as we write them, held against the text of RFC 5545 and a library that reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Timezone

from hampa.platform import ical
from tests.house.payloads import HOSTILE

ZONES = (
    "Asia/Tehran",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Pacific/Chatham",
)
HALF_AN_HOUR = timedelta(minutes=30)


def entry(zone="Asia/Tehran", **given):
    starts = given.pop("starts_at", datetime(2027, 3, 28, 4, tzinfo=UTC))
    values = {
        "uid": "1@hampa",
        "sequence": 3,
        "status": "CONFIRMED",
        "created_at": starts,
        "changed_at": starts,
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=2),
        "zone": ZoneInfo(zone),
        "summary": "Loop",
        "location": "Park",
        "description": "",
        "url": "https://hampa.example/runs/1",
    }
    return ical.Entry(**(values | given))


def read(*entries, **more):
    calendar = Calendar.from_ical(ical.calendar(entries, **more))
    return calendar, calendar.events


def observances(calendar, zone):
    """Return the rules of a zone as the text of the calendar has them: (onset by the clock before it, from, to)."""
    rules = next(rules for rules in calendar.timezones if rules["TZID"] == zone)
    found = [(part["DTSTART"].dt, part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td) for part in rules.subcomponents]
    return sorted(found, key=lambda one: one[0] - one[1])


def offset_at(rules, moment):
    """Return the offset at a moment by the rules (RFC 5545 §3.6.5): that of the last observance that has begun."""
    begun = [to for onset, before, to in rules if (onset - before).replace(tzinfo=UTC) <= moment]
    return begun[-1]


@pytest.mark.parametrize("zone", ZONES)
def test_the_rules_of_a_zone_are_right_at_every_half_hour(zone):
    calendar, _events = read(entry(zone), entry(zone, starts_at=datetime(2028, 10, 1, tzinfo=UTC)))
    rules = observances(calendar, zone)
    there, moment = ZoneInfo(zone), datetime(2026, 7, 1, tzinfo=UTC)
    while moment < datetime(2029, 7, 1, tzinfo=UTC):
        assert offset_at(rules, moment) == moment.astimezone(there).utcoffset(), f"{zone} at {moment}"
        moment += HALF_AN_HOUR


def test_the_library_writes_the_onset_of_summer_time_an_hour_late():
    """Why the rules are built here: once this fails, `Timezone.from_tzinfo` may do it."""
    rules = Timezone.from_tzinfo(ZoneInfo("Europe/Berlin"), first_date=date(2027, 1, 1), last_date=date(2028, 1, 1))
    [summer] = rules.daylight
    assert summer["DTSTART"].dt == datetime(2027, 3, 28, 3)  # noqa: DTZ001 - by the clock of before it is 2:00
    assert summer["TZOFFSETFROM"].td == timedelta(hours=1)
    [ours] = [rule for rule in observances(read(entry("Europe/Berlin"))[0], "Europe/Berlin") if rule[0].year == 2027][
        :1
    ]
    assert ours[0] == datetime(2027, 3, 28, 2)  # noqa: DTZ001


def test_a_zone_without_daylight_saving_has_one_rule_and_utc_has_none():
    assert len(observances(read(entry("Asia/Tehran"))[0], "Asia/Tehran")) == 1
    calendar, events = read(entry("UTC"))
    assert not calendar.timezones
    assert events[0].start == datetime(2027, 3, 28, 4, tzinfo=UTC)


def test_each_zone_is_described_once_however_many_entries_are_in_it():
    calendar, _events = read(*(entry(zone) for zone in ("Asia/Tehran", "Europe/Berlin", "Asia/Tehran", "UTC")))
    assert [rules["TZID"] for rules in calendar.timezones] == ["Asia/Tehran", "Europe/Berlin"]


def test_an_hour_that_comes_twice_is_told_apart():
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 10, 31, 2, 30, tzinfo=berlin).astimezone(UTC)
    calendar, events = read(entry("Europe/Berlin", starts_at=first, ends_at=first + timedelta(hours=1)))
    assert calendar
    assert events[0]["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert events[0]["DTEND"].dt == first + timedelta(hours=1)
    assert "TZID" not in events[0]["DTEND"].params


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if text.isprintable() or "\n" in text])
def test_what_people_write_comes_back_as_they_wrote_it(hostile):
    hostile = hostile.replace("\r", "").encode(errors="ignore").decode()
    _calendar, events = read(entry(summary=hostile, location=hostile, description=hostile))
    assert len(events) == 1
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
        assert str(events[0][name]) == hostile


INJECTIONS = (
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "x\nATTACH:https://evil.example",
    'x":mailto:evil@evil.example\r\nX-EVIL:1',
    "\x00\x07\x1b[31m",
)


@pytest.mark.parametrize("evil", INJECTIONS)
def test_no_text_becomes_a_property_of_its_own(evil):
    plain = set(read(entry())[1][0])
    _calendar, events = read(entry(summary=evil, location=evil, description=evil))
    assert len(events) == 1
    assert set(events[0]) == plain
    assert events[0]["UID"] == "1@hampa"


@pytest.mark.parametrize("letter", ["a", "é", "چ", "🏃", "👩\u200d👧"])
@pytest.mark.parametrize("length", [1, 30, 31, 74, 75, 76, 300])
def test_lines_are_folded_between_letters_at_75_octets(letter, length):
    written = ical.calendar([entry(summary=letter * length)])
    lines = written.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[-1] == b""
    assert b"\n" not in written.replace(b"\r\n", b"")
    for line in lines:
        line.decode()
    assert str(Calendar.from_ical(written).events[0]["SUMMARY"]) == letter * length


def test_a_calendar_is_no_message_and_says_when_the_entry_changed():
    feed, kept = read(entry())
    assert "METHOD" not in feed
    assert "ORGANIZER" not in kept[0]
    assert kept[0].stamp == kept[0].last_modified == datetime(2027, 3, 28, 4, tzinfo=UTC)
    assert ical.calendar([entry()]) == ical.calendar([entry()])


@pytest.mark.parametrize("geo", [(35.7412345, -51.2), (0.00001, -0.00001), (0.0, 0.0)])
def test_a_place_is_written_in_digits(geo):
    [line] = [line for line in ical.calendar([entry(geo=geo)]).splitlines() if line.startswith(b"GEO")]
    assert re.fullmatch(rb"GEO:-?[0-9]+\.[0-9]+;-?[0-9]+\.[0-9]+", line)


def test_an_entry_is_written_once_for_all_calendars(monkeypatch):
    one, other = entry(uid="once@hampa"), entry(uid="again@hampa")
    ical.calendar([one, other], name="All")
    monkeypatch.setattr("icalendar.Event", None)
    assert ical.calendar([one], name="Mine").count(b"UID:once@hampa") == 1
    with pytest.raises(TypeError):
        ical.calendar([entry(uid="once@hampa", sequence=4)])
