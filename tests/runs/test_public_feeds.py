"""Feeds of public runs for calendar programs: of a list, an organiser, a series; the same for whoever asks."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from icalendar import Calendar

from hampa.blocks.actions import block
from hampa.calendars import queries, views
from hampa.platform import clock, ical
from hampa.runs.models.run import Run
from tests.factories.feeds import make_feed
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.factories.series import make_series

VIEWERS = ("visitor", "stranger", "companion", "owner", "operator")


def read(page, address):
    """Return the feed's events by their titles, in their order."""
    answer = page.get(address, 200)
    assert answer.response.mimetype == "text/calendar"
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.text).events}


def address_on(answer):
    """Return the path and query of the address to subscribe to that a page shows."""
    parts = urlsplit(answer.one(id="feed-address").get("value"))
    return f"{parts.path}?{parts.query}"


def open_organiser(**given):
    return make_person(profile_visibility="everyone", **given)


def test_whoever_asks_gets_what_a_visitor_sees(page, request, setting):
    make_run(title="By link alone", visibility="link")
    mine = make_run(setting.owner, title="Of the owner, by link", visibility="link")
    take_part(mine, setting.companion)
    make_run(title="For women", company="women")
    answers = {page.as_(request.getfixturevalue(viewer)).get("/runs.ics", 200).text for viewer in VIEWERS}
    assert len(answers) == 1
    events = read(page, "/runs.ics")
    assert events.keys() == {setting.run.title, "For women"}
    assert str(events["For women"]["STATUS"]) == "CONFIRMED"


def test_a_feed_takes_the_filters_of_the_list(page):
    make_run(title="Beginners' loop", level="beginner", starts_local=in_days(3))
    make_run(title="Trail of experts", level="advanced", terrain="trail", starts_local=in_days(2))
    make_run(title="In Berlin", timezone="Europe/Berlin", latitude=52.52, longitude=13.4, starts_local=in_days(5))
    assert list(read(page, "/runs.ics")) == ["Trail of experts", "Beginners' loop", "In Berlin"]
    for query in ("q=loop", "level=beginner", "terrain=road&near=Tehran", "to=" + in_days(3).date().isoformat()):
        listed = page.get(f"/runs?{query}").text
        events = read(page, f"/runs.ics?{query}")
        assert "Beginners' loop" in events
        assert {title for title in ("Trail of experts", "In Berlin") if title in listed} == events.keys() - {
            "Beginners' loop"
        }
    assert list(read(page, "/runs.ics?near=Nowhereville&terrain=trail")) == ["Trail of experts"]


def test_events_keep_their_id_and_say_what_became_of_them(page, db_session):
    run = make_run(title="Loop", timezone="Europe/Berlin", latitude=35.7, longitude=51.34)
    feeds = ("/runs.ics", "/runs.ics?q=loop&near=Tehran&radius_km=200")
    uid = str(read(page, feeds[0])["Loop"]["UID"])
    assert uid == str(read(page, f"/runs/{run.id}.ics")["Loop"]["UID"])
    assert "TZID:Europe/Berlin" in page.get(feeds[0]).text
    organiser = db_session.get(Run, run.id).organiser_id
    page.as_(db_session.get(type(make_person()), organiser)).post(f"/runs/{run.id}/cancel", {"reason": "Ice"}, 303)
    for feed in feeds:
        event = read(page, feed)["Loop"]
        assert (str(event["UID"]), str(event["STATUS"]), event["SEQUENCE"]) == (uid, "CANCELLED", 1)
    begins = db_session.get(Run, run.id).starts_at
    with clock.frozen(begins + timedelta(hours=12)):
        assert "Loop" in read(page, feeds[0])
    with clock.frozen(begins + timedelta(days=2)):
        assert not read(page, feeds[0])


def test_names_follow_the_language_of_the_address_and_no_cookie_is_set(page):
    make_run(title="Loop", level="beginner")
    for query, name in (("?lang=fa", "قرارهای دو"), ("?lang=en&level=beginner", "Runs: Beginner · Hampa")):
        answer = page.get(f"/runs.ics{query}", 200)
        assert name in Calendar.from_ical(answer.text)["X-WR-CALNAME"]
        assert "Set-Cookie" not in answer.response.headers


