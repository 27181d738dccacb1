"""Organising together: who may what, what a phone number tells, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run, RunOrganiser
from tests.factories.cards import make_companions
from tests.factories.people import make_person, phone
from tests.factories.runs import SHORT_FORM, add_organiser, make_run, take_part


@pytest.fixture
def run(owner):
    return make_run(owner, title="Around the lake")


@pytest.fixture
def reza(run, companion):
    """Reza, who organises the run with Sara."""
    return add_organiser(run, companion)


def add(browser, run, *numbers, status=303):
    return browser.post(f"/runs/{run.id}/organisers", {"organisers": list(numbers)}, status)


def team(run):
    return set(db.session.scalars(select(RunOrganiser.person_id).where(RunOrganiser.run_id == run.id)))


def test_who_is_added_by_number_can_change_the_run_and_is_told(page, owner, run, told):
    nima = make_person(name="Nima", phone="+989351234567")
    form = page.as_(owner).get(f"/runs/{run.id}/organisers", 200).form(f"/runs/{run.id}/organisers")
    form.fill(organisers="۰۹۳۵ ۱۲۳ ۴۵۶۷").submit(status=303)
    assert told(nima) == ["run_organiser"]
    browser = page.as_(nima)
    assert "Sara Karimi asks you to organise “Around the lake” together" in browser.get("/notifications").words
    browser.get(f"/runs/{run.id}/edit", 200).form().fill(title="Round the lake").submit(status=303)
    db.session.refresh(run)
    assert run.title == "Round the lake"


def test_the_name_is_repeated_and_a_line_holds_several(page, owner, run):
    people = [make_person(phone=phone()) for _ in range(4)]
    first, second, third, fourth = (person.phone for person in people)
    add(page.as_(owner), run, first, f"{second}، {third}", fourth, first)
    assert team(run) == {person.id for person in people}


def test_a_run_is_published_and_edited_with_others(page, owner):
    one, other = make_person(phone=phone()), make_person(phone=phone())
    browser = page.as_(owner)
    browser.post("/runs/new", SHORT_FORM | {"organisers": [one.phone]}, 303)
    run = db.session.scalars(select(Run)).one()
    assert team(run) == {one.id}
    browser.get(f"/runs/{run.id}/edit").form().fill(organisers=[other.phone]).submit(status=303)
    assert team(run) == {one.id, other.id}


def test_a_number_without_an_account_is_refused_beside_the_field_and_nobody_is_added(page, owner, run):
    there, nobody = make_person(phone=phone()), "+989360000001"
    answer = add(page.as_(owner), run, there.phone, nobody, status=422)
    assert "0936 000 0001" in answer.error_of("organisers").replace("\u2066", "").replace("\u2069", "")
    assert there.phone not in answer.error_of("organisers")
    assert [field.get("value") for field in answer.all("input", name="organisers")] == [there.phone, nobody, ""]
    assert team(run) == set()


def test_with_such_a_number_no_run_is_published(page, owner):
    answer = page.as_(owner).post("/runs/new", SHORT_FORM | {"organisers": ["+989360000001"]}, 422)
    assert answer.error_of("organisers")
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_what_is_no_number_is_refused_by_name(page, owner, run):
    answer = add(page.as_(owner), run, "0935 12", "+989350000001", status=422)
    assert "0935 12" in answer.error_of("organisers")


def test_accounts_that_are_not_active_look_like_none(page, owner, run):
    gone = make_person(phone=phone(), state="suspended")
    known = add(page.as_(owner), run, gone.phone, status=422).error_of("organisers")
    unknown = add(page.as_(owner), run, "+989360000001", status=422).error_of("organisers")
    assert known.split("number")[0] == unknown.split("number")[0]


def test_a_list_of_numbers_tells_of_a_few_a_day_alone(app, page, owner, run, monkeypatch):
    few = app.extensions["hampa.settings"].model_copy(update={"numbers_per_person_day": 3})
    monkeypatch.setitem(app.extensions, "hampa.settings", few)
    browser = page.as_(owner)
    for last in range(3):
        add(browser, run, f"+98936000000{last}", status=422)
    there = make_person(phone=phone())
    refused = add(browser, run, there.phone, status=422).error_of("organisers")
    assert "enough numbers for one day" in refused
    assert team(run) == set()
    with clock.shifted(timedelta(days=1)):
        add(page.as_(owner), run, there.phone)
    assert team(run) == {there.id}


def test_a_number_gives_no_name_away_before_its_owner_agreed(page, visitor, owner, stranger, run):
    nima = make_person(name="Nima Tehrani", phone="+989351234567")
    add(page.as_(owner), run, nima.phone)
    assert "Nima" not in page.as_(owner).get(f"/runs/{run.id}/organisers").words
    assert "0935 123 4567" in page.as_(owner).get(f"/runs/{run.id}/organisers").words
    for viewer in (visitor, owner, stranger):
        assert "Nima" not in page.as_(viewer).get(f"/runs/{run.id}").words
    asked = page.as_(nima).get(f"/runs/{run.id}")
    assert "You are asked to organise this run together." in asked.words
    page.as_(nima).post(f"/runs/{run.id}/organisers/me", {"answer": "yes"}, 303)
    for viewer in (visitor, owner, stranger):
        assert "Nima Tehrani" in page.as_(viewer).get(f"/runs/{run.id}").words
    words = page.as_(owner).get(f"/runs/{run.id}/organisers").words
    assert "Nima Tehrani" in words
    assert "0935 123 4567" not in words


def test_other_organisers_do_not_see_the_number_that_one_of_them_typed(page, owner, run, reza):
    nima = make_person(name="Nima", phone="+989351234567")
    add(page.as_(owner), run, nima.phone)
    words = page.as_(reza).get(f"/runs/{run.id}/organisers", 200).words
    assert "Somebody who was asked" in words
    assert "0935" not in words


@pytest.mark.parametrize("how", ["companion", "participant"])
def test_whose_name_the_organiser_knows_anyway_is_named_at_once(page, owner, stranger, run, how):
    nima = make_person(name="Nima Tehrani", phone="+989351234567")
    if how == "companion":
        make_companions(owner, nima)
    else:
        take_part(run, nima)
    add(page.as_(owner), run, nima.phone)
    assert "Nima Tehrani" in page.as_(stranger).get(f"/runs/{run.id}").words


def test_one_tap_steps_down_and_the_others_hear_of_it(page, owner, run, reza, told):
    page.as_(reza).get(f"/runs/{run.id}/organisers").form(f"/runs/{run.id}/organisers/me").submit(status=303)
    assert team(run) == set()
    assert told(owner) == ["run_organiser"]
    page.as_(reza).get(f"/runs/{run.id}/edit", 403)
    page.as_(reza).post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 403)


def test_a_co_organiser_takes_out_others_but_not_the_owner(page, owner, run, reza, stranger):
    add_organiser(run, stranger)
    browser = page.as_(reza)
    browser.post(f"/runs/{run.id}/organisers/{owner.id}/remove", {}, 303)
    browser.post(f"/runs/{run.id}/organisers/{stranger.id}/remove", {}, 303)
    assert team(run) == {reza.id}
    page.as_(owner).get(f"/runs/{run.id}/edit", 200)
    page.as_(stranger).get(f"/runs/{run.id}/edit", 403)


def test_the_owner_does_not_step_down(page, owner, run, reza):
    answer = page.as_(owner).post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 303)
    assert "hand it over or cancel it first" in answer.follow().words


def test_others_neither_see_nor_change_who_organises(page, owner, stranger, operator, run, reza):
    for person in (stranger, operator):
        page.as_(person).get(f"/runs/{run.id}/organisers", 403)
        add(page.as_(person), run, person.phone, status=403)
        page.as_(person).post(f"/runs/{run.id}/organisers/{reza.id}/remove", {}, 403)
        page.as_(person).post(f"/runs/{run.id}/organisers/me", {"answer": "yes"}, 403)
    assert team(run) == {reza.id}


def test_notices_to_the_organiser_go_to_all_of_them(page, owner, stranger, run, reza, told):
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert (told(owner), told(reza)) == (["run_joined"], ["run_joined"])


@pytest.mark.parametrize("path", ["edit", "cancel"])
def test_the_others_hear_what_one_of_them_did(page, owner, run, reza, told, work_off, path):
    take_part(run, reza)
    form = page.as_(reza).get(f"/runs/{run.id}/{path}", 200).form()
    (form.fill(place="South gate") if path == "edit" else form).submit(status=303)
    work_off()
    assert (len(told(owner)), told(reza)) == (1, [])


def test_my_runs_list_what_i_organise_with_others(page, run, reza, stranger):
    assert run.title in page.as_(reza).get("/me/runs").words
    assert run.title not in page.as_(stranger).get("/me/runs").words


def test_co_organisers_take_no_place_and_read_the_notes(page, owner, run, reza):
    take_part(run, note="I bring tea")
    assert "I bring tea" in page.as_(reza).get(f"/runs/{run.id}/participants").words
    db.session.refresh(run)
    assert run.taken == 1


def test_who_organises_alone_cannot_leave(page, owner, companion, run):
    take_part(run, owner)
    asked = page.as_(owner).get(f"/runs/{run.id}/leave", 200)
    assert "You organise this run alone" in asked.words
    assert f"/runs/{run.id}/leave" not in [form.action for form in asked.forms]
    answer = page.as_(owner).post(f"/runs/{run.id}/leave", {}, 422)
    assert "You organise this run alone: hand it over or cancel it first." in answer.words
    add_organiser(run, companion)
    page.as_(owner).post(f"/runs/{run.id}/leave", {}, 303)
    db.session.refresh(run)
    assert run.taken == 0


def test_a_run_has_no_more_co_organisers_than_ten(page, owner, run):
    for _ in range(9):
        add_organiser(run)
    numbers = [make_person(phone=phone()).phone for _ in range(2)]
    assert "10" in add(page.as_(owner), run, *numbers, status=422).error_of("organisers")
    add(page.as_(owner), run, numbers[0])
    assert len(team(run)) == 10


def test_adding_the_owner_or_somebody_twice_changes_nothing(page, owner, run, reza, told):
    add(page.as_(reza), run, owner.phone, reza.phone)
    assert team(run) == {reza.id}
    assert told(owner) == []


def test_of_two_organisers_who_save_at_once_the_later_sees_both_versions(page, owner, run, reza):
    first = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    second = page.as_(reza).get(f"/runs/{run.id}/edit", 200).form()
    first.fill(place="South gate").submit(status=303)
    friend = make_person(phone=phone())
    answer = second.fill(place="East gate", organisers=[friend.phone]).submit(status=409)
    assert "South gate" in answer.words
    assert answer.form().values["place"] == "East gate"
    assert answer.form().values["organisers"] == friend.phone
    assert team(run) == {reza.id}
    answer.form().submit(status=303)
    db.session.refresh(run)
    assert (run.place, team(run)) == ("East gate", {reza.id, friend.id})


def test_who_was_taken_out_meanwhile_saves_nothing(page, owner, run, reza):
    form = page.as_(reza).get(f"/runs/{run.id}/edit", 200).form()
    page.as_(owner).post(f"/runs/{run.id}/organisers/{reza.id}/remove", {}, 303)
    form.fill(place="East gate").submit(status=403)
    db.session.refresh(run)
    assert run.place == "Laleh Park, west gate"
