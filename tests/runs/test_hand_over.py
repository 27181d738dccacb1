"""Handing a run over: to whom, what is asked first, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.people.actions import block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run, RunOrganiser
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


def offer(page, owner, run, person, **fields):
    form = page.as_(owner).get(f"/runs/{run.id}/hand-over?to={person.id}", 200).form()
    return form.fill(**fields).submit(status=303)


def answer(page, person, run, status=303, **fields):
    return page.as_(person).post(f"/runs/{run.id}/invitation", {"answer": "yes", **fields}, status)


@pytest.mark.parametrize("how", ["organiser", "GOING", "WAITLISTED", "INTERESTED"])
def test_it_is_offered_and_theirs_once_they_say_yes(page, owner, run, how, told):
    nima = make_person(name="Nima Tehrani")
    add_organiser(run, nima) if how == "organiser" else take_part(run, nima, how)
    asked = page.as_(owner).get(f"/runs/{run.id}/hand-over?to={nima.id}", 200)
    assert "Nima Tehrani" in asked.words
    asked.form().submit(status=303)
    assert (owner_of(run), told(nima), told(owner)) == (owner.id, ["run_invited"], [])
    page.as_(nima).get(f"/runs/{run.id}/hand-over", 403)
    question = page.as_(nima).get(f"/runs/{run.id}/invitation", 200)
    assert "your name and face appear on this run's page" in question.words
    answer(page, nima, run, keep="1")
    assert owner_of(run) == nima.id
    assert told(owner) == ["run_handed_over"]
    browser = page.as_(owner)
    browser.get(f"/runs/{run.id}/edit", 200)
    browser.get(f"/runs/{run.id}/hand-over", 403)
    offer(page, nima, run, owner)
    answer(page, owner, run)
    assert owner_of(run) == owner.id


@pytest.mark.parametrize(
    ("stays", "keep", "organises"), [("1", "1", 200), ("1", "", 403), (None, "1", 403), (None, "", 403)]
)
def test_the_former_owner_organises_it_only_if_both_want_that(page, owner, run, stays, keep, organises):
    nima = take_part(run)
    form = page.as_(owner).get(f"/runs/{run.id}/hand-over?to={nima.id}", 200).form()
    assert form.values["stays"] == "1"
    fields = {"to": str(nima.id), **({"stays": stays} if stays else {})}
    page.as_(owner).post(f"/runs/{run.id}/hand-over", fields, 303)
    answer(page, nima, run, keep=keep)
    assert owner_of(run) == nima.id
    page.as_(owner).get(f"/runs/{run.id}/edit", organises)


def test_nobody_is_shown_as_the_owner_before_they_agreed(page, visitor, owner, stranger, companion, operator, run):
    """Not even a person whose page only companions see, whom a run would show to everybody."""
    nima = make_person(name="Nima Tehrani", profile_visibility="companions")
    take_part(run, nima)
    offer(page, owner, run, nima)
    for viewer in (visitor, stranger, companion, operator):
        words = page.as_(viewer).get(f"/runs/{run.id}").words
        assert "with Sara Karimi" in words and "with Nima Tehrani" not in words
    assert "Nima" not in page.as_(visitor).get(f"/runs/{run.id}").words
    answer(page, nima, run)
    assert "Nima Tehrani" in page.as_(visitor).get(f"/runs/{run.id}").words
    assert "Sara" not in page.as_(visitor).get(f"/runs/{run.id}").words
    page.as_(owner).get(f"/runs/{run.id}/edit", 403)


def test_a_no_leaves_it_as_it_is_and_the_owner_is_told(page, owner, run, told):
    nima = take_part(run)
    offer(page, owner, run, nima)
    answer(page, nima, run, answer="no")
    assert (owner_of(run), told(owner)) == (owner.id, ["run_organiser"])
    answer(page, nima, run)
    assert owner_of(run) == owner.id
    assert "it stays yours" in page.as_(owner).get("/notifications").words


def test_one_person_at_a_time_is_asked_and_it_can_be_taken_back(page, owner, run):
    nima, other = take_part(run), take_part(run)
    offer(page, owner, run, nima)
    assert "asked already" in page.as_(owner).post(f"/runs/{run.id}/hand-over", {"to": other.id}, 422).words
    seen = page.as_(owner).get(f"/runs/{run.id}/hand-over", 200)
    assert nima.name in seen.words
    seen.form(f"/runs/{run.id}/hand-over/withdraw").submit(status=303)
    answer(page, nima, run)
    assert owner_of(run) == owner.id
    offer(page, owner, run, other)
    answer(page, other, run)
    assert owner_of(run) == other.id


@pytest.mark.parametrize("how", ["time", "block", "left", "cancelled", "other owner"])
def test_an_offer_ends(page, owner, run, how):
    nima = take_part(run)
    offer(page, owner, run, nima)
    if how == "block":
        block(nima, owner.id)
    elif how == "left":
        page.as_(nima).post(f"/runs/{run.id}/leave", {}, 303)
    elif how == "cancelled":
        run.cancelled_at = clock.now()
    elif how == "other owner":
        run.organiser_id = take_part(run).id
    db.session.commit()
    with clock.shifted(timedelta(days=8 if how == "time" else 0)):
        page.as_(nima).post(f"/runs/{run.id}/invitation", {"answer": "yes"})
    assert owner_of(run) != nima.id


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
    offer(page, owner, run, nima)
    answer(page, nima, run, keep="1")
    browser.post(f"/runs/{run.id}/leave", {}, 303)
    browser.post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 303)
    db.session.refresh(run)
    assert run.taken == 1
    browser.get(f"/runs/{run.id}/edit", 403)


def test_a_run_is_found_by_the_name_of_whoever_has_it_now(page, owner, run):
    nima = make_person(name="Nimrod Tehrani")
    take_part(run, nima)
    offer(page, owner, run, nima)
    answer(page, nima, run)
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
    assert "and its whole series" in page.as_(nima).get("/notifications", 200).words
    answer(page, nima, hills, keep="1")
    assert set(owners_of(hills.series_id)) == {nima.id}
    assert (told(nima), told(owner)) == (["run_invited"], ["run_handed_over"])
    page.as_(nima).get(f"/series/{hills.series_id}/rule", 200)
    page.as_(owner).get(f"/series/{hills.series_id}/rule", 403)
    page.as_(owner).get(f"/runs/{hills.id}/edit", 200)
    with clock.frozen(clock.now() + timedelta(weeks=1)):
        continue_series()
        work_off()
    assert set(owners_of(hills.series_id)) == {nima.id}


def test_without_that_the_run_alone_goes(page, owner, hills):
    nima = add_organiser(hills)
    offer(page, owner, hills, nima)
    answer(page, nima, hills)
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
    answer(page, nima, hills)
    owners = owners_of(hills.series_id)
    assert owners.count(nima.id) == 1
    assert owners.count(owner.id) == len(owners) - 1


def test_co_organisers_come_along_in_a_series_only_if_they_said_so(page, owner, hills, work_off):
    """One of them said yes to this run, the other to the later ones too; runs that are made later name that one."""
    one, every = make_person(phone="+989351234567"), make_person(phone="+989351234568")
    page.as_(owner).post(f"/runs/{hills.id}/organisers", {"organisers": [one.phone, every.phone]}, 303)
    answer(page, one, hills)
    answer(page, every, hills, series="1")
    query = select(Run).where(Run.series_id == hills.series_id).order_by(Run.starts_at.desc())
    last = db.session.scalars(query.limit(1)).one()
    page.as_(owner).post(f"/runs/{last.id}/organisers", {"organisers": one.phone}, 303)
    answer(page, one, last)
    with clock.frozen(clock.now() + timedelta(weeks=1)):
        continue_series()
        work_off()
    query = select(RunOrganiser.run_id, RunOrganiser.person_id).join(Run, Run.id == RunOrganiser.run_id)
    rows = db.session.execute(query.where(Run.series_id == hills.series_id)).all()
    assert {row.run_id for row in rows if row.person_id == one.id} == {hills.id, last.id}
    assert len([row for row in rows if row.person_id == every.id]) == len(owners_of(hills.series_id))
