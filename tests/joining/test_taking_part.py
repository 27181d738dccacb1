"""Joining, waiting, moving up, leaving: who has a place, who is told, and what the page answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.outbox import jobs as outbox
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.notifications import choose
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.html import words


def join(page, run, person, status="GOING", **more):
    return page.as_(person).post(f"/runs/{run.id}/join", {"status": status} | more)


def leave(page, run, person):
    return page.as_(person).post(f"/runs/{run.id}/leave")


def going_form(answer):
    """Return the form whose button says "I'm in"."""
    return next(form for form in answer.forms if form.values.get("status") == "GOING")


def counts(run):
    db.session.refresh(run)
    return run.taken, run.waiting, run.interested


def test_who_is_in_has_a_place_and_the_organiser_hears_of_it(page, owner, stranger, states, told, texted):
    choose(owner, run_joined={"sms": True})
    run = make_run(owner, capacity=2)
    answer = join(page, run, stranger)
    assert (answer.status, answer.location) == (303, f"/runs/{run.id}")
    assert states(run) == {stranger.id: "GOING"}
    assert counts(run) == (1, 0, 0)
    assert (told(owner), texted(owner)) == (["run_joined"], ["run_joined"])
    assert told(stranger) == []


def test_the_sms_is_sent_by_the_worker_in_the_language_of_the_organiser(page, stranger, db_session):
    organiser = make_person(locale="fa")
    choose(organiser, run_joined={"sms": True})
    run = make_run(organiser, title="دور دریاچه")
    join(page, run, stranger)
    assert outbox.send_due("normal", lambda: False) == 1
    text = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == organiser.phone)).one()
    assert f"/r/{run.short_code}" in text
    assert "همپا" in text and stranger.name in text and "دور دریاچه" in text


def test_the_form_on_the_page_does_it_plainly_and_by_htmx(page, owner, stranger, states):
    run = make_run(capacity=2)
    plain = page.as_(stranger).get(f"/runs/{run.id}")
    joined = going_form(plain).submit(status=303).follow()
    assert "You're in" in joined.words
    live = page.as_(owner).get(f"/runs/{run.id}")
    fragment = going_form(live).submit(htmx=True, status=200)
    assert words(fragment.one(class_="bar-words")).startswith("You're in")
    assert owner.name in words(fragment.one(id="people"))
    assert not fragment.all("h1")
    assert set(states(run).values()) == {"GOING"}


def test_joining_twice_is_joining_once(page, owner, stranger, states, told):
    run = make_run(owner, capacity=2)
    for status in ("GOING", "GOING"):
        assert join(page, run, stranger, status).status == 303
    assert counts(run) == (1, 0, 0)
    for status in ("INTERESTED", "INTERESTED"):
        assert join(page, run, owner, status).status == 303
    assert counts(run) == (1, 0, 1)
    assert states(run) == {stranger.id: "GOING", owner.id: "INTERESTED"}
    assert told(owner) == ["run_joined"]


def test_a_full_run_lets_people_wait_in_order_and_says_how_many_are_ahead(page, owner, states, texted):
    choose(owner, run_joined={"sms": True})
    run = make_run(owner, capacity=2)
    people = [make_person() for _ in range(5)]
    for person in people:
        assert join(page, run, person).status == 303
    assert list(states(run).values()) == ["GOING", "GOING", "WAITLISTED", "WAITLISTED", "WAITLISTED"]
    assert list(states(run)) == [person.id for person in people]
    assert "2 ahead" in page.as_(people[4]).get(f"/runs/{run.id}").words
    assert "2 people are ahead of you." in page.as_(people[4]).get(f"/runs/{run.id}/taking-part").words
    last = make_person()
    assert "3 people are ahead of you. As soon as" in join(page, run, last).follow().words
    assert "You are next in line" in page.as_(people[2]).get(f"/runs/{run.id}").words
    assert texted(owner) == ["run_joined"], "of both who come tells one SMS; who only waits is no reason for any"


def test_who_leaves_gives_the_place_to_the_first_in_line_who_hears_of_it(page, states, told, texted):
    run = make_run(capacity=2)
    first, second, third, fourth = [make_person() for _ in range(4)]
    for person in (first, second, third, fourth):
        join(page, run, person)
    assert leave(page, run, first).location == f"/runs/{run.id}"
    assert states(run) == {first.id: "LEFT", second.id: "GOING", third.id: "GOING", fourth.id: "WAITLISTED"}
    assert counts(run) == (2, 1, 0)
    assert (told(third), texted(third)) == (["run_promoted"], ["run_promoted"])
    assert (told(fourth), texted(fourth)) == ([], [])


def test_who_only_waits_or_was_interested_leaves_no_place_behind(page, states, told):
    run = make_run(capacity=2)
    people = [make_person() for _ in range(4)]
    for person in people:
        join(page, run, person)
    unsure = make_person()
    join(page, run, unsure, "INTERESTED")
    leave(page, run, people[2])
    leave(page, run, unsure)
    assert counts(run) == (2, 1, 0)
    assert told(people[3]) == []


def test_leaving_twice_is_leaving_once_and_leaving_without_being_in_is_nothing(page, stranger, states):
    run = make_run(capacity=2)
    take_part(run)
    assert leave(page, run, stranger).status == 303
    join(page, run, stranger)
    for _ in range(2):
        assert leave(page, run, stranger).status == 303
    assert counts(run) == (1, 0, 0)
    left = db.session.scalars(select(Participation).where(Participation.person_id == stranger.id)).one()
    assert (left.status, left.left_at is not None) == ("LEFT", True)


def test_who_comes_back_stands_at_the_end_of_the_queue(page, stranger, states):
    run = make_run(capacity=2)
    for status in ("GOING", "GOING"):
        take_part(run, status=status)
    join(page, run, stranger)
    second = make_person()
    join(page, run, second)
    leave(page, run, stranger)
    join(page, run, stranger)
    waiting = [person for person, status in states(run).items() if status == "WAITLISTED"]
    assert waiting == [second.id, stranger.id]


def test_a_newcomer_never_passes_the_queue(page, stranger, states):
    run = make_run(capacity=3)
    for status in ("GOING", "GOING", "WAITLISTED"):
        take_part(run, status=status)
    join(page, run, stranger)
    assert states(run)[stranger.id] == "WAITLISTED"


def test_who_is_interested_can_turn_to_going_and_back_and_the_place_is_free_again(page, stranger, owner, states, told):
    run = make_run(capacity=2)
    take_part(run)
    join(page, run, stranger, "INTERESTED")
    join(page, run, stranger, "GOING")
    join(page, run, owner, "GOING")
    assert counts(run) == (2, 1, 0)
    join(page, run, stranger, "INTERESTED")
    assert counts(run) == (2, 0, 1)
    assert states(run)[owner.id] == "GOING"
    assert told(owner) == ["run_promoted"]


def test_interested_stays_possible_when_the_run_is_full(page, stranger, states):
    run = make_run(capacity=2)
    take_part(run)
    take_part(run)
    join(page, run, stranger, "INTERESTED")
    assert states(run)[stranger.id] == "INTERESTED"


def test_the_organiser_takes_no_place_until_they_join_and_is_not_told_of_it(page, owner, told):
    run = make_run(owner, capacity=2)
    assert counts(run) == (0, 0, 0)
    join(page, run, owner)
    assert counts(run) == (1, 0, 0)
    assert told(owner) == []
    join(page, run, owner, "INTERESTED")
    assert counts(run) == (0, 0, 1)


def test_the_organiser_hears_once_of_somebody_who_comes_and_goes(page, owner, stranger, told, texted):
    choose(owner, run_joined={"sms": True})
    run = make_run(owner)
    for _ in range(3):
        join(page, run, stranger)
        leave(page, run, stranger)
    assert (told(owner), texted(owner)) == (["run_joined"], ["run_joined"])


@pytest.mark.parametrize(
    ("minutes", "cancelled", "said"),
    [(-60, True, "This run is cancelled."), (1, False, "This run has begun."), (61, False, "This run is over.")],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_closed_run_takes_nobody_and_lets_nobody_go_and_says_why(page, stranger, minutes, cancelled, said, htmx):
    run = make_run(capacity=2)
    comes = take_part(run)
    run.cancelled_at = clock.now() if cancelled else None
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        for person, path in ((stranger, "join"), (comes, "leave")):
            browser = page.as_(person).htmx if htmx else page.as_(person)
            answer = browser.post(f"/runs/{run.id}/{path}", {"status": "GOING"}, 422)
            assert said in answer.words
            assert bool(answer.all("h1")) != htmx
    assert counts(run) == (1, 0, 0)


@pytest.mark.parametrize("status", ["COMING", "WAITLISTED", "LEFT", "going", "\u202e", "a" * 9000])
def test_nobody_joins_in_a_way_that_there_is_not(page, stranger, status):
    run = make_run(capacity=2)
    answer = join(page, run, stranger, status)
    assert answer.status == 422
    assert "Choose one of these." in answer.words
    assert counts(run) == (0, 0, 0)


def test_without_a_status_it_is_going(page, stranger, states):
    run = make_run()
    assert page.as_(stranger).post(f"/runs/{run.id}/join", {}, 303)
    assert states(run) == {stranger.id: "GOING"}


def test_a_card_and_a_line_can_be_brought_along_changed_and_taken_back(page, owner, stranger):
    run, card = make_run(owner), make_card(stranger, title="Easy mornings")
    join(page, run, stranger)
    browser = page.as_(stranger)
    form = next(form for form in browser.get(f"/runs/{run.id}").forms if "note" in form.names)
    form.fill(card_id=card.id, note="Back by nine").submit(status=303)
    seen = page.as_(owner).get(f"/runs/{run.id}/participants")
    assert "Back by nine" in seen.words and "Easy mornings" in seen.words
    form = next(form for form in browser.get(f"/runs/{run.id}").forms if "note" in form.names)
    assert (form.values["card_id"], form.values["note"]) == (str(card.id), "Back by nine")
    form.values["card_id"] = ""
    form.fill(note="").submit(status=303)
    seen = page.as_(owner).get(f"/runs/{run.id}/participants")
    assert "Back by nine" not in seen.words and "Easy mornings" not in seen.words


def test_a_card_that_is_deleted_leaves_its_owner_in_the_run(page, stranger, states):
    run, card = make_run(), make_card(stranger)
    join(page, run, stranger, card_id=str(card.id))
    page.as_(stranger).get(f"/cards/{card.id}/delete").form().submit(status=303)
    assert states(run) == {stranger.id: "GOING"}


@pytest.mark.parametrize("which", ["of another", "none", "nonsense", "a" * 36, "' OR 1=1"])
def test_nobody_brings_a_card_that_is_not_theirs(page, stranger, owner, which):
    run = make_run()
    card_id = {"of another": make_card(owner).id, "none": run.id}.get(which, which)
    answer = join(page, run, stranger, card_id=str(card_id))
    assert answer.status == 422
    assert "Choose one of your own cards." in answer.words
    assert counts(run) == (0, 0, 0)


def test_a_line_too_long_is_refused_and_kept(page, stranger):
    run = make_run()
    take_part(run, stranger)
    answer = join(page, run, stranger, note="x" * 201)
    assert answer.status == 422
    assert answer.error_of("note")
    assert answer.one(id="note").get("value") == "x" * 201


@pytest.mark.parametrize(
    ("mine", "waiting", "said"),
    [
        ("GOING", 0, "Your place is free for somebody else then."),
        ("GOING", 1, "Your place goes to the first in line at once"),
        ("WAITLISTED", 1, "You lose your place in the queue."),
        ("INTERESTED", 0, "Not coming after all?"),
    ],
)
def test_leaving_asks_first_and_says_what_happens_to_whom(page, stranger, states, mine, waiting, said):
    run = make_run(capacity=2)
    take_part(run, stranger, mine)
    for _ in range(waiting):
        take_part(run, status="WAITLISTED")
    asked = page.as_(stranger).get(f"/runs/{run.id}/leave", 200)
    assert said in asked.words
    assert states(run)[stranger.id] == mine
    asked.form(f"/runs/{run.id}/leave").submit(status=303)
    assert states(run)[stranger.id] == "LEFT"


def test_who_is_not_in_has_nothing_to_leave(page, stranger):
    run = make_run()
    assert page.as_(stranger).get(f"/runs/{run.id}/leave", 303).location == f"/runs/{run.id}"


@pytest.mark.parametrize("path", ["join", "leave"])
def test_a_visitor_is_sent_to_sign_in_and_back_to_the_run(page, path):
    run = make_run()
    answer = page.post(f"/runs/{run.id}/{path}", {}, 303)
    assert answer.location.startswith("/login")
    assert page.get(f"/runs/{run.id}/{path}", 303).location.replace("%2F", "/") == f"/login?next=/runs/{run.id}/{path}"


def test_the_list_shows_at_once_what_somebody_did(page, owner, stranger, db_session, remembering):
    run = make_run(owner, capacity=2)
    db_session.commit()
    visitor = page.get("/runs")
    assert "2 places left" in visitor.words
    join(page, run, stranger)
    assert "1 place left" in page.get("/runs").words
    assert "1 place left" in page.as_(owner).get("/runs").words
    leave(page, run, stranger)
    assert "2 places left" in page.get("/runs").words


def test_pages_that_are_kept_show_at_once_who_brings_somebody_or_runs_in_another_group(
    page, owner, stranger, remembering
):
    run = make_run(owner, capacity=9, guests_allowed=2)
    groups = [made(PaceGroup, run_id=run.id, position=at, name=name, pace=400) for at, name in enumerate(("A", "B"))]
    join(page, run, stranger, pace_group=groups[0].id)
    for looks in (page, page.as_(owner)):
        assert "8 places left" in looks.get("/runs").words
    join(page, run, stranger, pace_group=groups[0].id, guests="1")
    for looks in (page, page.as_(owner)):
        assert "7 places left" in looks.get("/runs").words
    in_the_first = page.get(f"/runs/{run.id}").words
    join(page, run, stranger, pace_group=groups[1].id, guests="1")
    assert page.get(f"/runs/{run.id}").words != in_the_first
