"""The feed of one's own runs: what stands in it, who may read it, and a calendar program that subscribes to it."""

from __future__ import annotations

from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from hampa.blocks.actions import block
from hampa.calendars import queries
from hampa.calendars.actions import choose_alarm
from hampa.calendars.models import CalendarFeed
from hampa.platform import clock, ical
from hampa.runs.models.participation import Participation
from tests.factories.feeds import make_feed
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.html import words


def read(page, address):
    """Return the feed's calendar, and its events by their title."""
    answer = page.get(address, 200)
    assert answer.response.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.text)
    return calendar, {str(event["SUMMARY"]): event for event in calendar.events}


def address_on(answer):
    """Return the path and query of the address that a page shows."""
    parts = urlsplit(answer.one(id="feed-address").get("value"))
    return f"{parts.path}?{parts.query}"


def test_all_that_is_mine_stands_in_it_as_it_is(page, stranger):
    expected = {}
    for status, said in (
        ("GOING", "CONFIRMED"),
        ("COMPLETED", "CONFIRMED"),
        ("WAITLISTED", "TENTATIVE"),
        ("OFFERED", "TENTATIVE"),
        ("REQUESTED", "TENTATIVE"),
        ("INTERESTED", "TENTATIVE"),
    ):
        run = make_run(title=f"Run as {status}")
        ends = clock.now() + timedelta(hours=1) if status == "OFFERED" else None
        take_part(run, stranger, status, left_at=None, offer_ends_at=ends)
        expected[run.title] = said
    expected[make_run(stranger, title="My own").title] = "CONFIRMED"
    off = make_run(title="Called off", cancelled_at=clock.now(), cancel_reason="Ice on the road")
    take_part(off, stranger)
    expected[off.title] = "CANCELLED"
    left = make_run(title="Left")
    take_part(left, stranger, "LEFT")
    take_part(make_run(title="Of somebody else"))
    _calendar, events = read(page, make_feed(stranger))
    assert {title: str(event["STATUS"]) for title, event in events.items()} == expected
    assert events["Called off"]["DESCRIPTION"].startswith("Cancelled: Ice on the road")
    assert events["Run as WAITLISTED"]["DESCRIPTION"].startswith("You're on the waitlist.")


def test_runs_of_the_last_ninety_days_stay_and_older_ones_go(page, stranger):
    for days in (-89, -91):
        take_part(make_run(title=f"{days} days", starts_local=in_days(days)), stranger)
    assert list(read(page, make_feed(stranger))[1]) == ["-89 days"]


def test_programs_are_told_its_name_and_when_to_look_again(page, stranger):
    calendar, _events = read(page, make_feed(stranger))
    assert calendar["X-WR-CALNAME"] == "My runs · Hampa"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert "METHOD" not in calendar
    persian = read(page, make_feed(make_person(locale="fa")))[0]
    assert persian["X-WR-CALNAME"] == "قرارهای من · همپا"


def test_the_same_entry_has_the_same_id_in_the_feed_and_on_the_run(page, stranger):
    run = make_run(stranger, title="Mine")
    single = next(iter(Calendar.from_ical(page.get(f"/runs/{run.id}.ics", 200).text).events))
    assert read(page, make_feed(stranger))[1]["Mine"]["UID"] == single["UID"]


def test_nobody_reads_it_without_the_token(page, owner):
    make_run(owner, title="Mine", visibility="link")
    address = make_feed(owner)
    assert not read(page.as_(owner), "/runs.ics")[1]
    for wrong in ("", "x" * 43, address.partition("=")[2].lower(), "\udce9", "ä"):
        page.get("/runs.ics", 404, query_string={"token": wrong.encode("utf-8", "surrogateescape")})
    page.get(address, 200)
    owner.state = "suspended"
    page.get(address, 404)


def test_the_token_is_random_and_only_its_hash_is_kept(db_session, page, owner):
    addresses = {make_feed(make_person()) for _ in range(3)} | {make_feed(owner)}
    tokens = [address.partition("=")[2] for address in addresses]
    assert len(set(tokens)) == 4
    assert min(map(len, tokens)) >= 43
    kept = {feed.token_hash for feed in db_session.query(CalendarFeed)}
    assert len(kept) == 4
    assert not kept & set(tokens)


def test_the_address_is_shown_once_and_a_new_one_ends_the_old(page, owner):
    make_run(owner, title="Mine")
    browser = page.as_(owner)
    assert "/me/calendar" in browser.get("/me/runs").links
    made = browser.get("/me/calendar").form("/me/calendar").submit(status=303).follow()
    first = address_on(made)
    assert "no-store" in made.response.headers["Cache-Control"]
    assert "webcal:" in " ".join(made.links)
    again = browser.get("/me/calendar", 200)
    assert not again.all(id="feed-address")
    assert "has an address since" in again.words
    assert "Mine" in read(page, first)[1]
    second = address_on(again.form("/me/calendar").submit(status=303).follow())
    page.get(first, 404)
    page.get(second, 200)
    browser.get("/me/calendar").form("/me/calendar/end").submit(status=303)
    page.get(second, 404)
    assert [words(button) for button in browser.get("/me/calendar").all("button")][-1:] == ["Make my address"]


