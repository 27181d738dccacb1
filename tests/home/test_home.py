"""The first page, for a visitor, a newcomer and somebody with a run ahead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.platform import clock
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part


def steps(seen):
    """Return the hrefs of the first steps that are still to be taken."""
    (listed,) = seen.all("ol", class_="steps")
    return [link.attrib["href"] for link in listed.iter("a")]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_visitor_reads_what_this_is_and_sees_live_runs(page, owner, language):
    run = make_run(owner)
    hidden = make_run(owner, visibility="link")
    seen = page.speaking(language).get("/", 200)
    assert {"/login", "/runs", f"/runs/{run.id}"} <= set(seen.links)
    assert f"/runs/{hidden.id}" not in seen.links
    assert not seen.all("ol", class_="steps")


def test_an_empty_site_invites(page, owner):
    assert "/login" in page.get("/", 200).links
    settled = make_card(owner) and page.as_(owner).get("/", 200)
    assert "/runs/new" in settled.links


def test_a_newcomer_is_shown_three_steps_and_what_is_done_of_them(page):
    nameless = page.as_(make_person(name="")).get("/", 200)
    assert steps(nameless) == ["/welcome", "/cards/new", "/runs"]
    named = make_person()
    assert steps(page.as_(named).get("/", 200)) == ["/cards/new", "/runs"]
    make_card(named, state="resting")
    assert not page.as_(named).get("/", 200).all("ol", class_="steps")


def test_the_next_run_is_the_soonest_i_go_to(page, owner, companion):
    now = clock.now()
    later = make_run(owner, title="Later", starts_at=now + timedelta(days=3))
    sooner = make_run(owner, title="Sooner", starts_at=now + timedelta(days=2))
    cancelled = make_run(owner, title="Cancelled", starts_at=now + timedelta(hours=5), cancelled_at=now)
    maybe = make_run(owner, title="Maybe", starts_at=now + timedelta(hours=6))
    for run in (later, sooner, cancelled):
        take_part(run, companion)
    take_part(maybe, companion, "INTERESTED")
    (hero,) = page.as_(companion).get("/", 200).all("section", class_="dawn")
    words = " ".join("".join(hero.itertext()).split())
    assert "Sooner" in words
    assert "with Sara Karimi" in words
    assert not [other for other in ("Later", "Cancelled", "Maybe") if other in words]
    assert f"/runs/{sooner.id}" in [link.attrib["href"] for link in hero.iter("a")]


@pytest.mark.parametrize(("others", "words"), [(0, "with Sara Karimi"), (1, "and 1 other"), (4, "and 4 others")])
def test_the_hero_says_who_comes(page, owner, companion, others, words):
    run = make_run(owner, taken=others + 1)
    take_part(run, companion)
    (hero,) = page.as_(companion).get("/", 200).all("section", class_="dawn")
    assert words in " ".join("".join(hero.itertext()).split())


def test_who_organises_reads_how_many_come(page, owner):
    run = make_run(owner, taken=3)
    take_part(run, owner)
    assert "3 more going" in page.as_(owner).get("/", 200).words


def test_who_waits_for_my_answer_is_said_and_my_own_card_is_not_offered_to_me(page, owner, companion):
    mine = make_card(owner)
    theirs = make_card(companion)
    make_interest(companion, mine)
    seen = page.as_(owner).get("/", 200)
    assert "1 person would like to run with you" in seen.words
    assert f"/cards/{theirs.id}" in seen.links
    assert f"/cards/{mine.id}" not in seen.links


def test_the_run_that_i_organise_is_my_next_run(page, owner, companion):
    theirs = make_run(companion, title="Thursday", starts_at=clock.now() + timedelta(days=3))
    take_part(theirs, owner)
    mine = make_run(owner, title="Mine", starts_at=clock.now() + timedelta(minutes=4), taken=3)
    (hero,) = page.as_(owner).get("/", 200).all("section", class_="dawn")
    words = " ".join("".join(hero.itertext()).split())
    assert "Mine" in words
    assert "3 going" in words
    assert f"/runs/{mine.id}" in [link.attrib["href"] for link in hero.iter("a")]


def test_what_a_co_organiser_has_agreed_to_is_theirs_too(page, owner, companion):
    run = make_run(owner, title="Together")
    add_organiser(run, companion, agreed_at=None)
    assert not page.as_(companion).get("/", 200).all("article", class_="run-row-mine")
    shared = make_run(owner, title="Shared")
    add_organiser(shared, companion)
    seen = page.as_(companion).get("/", 200)
    (hero,) = seen.all("section", class_="dawn")
    assert "Shared" in "".join(hero.itertext())
    (row,) = seen.all("article", class_="run-row-mine")
    assert "You organise it" in " ".join("".join(row.itertext()).split())


def test_all_that_waits_for_my_answer_is_on_home(page, owner, companion):
    asked = make_run(owner, title="Asked for", join_policy="approval")
    for _ in range(4):
        take_part(asked, status="REQUESTED")
    offered = make_run(companion, title="Has a place", capacity=2)
    take_part(offered, owner, "OFFERED", offer_ends_at=clock.now() + timedelta(hours=1))
    invited = make_run(companion, title="Helps")
    page.as_(companion).post(f"/runs/{invited.id}/organisers", {"organisers": owner.phone}, 303)
    make_interest(companion, make_card(owner))
    over = make_run(owner, title="Was", starts_local=in_days(-1), join_policy="approval")
    take_part(over, status="REQUESTED")
    seen = page.as_(owner).get("/", 200)
    (waiting,) = seen.all("nav", class_="waiting")
    links = {link.attrib["href"]: " ".join("".join(link.itertext()).split()) for link in waiting.iter("a")}
    assert links == {
        "/me/cards": "1 person would like to run with you",
        f"/runs/{asked.id}/requests": "4 people ask to join Asked for",
        f"/runs/{offered.id}": "A place is offered to you: Has a place",
        f"/runs/{invited.id}/invitation": "You are asked to organise: Helps",
    }


def test_of_much_that_waits_the_first_is_shown_and_a_way_to_the_rest(page, owner):
    for _ in range(7):
        take_part(make_run(owner, join_policy="approval"), status="REQUESTED")
    (waiting,) = page.as_(owner).get("/", 200).all("nav", class_="waiting")
    links = [link.attrib["href"] for link in waiting.iter("a")]
    assert len(links) == 6
    assert links[-1] == "/me/runs"


def test_who_lives_in_berlin_sees_what_is_near_berlin(page, owner):
    newcomer = make_person(city="Berlin", timezone="Europe/Berlin")
    far = make_run(owner, title="Far away")
    near = make_run(owner, title="Close", place="Tiergarten, Berlin", timezone="Europe/Berlin")
    far_card = make_card(owner)
    near_card = make_card(make_person(city="Berlin", timezone="Europe/Berlin"), place="Berlin")
    seen = page.as_(newcomer).get("/", 200)
    assert f"/runs/{near.id}" in seen.links
    assert f"/runs/{far.id}" not in seen.links
    assert f"/cards/{near_card.id}" in seen.links
    assert f"/cards/{far_card.id}" not in seen.links
    assert "Next runs near Berlin" in seen.words
    assert "close by" in seen.words
    assert "/runs?near=Berlin&radius_km=50" in seen.links
    assert "/runs" in [link.attrib["href"] for link in seen.all("main")[0].iter("a")]
    assert {f"/runs/{near.id}", f"/runs/{far.id}"} <= set(page.as_(newcomer).get("/runs?anywhere=1", 200).links)


def test_where_nobody_is_near_home_shows_what_is_further_away_and_says_how_far(page, owner):
    run, card = make_run(owner), make_card(owner)
    seen = page.as_(make_person(city="برلین", timezone="Europe/Berlin")).get("/", 200)
    assert {f"/runs/{run.id}", f"/cards/{card.id}"} <= set(seen.links)
    assert "Nobody has published a run near Berlin yet." in seen.words
    assert seen.words.count("3,506 km away") == 2


@pytest.mark.parametrize(("path", "words"), [("/runs", "42 km away"), ("/cards", "close by")])
def test_a_list_around_a_place_says_how_far_each_row_is(page, owner, path, words):
    make_run(place="Karaj, station")
    make_card(place="Tehran")
    assert words not in page.as_(owner).get(f"{path}?anywhere=1", 200).words
    for place in ("?near=Tehran&radius_km=60", ""):
        assert words in page.as_(owner).get(f"{path}{place}", 200).words


def test_home_costs_the_same_with_two_and_with_twenty(page, owner, companion, statements):
    reader = page.as_(companion)
    costs = []
    for more in (2, 10):
        for _ in range(more):
            take_part(make_run(owner), companion)
            make_interest(owner, make_card(companion))
            make_card(owner)
        with statements() as seen:
            reader.get("/", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_a_visitor_costs_one_statement(page, owner, statements):
    make_run(owner)
    with statements() as seen:
        page.get("/", 200)
    assert len(seen) == 1