def test_a_feed_in_the_clock_of_a_person_is_kept_by_no_shared_cache(page, owner):
    browser = page.as_(owner)
    for later in (timedelta(), timedelta(hours=1)):
        with clock.shifted(later):
            assert "public" in page.get("/runs.ics", 200).response.headers["Cache-Control"]
            assert "public" not in browser.get("/runs.ics", 200).response.headers["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again(page, remembering):
    run = make_run(title="Loop")
    first = page.get("/runs.ics", 200).response
    assert first.headers["Cache-Control"] == "public, max-age=300"
    page.get("/runs.ics", 304, headers={"If-None-Match": first.headers["ETag"]})
    take_part(run)
    page.as_(make_person()).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    page.get("/runs.ics", 304, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    with clock.shifted(timedelta(minutes=10)):
        make_run(title="Another")
        changed = page.get("/runs.ics", 200, headers={"If-Modified-Since": first.headers["Last-Modified"]}).response
        assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_feed_is_built_once_for_all_who_ask(page, statements, remembering, monkeypatch):
    run = make_run(title="Loop")
    page.get("/runs.ics?q=loop", 200)
    monkeypatch.setattr(ical, "pieces", None)
    with statements() as seen:
        page.get("/runs.ics?q=loop", 200)
    assert not seen
    page.as_(make_person()).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert "Loop" in page.get("/runs.ics?q=loop", 200).text, "the feed was built anew because somebody joined"


def test_no_more_runs_are_given_than_a_program_can_take(page, monkeypatch):
    monkeypatch.setattr(queries, "MOST_PUBLIC", 2)
    owner = open_organiser()
    for days in (3, 1, 2):
        make_run(owner, title=f"in {days}", starts_local=in_days(days))
    for address in ("/runs.ics", "/runs.ics?q=in", f"/people/{owner.id}/runs.ics"):
        assert list(read(page, address)) == ["in 1", "in 2"]


def test_an_organisers_feed_has_their_public_runs_and_those_they_help_with(page, db_session):
    owner = open_organiser(name="Sara")
    make_run(owner, title="Hers")
    make_run(owner, title="By link", visibility="link")
    make_run(owner, title="Called off", cancelled_at=clock.now())
    make_run(title="Of others")
    events = read(page, f"/people/{owner.id}/runs.ics?lang=en")
    assert {title: str(event["STATUS"]) for title, event in events.items()} == {
        "Hers": "CONFIRMED",
        "Called off": "CANCELLED",
    }


@pytest.mark.parametrize("change", [{"profile_visibility": "signed_in"}, {"state": "suspended"}, {"name": ""}])
def test_an_organiser_who_is_not_open_to_everybody_has_no_feed_as_their_page(page, owner, stranger, change):
    organiser = open_organiser()
    make_run(organiser)
    address = f"/people/{organiser.id}"
    page.get(f"{address}/runs.ics", 200)
    for name, value in change.items():
        setattr(organiser, name, value)
    page.get(address, 404)
    for viewer in (page, page.as_(owner), page.as_(stranger), page.as_(organiser)):
        viewer.get(f"{address}/runs.ics", 404)
    page.get(f"/people/{stranger.id}/runs.ics", 404)


def test_a_series_feed_has_the_runs_of_its_page(page, db_session, work):
    series = make_series(title="Fridays")
    work()
    address = f"/series/{series.id}.ics"
    answer = Calendar.from_ical(page.get(f"{address}?lang=en", 200).text)
    assert answer["X-WR-CALNAME"] == "Fridays · Hampa"
    assert len(answer.events) > 5
    hidden = db_session.query(Run).filter_by(series_id=series.id).order_by(Run.starts_at).first()
    hidden.visibility = "link"
    assert len(Calendar.from_ical(page.get(address, 200).text).events) == len(answer.events) - 1


@pytest.mark.parametrize("viewer", VIEWERS)
def test_pages_offer_the_address_of_their_feed(page, request, viewer, setting):
    """What is subscribed to is the list as it is, without its days, and the place by its degrees."""
    browser = page.as_(request.getfixturevalue(viewer))
    organiser = open_organiser()
    run = make_run(organiser, title="Loop", level="beginner")
    query = f"level=beginner&near=Tehran&from={in_days(0).date()}&weekday=fri&weekday=sat&view=map"
    address = address_on(browser.get(f"/runs?{query}"))
    asked = parse_qs(urlsplit(address).query)
    assert sorted(asked) == ["lang", "level", "near", "radius_km", "weekday"]
    assert asked["weekday"] == ["fri", "sat"]
    assert "35.6" in asked["near"][0]
    page.get(address, 200)
    assert address_on(browser.get(f"/people/{organiser.id}")).startswith(f"/people/{organiser.id}/runs.ics?")
    series = make_series(title="Fridays")
    listed = browser.get(f"/series/{series.id}")
    assert "Fridays" in page.get(address_on(listed), 200).text
    assert any(link.startswith("webcal:") for link in listed.links)
    assert run.title


def test_a_pace_in_miles_is_the_same_in_the_address(page):
    person = make_person(units="miles")
    address = address_on(page.as_(person).get("/runs?pace=8:03&pace_within=30"))
    asked = parse_qs(urlsplit(address).query)
    assert asked["pace"] == ["5:00"]
    assert asked["pace_within"] == ["30"]


def test_a_token_opens_ones_own_runs_and_nothing_else_does(page, owner):
    make_run(owner, title="Mine by link", visibility="link")
    address = make_feed(owner)
    assert "Mine by link" in read(page, address)
    assert "Mine by link" in read(page, f"{address}&q=other")
    for wrong in ("", "x" * 43):
        page.get(f"/runs.ics?token={wrong}", 404)


def test_a_browser_that_is_signed_in_shows_nobody_who_is_hidden(page, stranger):
    hidden = open_organiser(name="Juniperwood")
    series = make_series(hidden, title="Hidden series")
    addresses = ("/runs.ics", f"/people/{hidden.id}/runs.ics", f"/series/{series.id}.ics")
    browser = page.as_(stranger)
    for address in addresses:
        assert "Juniperwood" in browser.get(address, 200).text
    block(stranger, hidden.id)
    answer = browser.get(addresses[0], 200)
    assert "Juniperwood" not in answer.text
    assert "public" not in answer.response.headers["Cache-Control"]
    for address in addresses[1:]:
        browser.get(address, 404)
    for address in addresses:
        assert "Juniperwood" in page.get(address, 200).text


def test_feeds_of_ever_new_filters_are_made_a_few_times_a_minute(page, monkeypatch, remembering):
    monkeypatch.setattr(views, "FEEDS_A_MINUTE", 2)
    for words in ("lake", "park", "lake", "park", "lake"):
        page.get(f"/runs.ics?q={words}", 200)
    assert page.get("/runs.ics?q=hills").status == 429
    page.get("/runs.ics?q=lake", 200)
