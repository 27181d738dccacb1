"""A person in Tehran, and a run in Auckland or Berlin: each story has one clock, and names it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.joining import actions as joining
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.html import words

NOW = datetime(2026, 12, 8, 9, tzinfo=UTC)
START = datetime(2026, 12, 9, 17, tzinfo=UTC)
"""6:00 on 10 December in Auckland, 20:30 on 9 December in Tehran."""


@pytest.fixture(autouse=True)
def _december():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def reader(page):
    person = make_person(name="Sara", phone="+989121110001", locale="en", timezone="Asia/Tehran")
    person.calendar = "gregorian"
    return person, page.as_(person)


def auckland(**given):
    return make_run(
        timezone="Pacific/Auckland",
        starts_local=datetime(2026, 12, 10, 6, tzinfo=UTC).replace(tzinfo=None),
        title="Harbour",
        **given,
    )


def berlin(**given):
    return make_run(
        timezone="Europe/Berlin",
        starts_local=datetime(2026, 12, 9, 8, tzinfo=UTC).replace(tzinfo=None),
        title="Kanal",
        **given,
    )


def test_a_list_by_day_has_day_and_time_of_the_readers_clock_and_names_the_other(reader):
    _person, browser = reader
    run = auckland()
    assert run.starts_at == START
    day = browser.get("/runs", 200).one("section", class_="day")
    assert words(day).startswith("Tomorrow Wednesday, 9 December 20:30")
    assert "Thursday 6:00 (Auckland time)" in words(day)


def test_a_month_has_day_and_time_of_the_readers_clock(reader):
    _person, browser = reader
    auckland()
    page = browser.get("/runs?view=calendar&month=2026-12&day=2026-12-09&anywhere=1", 200)
    cells = [words(cell) for cell in page.all("td") if "Harbour" in words(cell)]
    assert len(cells) == 1
    assert "9 December" in cells[0]
    assert "20:30 Harbour" in cells[0]


def test_day_and_time_in_words_name_the_clock_of_a_place_elsewhere(reader):
    person, browser = reader
    run = auckland()
    take_part(run, person)
    for path in ("participants", "comments", "leave"):
        assert "Thursday 6:00 (Auckland time)" in browser.get(f"/runs/{run.id}/{path}", 200).words
    near = make_run(title="Here")
    assert "(Tehran time)" not in browser.get(f"/runs/{near.id}/participants", 200).words


def test_an_offer_ends_on_the_clock_of_the_run(reader):
    person, browser = reader
    run = berlin(capacity=2)
    leaving = take_part(run)
    take_part(run)
    take_part(run, person, status="WAITLISTED", take_at_once=False)
    joining.leave_run(leaving, run.id)
    db.session.commit()
    page = browser.get("/notifications", 200).words
    assert "tomorrow, Wednesday 8:00, is offered to you until today 12:00 (Berlin time)" in page


def test_home_safe_has_one_clock_in_page_and_sms_and_names_it(reader, work):
    person, browser = reader
    run = berlin()
    take_part(run, person)
    with clock.frozen(run.starts_at + timedelta(minutes=10)):
        form = browser.get(f"/safety/new?run={run.id}", 200)
        assert "On the clock of Berlin" in form.words
        fields = {"expected_at": "09:45", "contact_name": "Maman", "contact_phone": "09121234567"}
        watching = form.form().fill(**fields).submit(status=303).follow().words
        assert "9:45" in watching
        assert "Berlin · 12:15 your time" in watching
        assert "an SMS at 10:00 (Berlin time)" in watching
    for hours, minutes in ((8, 35), (8, 45), (9, 0)):  # UTC
        with clock.frozen(datetime(2026, 12, 9, hours, minutes, 5, tzinfo=UTC)):
            work()
    nudge, ask = texts(person.phone)
    (late,) = texts("+989121234567")
    assert "home by 9:45 (Berlin time)?" in nudge
    assert "at 10:00 (Berlin time)" in ask
    assert "home by 9:45 (Berlin time)" in late
    assert "Kanal, today 8:00," in late
    assert "Last word: today 8:10." in late


def test_a_contact_is_told_the_clock_of_who_runs_alone(reader, work):
    _person, browser = reader
    fields = {"expected_at": "20:30", "contact_name": "Maman", "contact_phone": "09121234567"}
    browser.post("/safety/new", fields, 303)
    assert "(Tehran time)" not in browser.get("/safety", 200).words
    for minutes in (5, 20):
        with clock.frozen(datetime(2026, 12, 8, 17, minutes, tzinfo=UTC)):
            work()
    (late,) = texts("+989121234567")
    assert "home by 20:30 (Tehran time)" in late


def texts(number):
    """Return all that a number has got by SMS, the oldest first."""
    found = select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == number)
    return list(db.session.scalars(found.order_by(ConsoleDelivery.created_at, ConsoleDelivery.id)))


def test_a_visitor_whose_clock_nobody_knows_is_told_no_time_of_theirs(page):
    run = berlin()
    path = f"/runs/{run.id}?lang=en"
    assert "your time" not in page.get(path, 200).words
    page.client.set_cookie("tz", "Asia/Tehran")
    assert "10:30 your time" in page.get(path, 200).words
