"""Following organisers, series and places: who may, where the buttons are, and what ends it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.follows import actions
from hampa.follows.models import Follow, FollowedPlace
from hampa.people.privacy_registry import erase
from hampa.platform.db import db
from tests.auth.test_intents import number_and_code
from tests.factories.cards import make_companions
from tests.factories.follows import follow
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.series import make_series
from tests.personas import operator as make_operator

AZADI = (35.6997, 51.3380)


def follows(person):
    """Return what a person follows: ids, and the rounded middles of places with their radius."""
    db.session.expire_all()
    rows = db.session.scalars(select(Follow).where(Follow.person_id == person.id))
    return {
        row.organiser_id or row.series_id or (row.spot_latitude, row.spot_longitude, row.radius_km, row.place)
        for row in rows
    }


def button(answer, part):
    """Return the forms with a button that follows, or stops it, by the end of their addresses."""
    return [form for form in answer.forms if form.action.endswith(part)]


@pytest.fixture
def organiser(db_session):
    organiser = make_person(name="Sara", profile_visibility="everyone")
    make_run(organiser, title="Loop", latitude=AZADI[0], longitude=AZADI[1])
    return organiser


@pytest.fixture
def things(organiser):
    """Return the pages of what can be followed, by what a follow of it holds."""
    series = make_series(organiser, title="Fridays")
    near = f"/runs?near={quote('Azadi (35.6997, 51.3380)')}&radius_km=5"
    return {organiser.id: f"/people/{organiser.id}", series.id: f"/series/{series.id}", (35.7, 51.34, 5, "Azadi"): near}


@pytest.mark.parametrize("viewer", ["stranger", "companion", "operator"])
def test_one_tap_follows_and_another_ends_it(page, organiser, things, viewer):
    person = make_operator() if viewer == "operator" else make_person()
    if viewer == "companion":
        make_companions(organiser, person)
    browser = page.as_(person)
    for thing, address in things.items():
        [form] = button(browser.get(address, 200), "/follow")
        assert form.submit(status=303).follow().status == 200
        assert follows(person) == {thing}
        [form] = button(browser.get(address, 200), "/unfollow")
        form.submit(status=303)
        assert not follows(person)
        assert button(browser.get(address, 200), "/follow")


def test_owners_follow_no_things_of_their_own_and_see_how_many_do(page, organiser, things):
    browser = page.as_(organiser)
    follow(make_person(), organiser)
    pages = list(things.values())
    for address in pages[:2]:
        assert not button(browser.get(address, 200), "follow")
    assert "1 person follows your runs" in browser.get(pages[0]).words
    assert "1 person follows your runs" in browser.get("/me/following").words
    for other in (page, page.as_(make_person()), page.as_(make_operator())):
        assert "follows your runs" not in other.get(pages[0]).words
    browser.post(f"{pages[0]}/follow", {}, 404)


def test_a_visitors_press_is_done_after_sign_in(page, things):
    for thing, address in things.items():
        person = make_person()
        [link] = [link for link in page.copy.get(address, 200).links if "act=follow_" in link]
        visitor = page.copy
        done = number_and_code(visitor.get(link, 200), person.phone)
        assert done.follow().status == 200
        [kept] = follows(person)
        if isinstance(thing, tuple):
            assert isinstance(kept, tuple)
            assert kept[:3] == thing[:3]
            assert kept[3], "it has the name of the nearest town"
        else:
            assert kept == thing


def test_an_organiser_whose_page_is_closed_is_followed_from_their_run(page, owner, stranger):
    run = make_run(owner)
    page.as_(stranger).get(f"/people/{owner.id}", 404)
    browser = page.as_(stranger)
    [form] = button(browser.get(f"/runs/{run.id}", 200), "/follow")
    shown = browser.post(form.action, {}, 303, headers={"Referer": f"http://localhost/runs/{run.id}"}).follow()
    assert shown.url == f"/runs/{run.id}"
    assert "We'll tell you about new runs" in shown.words
    assert follows(stranger) == {owner.id}
    again = browser.post(form.action, {}, 303, headers={"Referer": f"http://localhost/runs/{run.id}"}).follow()
    assert again.url == f"/people/{owner.id}/follow", "a second tap leads to where it is ended"
    button(again, "/unfollow")[0].submit(status=303)
    assert not follows(stranger)
    assert not button(page.as_(owner).get(f"/runs/{run.id}", 200), "/follow")
    [link] = [link for link in page.get(f"/runs/{run.id}", 200).links if "act=follow_organiser" in link]
    runner = make_person()
    number_and_code(page.get(link, 200), runner.phone)
    assert follows(runner) == {owner.id}


def test_a_list_without_a_place_and_a_person_who_organises_nothing_have_no_button(page, stranger):
    open_person = make_person(profile_visibility="everyone")
    for address in ("/runs", "/runs?level=beginner", "/runs?near=Nowhereville", f"/people/{open_person.id}"):
        answer = page.as_(stranger).get(address, 200)
        assert not button(answer, "follow")
        assert "act=follow" not in page.get(address, 200).text


def test_who_is_hidden_can_not_be_followed_and_a_block_ends_it_both_ways(page, organiser, things):
    follower, other = make_person(), make_person()
    series = make_series(follower)
    follow(follower, organiser)
    follow(organiser, series)
    follow(organiser, other)
    [_person, series_page, _place] = things.values()
    page.as_(follower).post(f"{series_page}/follow", {}, 303)
    block(follower, organiser.id)
    db.session.commit()
    assert not follows(follower)
    assert follows(organiser) == {other.id}
    page.as_(follower).post(f"/people/{organiser.id}/follow", {}, 404)
    page.as_(follower).post(f"{series_page}/follow", {}, 404)
    page.as_(organiser).post(f"/series/{series.id}/follow", {}, 404)
    nobody = make_person()
    for unseen in (nobody, make_person(state="suspended")):
        page.as_(other).post(f"/people/{unseen.id}/follow", {}, 404)


def test_following_twice_is_following_once(page, organiser, things):
    person = make_person()
    for address in (f"/people/{organiser.id}", list(things.values())[1]):
        for _ in range(2):
            page.as_(person).post(f"{address}/follow", {}, 303)
    place = FollowedPlace.around(*AZADI, 5)
    for name in ("Azadi", "My corner"):
        page.as_(person).post(f"/places/{place.id}/follow", {"name": name}, 303)
    assert len(follows(person)) == 3
    page.as_(person).post(f"/places/{make_person().id}/follow", {}, 404)


def test_no_more_is_followed_than_a_page_can_list(page, monkeypatch):
    monkeypatch.setattr(actions, "MOST_FOLLOWS", 2)
    person = make_person()
    for steps in range(3):
        place = FollowedPlace.around(35 + steps, 51, 10)
        answer = page.as_(person).post(f"/places/{place.id}/follow", {}, 303)
    assert "2 things already" in answer.follow().words
    assert len(follows(person)) == 2


def test_a_place_is_known_to_a_kilometre_and_to_itself_again():
    for latitude, longitude in ((35.699712, 51.338049), (-90, -180), (90, 180), (0.004, -0.004)):
        place = FollowedPlace.around(latitude, longitude, 200)
        assert FollowedPlace.of_id(place.id) == place
        assert abs(place.latitude - latitude) <= 0.005
    assert FollowedPlace.of_id(FollowedPlace.around(1, 1, 201).id) is None
    assert FollowedPlace.of_id(FollowedPlace.around(1, 1, 0).id) is None


def test_a_town_is_called_as_its_reader_calls_it(page):
    for language, name in (("en", "Tehran"), ("fa", "تهران")):
        person = make_person(locale=language)
        follow(person, (35.69439, 51.42151, 10)).place = "Tehran"
        assert name in page.speaking(language).as_(person).get("/me/following", 200).words


def test_what_one_follows_is_listed_and_stopped_by_its_reader_alone(page, organiser, things, stranger):
    for thing in (organiser, (*AZADI, 10)):
        follow(stranger, thing)
    page.as_(stranger).post(f"{list(things.values())[1]}/follow", {}, 303)
    assert "/me/following" in page.as_(stranger).get("/me").links
    answer = page.as_(stranger).get("/me/following", 200)
    for shown in ("Sara", "Fridays", "10 km around Azadi"):
        assert shown in answer.words
    assert set(things.values()) - set(answer.links) == {list(things.values())[2]}
    stops = button(answer, "/stop")
    assert len(stops) == 3
    for other in (page.as_(organiser), page.as_(make_operator())):
        assert not button(other.get("/me/following", 200), "/stop")
        other.post(stops[0].action, {}, 303)
    assert len(follows(stranger)) == 3
    organiser.state = "suspended"
    assert "Sara" not in page.as_(stranger).get("/me/following", 200).words
    for form in stops:
        form.submit(status=303)
    assert not follows(stranger)
    assert "You follow nobody yet" in page.as_(stranger).get("/me/following").words


def test_an_erased_person_follows_nothing_and_is_followed_by_nobody(organiser):
    person, other = make_person(), make_person()
    follow(person, organiser)
    follow(person, (*AZADI, 10))
    follow(other, person)
    erase(person)
    assert not follows(person)
    assert not follows(other)


def test_what_one_follows_costs_the_same_with_much_and_with_little(page, owner, statements):
    reader, costs = page.as_(owner), []
    reader.get("/me/following", 200)
    for more in (1, 6):
        for _ in range(more):
            organiser = make_person(profile_visibility="everyone")
            make_run(organiser)
            follow(owner, organiser)
        with statements() as seen:
            listed = reader.get("/me/following", 200)
        costs.append(len(seen))
    assert len(listed.one("ul", class_="follow-list").findall("li")) == 7
    # Who is signed in, what they follow, of what they heard, who follows them.
    assert costs[0] == costs[1] <= 4
