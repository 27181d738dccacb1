"""Handing a run over: to whom, what is asked first, and who hears of it."""

from __future__ import annotations

import pytest

from hampa.platform.db import db
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part


@pytest.fixture
def run(owner):
    return make_run(owner, title="Around the lake")


def owner_of(run):
    db.session.refresh(run)
    return run.organiser_id


@pytest.mark.parametrize("how", ["organiser", "GOING", "WAITLISTED", "INTERESTED"])
def test_it_asks_first_then_the_run_is_theirs_and_the_former_owner_goes_on_organising(page, owner, run, how, told):
    nima = make_person(name="Nima Tehrani")
    add_organiser(run, nima) if how == "organiser" else take_part(run, nima, how)
    asked = page.as_(owner).get(f"/runs/{run.id}/hand-over?to={nima.id}", 200)
    assert "Nima Tehrani" in asked.words
    assert owner_of(run) == owner.id
    asked.form().submit(status=303)
    assert owner_of(run) == nima.id
    assert (told(nima), told(owner)) == (["run_handed_over"], ["run_handed_over"])
    browser = page.as_(owner)
    browser.get(f"/runs/{run.id}/edit", 200)
    browser.get(f"/runs/{run.id}/hand-over", 403)
    page.as_(nima).get(f"/runs/{run.id}/hand-over?to={owner.id}", 200).form().submit(status=303)
    assert owner_of(run) == owner.id


def test_those_who_can_take_it_are_one_tap_away(page, owner, run):
    reza, comes = add_organiser(run), take_part(run)
    take_part(run, owner)
    links = page.as_(owner).get(f"/runs/{run.id}/hand-over", 200).links
    to = [link.partition("to=")[2] for link in links if "to=" in link]
    assert to == [str(reza.id), str(comes.id)]


def test_with_nobody_there_it_says_what_to_do(page, owner, run):
    seen = page.as_(owner).get(f"/runs/{run.id}/hand-over", 200)
    assert "Nobody to hand it to yet" in seen.words
    assert f"/runs/{run.id}/organisers" in seen.links


@pytest.mark.parametrize("who", ["stranger", "left", "asked", "suspended", "owner", "nobody", ""])
def test_nobody_else_gets_it(page, owner, stranger, run, who):
    to = {
        "stranger": lambda: stranger.id,
        "left": lambda: take_part(run, status="LEFT").id,
        "asked": lambda: add_organiser(run, agreed_at=None).id,
        "suspended": lambda: take_part(run, make_person(state="suspended")).id,
        "owner": lambda: owner.id,
        "nobody": lambda: run.id,
        "": lambda: "",
    }[who]()
    page.as_(owner).post(f"/runs/{run.id}/hand-over", {"to": to}, 422)
    assert owner_of(run) == owner.id


def test_others_do_not_hand_it_over(page, stranger, operator, run):
    reza = add_organiser(run)
    for person in (stranger, operator, reza):
        page.as_(person).post(f"/runs/{run.id}/hand-over", {"to": reza.id}, 403)


def test_after_it_the_former_owner_can_leave(page, owner, run):
    take_part(run, owner)
    nima = take_part(run)
    browser = page.as_(owner)
    browser.post(f"/runs/{run.id}/leave", {}, 422)
    browser.post(f"/runs/{run.id}/hand-over", {"to": nima.id}, 303)
    browser.post(f"/runs/{run.id}/leave", {}, 303)
    browser.post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 303)
    db.session.refresh(run)
    assert run.taken == 1
    browser.get(f"/runs/{run.id}/edit", 403)


def test_a_run_is_found_by_the_name_of_whoever_has_it_now(page, owner, run):
    nima = make_person(name="Nimrod Tehrani")
    take_part(run, nima)
    page.as_(owner).get(f"/runs/{run.id}/hand-over?to={nima.id}", 200).form().submit(status=303)
    assert run.title in page.get("/runs?q=Nimrod").words
    assert run.title not in page.get(f"/runs?q={owner.name.split()[0]}").words
