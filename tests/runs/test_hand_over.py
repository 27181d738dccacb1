"""Handing a run over: to whom, what is asked first, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.series.jobs import continue_series
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.factories.series import first_run


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


@pytest.fixture
def hills(owner, work_off):
    """Sara's weekly run, with its first eight weeks made."""
    run = first_run(owner, title="Tuesday hills")
    work_off()
    return run


def owners_of(series_id):
    db.session.expire_all()
    return [run.organiser_id for run in db.session.scalars(select(Run).where(Run.series_id == series_id))]


def test_the_series_goes_along_when_the_owner_says_so(page, owner, hills, told, work_off):
    nima = add_organiser(hills, make_person(name="Nima Tehrani"))
    asked = page.as_(owner).get(f"/runs/{hills.id}/hand-over?to={nima.id}", 200).form()
    asked.fill(series="1").submit(status=303)
    assert set(owners_of(hills.series_id)) == {nima.id}
    assert (told(nima), told(owner)) == (["run_handed_over"], ["run_handed_over"])
    assert "with its whole series" in page.as_(nima).get("/notifications", 200).words
    page.as_(nima).get(f"/series/{hills.series_id}/rule", 200)
    page.as_(owner).get(f"/series/{hills.series_id}/rule", 403)
    page.as_(owner).get(f"/runs/{hills.id}/edit", 200)
    with clock.frozen(clock.now() + timedelta(weeks=1)):
        continue_series()
        work_off()
    assert set(owners_of(hills.series_id)) == {nima.id}


def test_without_that_the_run_alone_goes(page, owner, hills):
    nima = add_organiser(hills)
    page.as_(owner).get(f"/runs/{hills.id}/hand-over?to={nima.id}", 200).form().submit(status=303)
    owners = owners_of(hills.series_id)
    assert owners.count(nima.id) == 1
    assert owners.count(owner.id) == len(owners) - 1


def test_a_series_of_somebody_else_is_neither_offered_nor_given(page, owner, stranger, hills):
    hills.organiser_id = stranger.id
    nima = add_organiser(hills)
    theirs = page.as_(stranger)
    form = theirs.get(f"/runs/{hills.id}/hand-over?to={nima.id}", 200).form()
    assert "series" not in form.names
    theirs.post(f"/runs/{hills.id}/hand-over", {"to": str(nima.id), "series": "1"}, 303)
    owners = owners_of(hills.series_id)
    assert owners.count(nima.id) == 1
    assert owners.count(owner.id) == len(owners) - 1
