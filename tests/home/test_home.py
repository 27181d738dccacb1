"""The first page, for a visitor, a newcomer and somebody with a run ahead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.platform import clock
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part


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
    assert "3 more come" in page.as_(owner).get("/", 200).words


def test_who_waits_for_my_answer_is_said_and_my_own_card_is_not_offered_to_me(page, owner, companion):
    mine = make_card(owner)
    theirs = make_card(companion)
    make_interest(companion, mine)
    seen = page.as_(owner).get("/", 200)
    assert "1 person would like to run with you" in seen.words
    assert f"/cards/{theirs.id}" in seen.links
    assert f"/cards/{mine.id}" not in seen.links


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
