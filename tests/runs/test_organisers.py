"""Organising together: who may what, what a phone number tells, and who hears of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from hampa.organising.forms.organisers import PhonesField
from hampa.organising.jobs import forget_expired_invitations
from hampa.people.actions import block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.phone import format_phone
from hampa.platform.texts.cleaning import to_persian_digits
from hampa.runs.models.run import Run, RunInvitation, RunOrganiser
from tests.factories.base import made
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


def asked(run):
    return set(db.session.scalars(select(RunInvitation.phone).where(RunInvitation.run_id == run.id)))


def answer(page, person, run, status=303, **fields):
    return page.as_(person).post(f"/runs/{run.id}/invitation", {"answer": "yes", **fields}, status)


def test_who_is_asked_by_number_says_yes_and_can_change_the_run_then(page, owner, run, told):
    nima = make_person(name="Nima", phone="+989351234567")
    form = page.as_(owner).get(f"/runs/{run.id}/organisers", 200).form(f"/runs/{run.id}/organisers")
    form.fill(organisers="۰۹۳۵ ۱۲۳ ۴۵۶۷").submit(status=303)
    assert told(nima) == ["run_invited"]
    browser = page.as_(nima)
    notice = browser.get("/notifications")
    assert "Sara Karimi asks you to organise “Around the lake” together" in notice.words
    browser.get(f"/runs/{run.id}/edit", 403)
    assert team(run) == set()
    yes, no = (form for form in browser.get(f"/runs/{run.id}/invitation", 200).forms if "answer" in form.names)
    assert (yes.values["answer"], no.values["answer"]) == ("yes", "no")
    yes.submit(status=303)
    assert (team(run), told(owner)) == ({nima.id}, ["run_organiser"])
    browser.get(f"/runs/{run.id}/edit", 200).form().fill(title="Round the lake").submit(status=303)
    db.session.refresh(run)
    assert run.title == "Round the lake"


def test_the_name_is_repeated_and_a_line_holds_several(page, owner, run):
    people = [make_person(phone=phone()) for _ in range(4)]
    first, second, third, fourth = (person.phone for person in people)
    add(page.as_(owner), run, first, f"{second}، {third}", fourth, first)
    assert asked(run) == {person.phone for person in people}


def test_a_run_is_published_and_edited_with_others(page, owner):
    one, other = make_person(phone=phone()), make_person(phone=phone())
    browser = page.as_(owner)
    browser.post("/runs/new", SHORT_FORM | {"organisers": [one.phone]}, 303)
    run = db.session.scalars(select(Run)).one()
    assert asked(run) == {one.phone}
    browser.get(f"/runs/{run.id}/edit").form().fill(organisers=[other.phone]).submit(status=303)
    assert asked(run) == {one.phone, other.phone}
    assert team(run) == set()


def test_every_number_gets_the_same_answer(page, owner, run):
    """Of a number the organiser learns neither name nor id, nor whether it has an account."""
    gone, blocked = make_person(phone=phone(), state="suspended"), make_person(phone=phone())
    here, organises, unknown = make_person(phone=phone()), add_organiser(run), "+989360000001"
    block(blocked, owner.id)
    organises.phone = phone()
    db.session.commit()
    browser, answers = page.as_(owner), []
    for number in (here.phone, gone.phone, blocked.phone, organises.phone, unknown):
        answer = add(browser, run, number).follow()
        shown = answer.text.replace(number, "NUMBER")
        for way in (format_phone(number, "IR"), to_persian_digits(format_phone(number, "IR"))):
            shown = shown.replace(way, "NUMBER")
        shown = re.sub(r"invitations/[0-9a-f-]{36}", "ID", shown)
        shown = re.sub(r"(csrf_token|nonce)[^>]*", "", shown)
        for person in (here, gone, blocked):
            assert str(person.id) not in answer.text and person.name not in answer.text
        answers.append(shown)
        [invitation] = db.session.scalars(select(RunInvitation).where(RunInvitation.phone == number))
        browser.post(f"/runs/{run.id}/invitations/{invitation.id}/withdraw", {}, 303)
    assert len(set(answers)) == 1


def test_neither_a_no_nor_a_block_shows_in_what_the_organiser_sees(page, owner, run):
    nima = make_person(name="Nima", phone="+989351234567")
    browser = page.as_(owner)
    add(browser, run, nima.phone).follow()
    before = browser.get(f"/runs/{run.id}/organisers").words
    answer(page, nima, run, answer="no")
    assert browser.get(f"/runs/{run.id}/organisers").words == before
    assert "Nima" not in browser.get("/notifications").words
    page.as_(nima).post(f"/people/{owner.id}/block", {}, 303)
    assert browser.get(f"/runs/{run.id}/organisers").words == before


def test_what_is_no_number_is_refused_by_name(page, owner, run):
    answer = add(page.as_(owner), run, "0935 12", "+989350000001", status=422)
    assert "0935 12" in answer.error_of("organisers")


def test_a_list_of_numbers_tells_of_a_few_a_day_alone(app, page, owner, run, monkeypatch):
    few = app.extensions["hampa.settings"].model_copy(update={"numbers_per_person_day": 3})
    monkeypatch.setitem(app.extensions, "hampa.settings", few)
    browser = page.as_(owner)
    for last in range(3):
        add(browser, run, f"+98936000000{last}")
    there = make_person(phone=phone())
    refused = add(browser, run, there.phone, status=422).error_of("organisers")
    assert "enough numbers for one day" in refused
    assert there.phone not in asked(run)
    with clock.shifted(timedelta(days=1)):
        add(page.as_(owner), run, there.phone)
    assert there.phone in asked(run)


def test_a_number_gives_no_name_away_before_its_owner_agreed(page, visitor, owner, stranger, run):
    nima = make_person(name="Nima Tehrani", phone="+989351234567")
    add(page.as_(owner), run, nima.phone)
    assert "Nima" not in page.as_(owner).get(f"/runs/{run.id}/organisers").words
    assert "0935 123 4567" in page.as_(owner).get(f"/runs/{run.id}/organisers").words
    for viewer in (visitor, owner, stranger):
        assert "Nima" not in page.as_(viewer).get(f"/runs/{run.id}").words
    seen = page.as_(nima).get(f"/runs/{run.id}")
    assert "You are asked to organise this run together." in seen.words
    assert "your name and face appear on this run's page" in page.as_(nima).get(f"/runs/{run.id}/invitation").words
    answer(page, nima, run)
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
def test_nobody_is_named_before_they_agreed_also_whom_the_organiser_knows(page, visitor, owner, stranger, run, how):
    nima = make_person(name="Nima Tehrani", phone="+989351234567")
    if how == "companion":
        make_companions(owner, nima)
    else:
        take_part(run, nima, status="INTERESTED")
    add(page.as_(owner), run, nima.phone)
    for viewer in (visitor, stranger, owner):
        assert "Nima" not in page.as_(viewer).get(f"/runs/{run.id}").words
    assert "Nima" not in page.as_(owner).get(f"/runs/{run.id}/organisers").words
    page.as_(nima).get(f"/runs/{run.id}/participants.csv", 403)


ENDS = ("withdrawal", "time", "block", "block of the owner", "role", "suspension", "cancellation", "other number")


@pytest.mark.parametrize("how", ENDS)
def test_an_invitation_ends(page, owner, run, reza, how):
    nima = make_person(phone=phone())
    add(page.as_(reza), run, nima.phone)
    assert "You are asked" in page.as_(nima).get(f"/runs/{run.id}").words
    if how == "withdrawal":
        [invitation] = db.session.scalars(select(RunInvitation.id))
        page.as_(reza).get(f"/runs/{run.id}/organisers").form(
            f"/runs/{run.id}/invitations/{invitation}/withdraw"
        ).submit(status=303)
    elif how == "time":
        db.session.execute(update(RunInvitation).values(expires_at=clock.now() - timedelta(seconds=1)))
    elif how == "block":
        block(nima, reza.id)
    elif how == "block of the owner":
        block(owner, nima.id)
    elif how == "role":
        page.as_(owner).post(f"/runs/{run.id}/organisers/{reza.id}/remove", {}, 303)
    elif how == "suspension":
        reza.state = "suspended"
    elif how == "cancellation":
        run.cancelled_at = clock.now()
    else:
        nima.phone = phone()
    db.session.commit()
    gone = 404 if how == "block of the owner" else None
    browser = page.as_(nima)
    assert "You are asked" not in browser.get(f"/runs/{run.id}", gone or 200).words
    browser.get(f"/runs/{run.id}/invitation", gone or 303)
    browser.post(f"/runs/{run.id}/invitation", {"answer": "yes"}, gone or 303)
    assert nima.id not in team(run)


def test_who_said_no_is_not_asked_again(page, owner, run, told):
    nima = make_person(phone="+989351234567")
    add(page.as_(owner), run, nima.phone)
    answer(page, nima, run, answer="no")
    add(page.as_(owner), run, nima.phone)
    assert "You are asked" not in page.as_(nima).get(f"/runs/{run.id}").words
    assert told(nima) == ["run_invited"]


def test_a_number_that_gets_an_account_later_can_answer(page, owner, run):
    add(page.as_(owner), run, "+989351234567")
    nima = make_person(name="Nima", phone="+989351234567")
    answer(page, nima, run)
    assert team(run) == {nima.id}


def test_an_answer_that_is_none_changes_nothing(page, owner, run):
    nima = make_person(phone="+989351234567")
    add(page.as_(owner), run, nima.phone)
    for fields in ({"answer": ""}, {"answer": "maybe"}):
        answer(page, nima, run, 422, **fields)
    assert team(run) == set()


def test_expired_numbers_are_deleted(page, owner, run):
    add(page.as_(owner), run, "+989351234567")
    forget_expired_invitations()
    assert asked(run) == {"+989351234567"}
    with clock.shifted(timedelta(days=15)):
        forget_expired_invitations()
    assert asked(run) == set()


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
        page.as_(person).post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 403)
        answer(page, person, run)
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
    assert (len(team(run)), asked(run)) == (9, {numbers[0]})


def test_asking_the_owner_or_somebody_twice_changes_nothing(page, owner, run, reza, told):
    add(page.as_(reza), run, owner.phone)
    add(page.as_(reza), run, owner.phone)
    add(page.as_(reza), run, reza.phone, status=422)
    answer(page, owner, run)
    assert (team(run), told(owner)) == ({reza.id}, [])


def test_of_two_organisers_who_save_at_once_the_later_sees_both_versions(page, owner, run, reza):
    first = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    second = page.as_(reza).get(f"/runs/{run.id}/edit", 200).form()
    first.fill(place="South gate").submit(status=303)
    friend = make_person(phone=phone())
    answer = second.fill(place="East gate", organisers=[friend.phone]).submit(status=409)
    assert "South gate" in answer.words
    assert answer.form().values["place"] == "East gate"
    assert answer.form().values["organisers"] == friend.phone
    assert asked(run) == set()
    answer.form().submit(status=303)
    db.session.refresh(run)
    assert (run.place, asked(run)) == ("East gate", {friend.phone})


def test_who_was_taken_out_meanwhile_saves_nothing(page, owner, run, reza):
    form = page.as_(reza).get(f"/runs/{run.id}/edit", 200).form()
    page.as_(owner).post(f"/runs/{run.id}/organisers/{reza.id}/remove", {}, 303)
    form.fill(place="East gate").submit(status=403)
    db.session.refresh(run)
    assert run.place == "Laleh Park, west gate"


def test_an_invitation_ends_when_its_asker_organises_other_runs_only(page, stranger, run):
    asker = add_organiser(run)
    add_organiser(make_run(), asker)
    made(
        RunInvitation,
        run_id=run.id,
        role="organiser",
        person_id=stranger.id,
        asker_id=asker.id,
        expires_at=clock.now() + timedelta(days=1),
    )
    words = "You are asked to organise this run together."
    assert words in page.as_(stranger).get(f"/runs/{run.id}").words
    page.as_(stranger).get(f"/runs/{run.id}/invitation", 200)
    db.session.execute(delete(RunOrganiser).where(RunOrganiser.run_id == run.id))
    assert words not in page.as_(stranger).get(f"/runs/{run.id}").words
    assert page.as_(stranger).get(f"/runs/{run.id}/invitation", 303).location.endswith(f"/runs/{run.id}")


def test_more_numbers_than_can_be_asked_are_refused_before_any_is_read(page, run, owner, monkeypatch):
    monkeypatch.setattr(PhonesField, "coerce", lambda _field, _text: pytest.fail("read"))
    refused = add(page.as_(owner), run, ",".join(f"09{number:09}" for number in range(2_000)), status=422)
    assert "10" in refused.error_of("organisers")
