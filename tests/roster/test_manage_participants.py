"""What organisers decide: requests, one by one and all; somebody's state; people who just turn up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, REQUESTED, WAITLISTED, Participation
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part


def asked_run(owner, people=1, **given):
    run = make_run(owner, join_policy="approval", **given)
    return run, [take_part(run, status=REQUESTED) for _ in range(people)]


def counts(run):
    db.session.refresh(run)
    return run.taken, run.waiting, run.requested


def test_who_comes_asks_first_and_the_organiser_hears_of_it(page, owner, stranger, states, told, texted):
    run = make_run(owner, join_policy="approval")
    browser = page.as_(stranger)
    assert "Ask to join" in browser.get(f"/runs/{run.id}").words
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: REQUESTED}
    assert counts(run) == (0, 0, 1)
    assert (told(owner), texted(owner)) == (["run_requested"], [])
    assert "Asked" in browser.get(f"/runs/{run.id}").words
    browser.post(f"/runs/{run.id}/leave", status=303)
    assert counts(run) == (0, 0, 0)


def test_one_is_let_in_another_is_told_no_and_can_t_ask_again(page, owner, states, told):
    run, (one, other) = asked_run(owner, 2)
    browser = page.as_(owner)
    browser.post(f"/runs/{run.id}/requests", {"answer": "yes", "person": str(place_of(run, one))}, 303)
    browser.post(f"/runs/{run.id}/requests", {"answer": "no", "person": str(place_of(run, other))}, 303)
    assert states(run) == {one.id: GOING, other.id: LEFT}
    assert (told(one), told(other)) == (["run_approved"], ["run_declined"])
    assert "not this time" in page.as_(other).post(f"/runs/{run.id}/join", {"status": "GOING"}, 422).words
    assert counts(run) == (1, 0, 0)


def test_all_are_let_in_by_one_tap_in_the_order_of_asking_and_the_rest_wait(page, owner, states, told):
    run, people = asked_run(owner, 5, capacity=3)
    answer = page.as_(owner).get(f"/runs/{run.id}/requests")
    assert "Yes to all 5" in answer.words
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "yes"}, 303)
    assert [states(run)[person.id] for person in people] == [GOING] * 3 + [WAITLISTED] * 2
    assert counts(run) == (3, 2, 0)
    assert {kind for person in people for kind in told(person)} == {"run_approved"}


def test_forty_requests_cost_as_many_statements_as_four(page, owner, statements):
    run, _people = asked_run(owner, 4)
    browser, cost = page.as_(owner), []
    for more in (0, 36):
        for _ in range(more):
            take_part(run, status=REQUESTED)
        with statements() as seen:
            browser.get(f"/runs/{run.id}/requests")
        cost.append(len(seen))
    assert max(cost) <= 5


@pytest.mark.parametrize("data", [{"answer": "maybe"}, {}, {"answer": "yes", "person": "nobody"}])
def test_an_answer_that_is_none_changes_nothing(page, owner, states, data):
    run, (one,) = asked_run(owner)
    page.as_(owner).post(f"/runs/{run.id}/requests", data, 422)
    assert states(run) == {one.id: REQUESTED}


def test_somebody_is_put_into_another_state_and_told_with_a_line(page, owner, states, told):
    run = make_run(owner, capacity=2)
    goes, _other, waits = take_part(run), take_part(run), take_part(run, status=WAITLISTED)
    browser = page.as_(owner)
    path = f"/runs/{run.id}/participants/{place_of(run, goes)}"
    assert goes.name in browser.get(path).words
    browser.post(path, {"status": "LEFT", "note": "Come next week, your knee needs rest"}, 303)
    assert (states(run)[goes.id], states(run)[waits.id]) == (LEFT, GOING)
    assert (told(goes), told(waits)) == (["run_set"], ["run_promoted"])
    assert "your knee needs rest" in page.as_(goes).get("/notifications").words
    full = browser.post(path, {"status": "GOING", "note": "x"}, 422)
    assert "no place left" in full.words
    browser.post(path, {"status": "INTERESTED", "note": ""}, 303)
    assert states(run)[goes.id] == INTERESTED


def test_who_left_by_themselves_is_not_put_back_unasked(page, owner, states):
    run = make_run(owner, capacity=2)
    _goes, waits = take_part(run), take_part(run, status=WAITLISTED)
    path = f"/runs/{run.id}/participants/{place_of(run, waits)}"
    opened = page.as_(owner).get(path).form(path)
    page.as_(waits).post(f"/runs/{run.id}/leave", {}, 303)
    refused = opened.fill(status="GOING").submit(status=422)
    assert "left on their own" in refused.words
    browser = page.as_(owner)
    browser.post(path, {"status": "LEFT", "seen": "WAITLISTED"}, 303)  # not by way of taking them off the list either
    browser.get(path).form(path).fill(status="GOING").submit(status=422)
    assert states(run)[waits.id] == LEFT


def test_taking_somebody_off_and_in_again_rings_a_few_times_a_day(page, owner, states, work):
    run = make_run(owner, capacity=2)
    goes = take_part(run)
    path, browser = f"/runs/{run.id}/participants/{place_of(run, goes)}", page.as_(owner)
    for _each in range(4):
        browser.post(path, {"status": "LEFT", "seen": "GOING"}, 303)
        browser.post(path, {"status": "GOING", "seen": "LEFT"}, 303)
    assert states(run)[goes.id] == GOING
    texts = db.session.scalars(select(OutboxMessage).where(OutboxMessage.person_id == goes.id)).all()
    assert len(texts) == 3


def test_nobody_is_put_in_who_never_took_part(page, owner, stranger):
    run = make_run(owner)
    page.as_(owner).post(f"/runs/{run.id}/participants/{stranger.id}", {"status": "GOING"}, 404)
    page.as_(owner).get(f"/runs/{run.id}/participants/{run.id}", 404)


def test_a_line_that_is_too_long_is_refused_and_kept(page, owner):
    run = make_run(owner)
    goes = take_part(run)
    answer = page.as_(owner).post(
        f"/runs/{run.id}/participants/{place_of(run, goes)}", {"status": "LEFT", "note": "x" * 201}, 422
    )
    assert answer.error_of("note")
    assert "x" * 201 in answer.text


def test_who_turns_up_is_added_by_number_and_finds_the_run_later(page, owner, states):
    run = make_run(owner, capacity=2)
    browser = page.as_(owner)
    fields = {"name": "Farid", "phone": "۰۹۱۲۷۶۵۴۳۲۱"}
    with clock.frozen(run.starts_at - timedelta(minutes=10)):
        browser.post(f"/runs/{run.id}/walk-ins", fields, 303)
        browser.post(f"/runs/{run.id}/walk-ins", fields, 303)
    farid = db.session.scalars(select(Person).where(Person.phone == "+989127654321")).one()
    assert states(run) == {farid.id: GOING}
    assert counts(run) == (1, 0, 0)
    assert "Farid" in browser.get(f"/runs/{run.id}/participants").words
    assert run.title in page.as_(farid).get("/me/runs").words


def test_who_has_an_account_keeps_their_own_name(page, owner):
    run = make_run(owner)
    mina = make_person(name="Mina Rahimi")
    with clock.frozen(run.starts_at):
        page.as_(owner).post(f"/runs/{run.id}/walk-ins", {"name": "Somebody", "phone": mina.phone}, 303)
    db.session.refresh(mina)
    assert mina.name == "Mina Rahimi"


def test_nobody_walks_in_too_early_or_too_late(page, owner, states):
    run = make_run(owner, capacity=2)
    browser = page.as_(owner)
    fields = {"name": "Farid", "phone": "+989127654321"}
    for at in (run.starts_at - timedelta(hours=4), run.ends_at):
        with clock.frozen(at):
            assert "from three hours before" in browser.post(f"/runs/{run.id}/walk-ins", fields, 422).words
    take_part(run)
    take_part(run)
    with clock.frozen(run.starts_at):
        assert "Check the digits" in browser.post(f"/runs/{run.id}/walk-ins", fields | {"phone": "12"}, 422).words
    assert len(states(run)) == 2


def test_others_decide_nothing(page, owner, stranger, companion, states):
    run, (one,) = asked_run(owner)
    for person in (stranger, companion, one):
        browser = page.as_(person)
        for path in ("requests", f"participants/{one.id}", "walk-ins"):
            browser.get(f"/runs/{run.id}/{path}", 403)
            browser.post(f"/runs/{run.id}/{path}", {"answer": "yes", "status": "GOING"}, 403)
    assert states(run) == {one.id: REQUESTED}
    assert db.session.scalars(select(Participation.status)).all() == [REQUESTED]


def test_the_list_leads_its_organiser_to_who_asks_to_join(page, owner):
    run = make_run(owner, join_policy="approval")
    for _each in range(3):
        asking = take_part(run, status="REQUESTED")
    path = f"/runs/{run.id}/participants"
    words = page.as_(owner).get(path, 200).words
    assert "3 ask to join" in words and "Send the link to your friends" in words
    assert "Nobody has a place yet" in words and "Be the first" not in page.get(f"/runs/{run.id}", 200).words
    words = page.as_(asking).get(path, 200).words
    assert "ask to join" not in words and "Be the first, others follow." in words