def test_what_has_not_changed_is_not_sent_again(page, owner):
    run = make_run(owner, title="Mine")
    address = make_feed(owner)
    mark = page.get(address, 200).response.headers["ETag"]
    with clock.shifted(timedelta(hours=5)):
        unchanged = page.get(address, 304, headers={"If-None-Match": mark})
    assert not unchanged.text
    page.as_(owner).post(f"/runs/{run.id}/cancel", {}, 303)
    page.get(address, 200, headers={"If-None-Match": mark})


def test_it_needs_no_session_and_makes_none(page, owner):
    answer = page.get(make_feed(owner), 200).response
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_the_token_stands_in_no_log(app, page, owner, capfd):
    address = make_feed(owner)
    page.get(address, 200)
    page.get("/runs.ics?token=somebodys-secret-token", 404)
    told = "".join(capfd.readouterr())
    assert "/runs.ics" in told
    assert address.partition("=")[2] not in told
    assert "somebodys-secret-token" not in told


@pytest.mark.parametrize("many", [2, 30])
def test_any_number_of_runs_takes_the_same_few_statements(page, stranger, statements, many):
    for _ in range(many):
        take_part(make_run(), stranger)
    address = make_feed(stranger)
    with statements() as seen:
        page.get(address, 200)
    assert len(seen) == 4


def test_no_more_runs_are_given_than_a_program_can_take(page, stranger, monkeypatch):
    monkeypatch.setattr(queries, "MOST", 2)
    for days in (3, 1, 2):
        take_part(make_run(title=f"in {days}", starts_local=in_days(days)), stranger)
    assert list(read(page, make_feed(stranger))[1]) == ["in 1", "in 2"]


def test_a_feed_that_has_not_changed_is_not_built_again(page, stranger, statements, remembering, monkeypatch):
    for _ in range(5):
        take_part(make_run(), stranger)
    address = make_feed(stranger)
    first = page.get(address, 200)
    monkeypatch.setattr(ical, "pieces", None)
    with statements() as seen:
        second = page.get(address, 200)
    assert len(seen) == 3
    assert second.response.data == first.response.data


def test_whatever_changes_a_feed_is_seen_at_once(page, db_session, owner, stranger, remembering):
    run = make_run(owner, title="Loop")
    take_part(run, stranger)
    [part] = db_session.query(Participation).filter_by(person_id=stranger.id)
    address = make_feed(stranger)

    def event():
        db_session.flush()
        return read(page, address)[1].get("Loop")

    assert event()["STATUS"] == "CONFIRMED"
    part.status = "WAITLISTED"
    assert event()["STATUS"] == "TENTATIVE"
    run.place = "South gate"
    assert event()["LOCATION"] == "South gate"
    owner.name = "Somebody else"
    assert "Organiser: Somebody else" in event()["DESCRIPTION"]
    block(owner, stranger.id)
    assert "Organiser" not in event()["DESCRIPTION"]
    stranger.locale = "fa"
    assert event()["DESCRIPTION"].startswith("در صف انتظاری.")
    part.status, part.left_at = "LEFT", clock.now()
    assert event() is None


def alarms_in(page, address):
    """Return how long before each run the feed reminds, by its title."""
    events = read(page, address)[1]
    return {title: [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] for title, event in events.items()}


def test_the_chosen_alarm_stands_at_runs_that_one_goes_to_or_organises(page, stranger):
    take_part(make_run(title="Going"), stranger)
    make_run(stranger, title="Organised")
    for status in ("WAITLISTED", "INTERESTED"):
        take_part(make_run(title=status), stranger, status)
    take_part(make_run(title="Called off", cancelled_at=clock.now()), stranger)
    address, browser = make_feed(stranger), page.as_(stranger)
    assert not any(alarms_in(page, address).values())
    browser.get("/me/calendar").form("/me/calendar/alarm").fill(alarm="1_hour").submit(status=303)
    assert {title: times for title, times in alarms_in(page, address).items() if times} == {
        "Going": [timedelta(hours=-1)],
        "Organised": [timedelta(hours=-1)],
    }
    assert browser.get("/me/calendar").form("/me/calendar/alarm").values["alarm"] == "1_hour"
    browser.post("/me/calendar/alarm", {"alarm": "daily"}, 422)
    for run in ("/runs.ics", f"/runs/{make_run().id}.ics"):
        assert "VALARM" not in page.get(run, 200).text


@pytest.mark.parametrize(
    ("alarm", "hour", "doubled", "before"),
    [
        ("2_hours", 18, True, timedelta(hours=2)),
        ("evening", 18, True, timedelta(hours=22)),
        ("30_minutes", 18, False, timedelta(minutes=30)),
        # The site itself reminds of a run at dawn the evening before alone: at four it is quiet.
        ("2_hours", 6, False, timedelta(hours=2)),
        ("evening", 6, True, timedelta(hours=10)),
    ],
)
def test_an_alarm_does_not_double_what_the_site_reminds_of(page, stranger, alarm, hour, doubled, before):
    stranger.quiet_from, stranger.quiet_to = time(22), time(7)
    take_part(make_run(title="Going", starts_local=in_days(3, hour)), stranger)
    make_run(stranger, title="Organised", starts_local=in_days(3, hour))
    address = make_feed(stranger)
    choose_alarm(stranger, alarm)
    assert alarms_in(page, address) == {"Going": [] if doubled else [-before], "Organised": [-before]}
    stranger.reminders = False
    assert alarms_in(page, address)["Going"] == [-before]
