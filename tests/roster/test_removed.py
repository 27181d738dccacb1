"""Somebody whom an organiser took off the list comes back only with an organiser's yes, by whatever way they try."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy.orm.exc import StaleDataError

from hampa.joining import actions as joining
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.security import signed_links
from hampa.roster.actions import participants as roster
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, REQUESTED, WAITLISTED
from hampa.runs.queries.people import participation_of
from hampa.series.actions import memberships
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part
from tests.factories.series import first_run
from tests.races import at_once, waiting_for_us


def take_off(page, owner, run, person, seen=GOING):
    page.as_(owner).post(
        f"/runs/{run.id}/participants/{place_of(run, person)}",
        {"status": LEFT, "seen": seen, "note": "Not this week"},
        303,
    )


@pytest.fixture
def run(owner):
    return make_run(owner, title="Lake loop", capacity=5)


def test_who_was_taken_off_the_list_can_only_ask_and_reads_why(page, run, owner, stranger, states, told):
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    browser = page.as_(stranger)
    words = browser.get(f"/runs/{run.id}").words
    assert "Taken off the list" in words
    assert "Ask to join" in words
    assert "I'm in" not in words
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: REQUESTED}
    assert told(owner) == ["run_requested"]
    assert "was taken off the list" in page.as_(owner).get(f"/runs/{run.id}/requests").words
    words = browser.get(f"/runs/{run.id}").words
    assert "Asked" in words
    assert "You can ask" not in words


def test_the_joining_of_everybody_else_is_as_it_was(page, run, owner, stranger, companion, states):
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    page.as_(companion).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: LEFT, companion.id: GOING}


@pytest.mark.parametrize("status", [GOING, WAITLISTED, INTERESTED, REQUESTED])
def test_in_whatever_way_they_were_on_the_list(page, run, owner, stranger, states, status):
    take_part(run, stranger, status)
    take_off(page, owner, run, stranger, status)
    browser = page.as_(stranger)
    assert "took you off the list" in browser.post(f"/runs/{run.id}/join", {"status": "INTERESTED"}, 422).words
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    browser.post(f"/runs/{run.id}/join", {"status": "INTERESTED"}, 422)  # not by way of their request either
    browser.post(f"/runs/{run.id}/leave", status=303)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: REQUESTED}


def test_a_yes_ends_it_for_good(page, run, owner, stranger, states):
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "yes"}, 303)
    assert states(run) == {stranger.id: GOING}
    browser.post(f"/runs/{run.id}/leave", status=303)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: GOING}


def test_a_no_is_the_last_word(page, run, owner, stranger, states):
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "no"}, 303)
    assert "not this time" in browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 422).words
    words = browser.get(f"/runs/{run.id}").words
    assert "not this time" in words
    assert "You can ask" not in words
    assert states(run) == {stranger.id: LEFT}


def test_who_left_by_themselves_comes_back_as_before(page, run, owner, stranger, states):
    take_part(run, stranger)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/leave", status=303)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: GOING}


def test_who_leaves_a_moment_before_does_not_get_round_it(page, run, owner, stranger, states):
    take_part(run, stranger)
    page.as_(stranger).post(f"/runs/{run.id}/leave", status=303)
    take_off(page, owner, run, stranger, seen=GOING)
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {stranger.id: REQUESTED}


def test_an_organiser_who_takes_themselves_off_comes_back_freely(page, run, owner, states):
    take_part(run, owner)
    take_off(page, owner, run, owner)
    page.as_(owner).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {owner.id: GOING}


def test_the_link_of_an_old_message_asks_too(page, run, owner, stranger, states):
    take_part(run, stranger)
    link = "/go/" + signed_links.make_token("j", place_of(run, stranger), stranger.phone)
    take_off(page, owner, run, stranger)
    answer = page.get(link, 200)
    assert "took you off the list" in answer.words
    asks = next(form for form in answer.forms if form.values.get("answer") == "yes")
    assert "You have asked" in asks.submit(status=303).follow().words
    assert states(run) == {stranger.id: REQUESTED}


def test_a_program_gets_no_further_than_a_page(program, run, owner, stranger, states):
    take_part(run, stranger)
    theirs, path = program.as_(stranger), f"/runs/{run.id}"
    program.as_(owner).patch(f"{path}/participants/{place_of(run, stranger)}", {"status": LEFT}, 204)
    admission = theirs.get(path, 200).data["admission"]
    assert (admission["status"], admission["actions"]) == ("approval", ["ask"])
    assert "took you off the list" in admission["reason"]
    assert "took you off the list" in theirs.post(f"{path}/join", {"status": "INTERESTED"}, 422).error["message"]
    assert theirs.post(f"{path}/join", {"status": "GOING"}, 200).data["status"] == "REQUESTED"
    assert states(run) == {stranger.id: REQUESTED}


def test_every_time_of_a_series_does_not_bring_them_back_into_the_run(page, owner, stranger, states, work_off):
    run = first_run(owner)
    work_off()
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    page.as_(stranger).post(f"/series/{run.series_id}/join", status=303)
    work_off()
    assert states(run) == {stranger.id: LEFT}


def test_who_asks_does_not_pass_the_queue_while_the_run_is_full(page, owner, stranger, states):
    run = make_run(owner, capacity=2)
    take_part(run, owner)
    take_part(run, stranger)
    take_off(page, owner, run, stranger)
    take_part(run, other := make_person())
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {owner.id: GOING, stranger.id: REQUESTED, other.id: GOING}
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "yes"}, 303)
    assert states(run) == {owner.id: GOING, stranger.id: WAITLISTED, other.id: GOING}


def the(person_id):
    return db.session.get_one(Person, person_id)


@pytest.mark.parametrize("before", [GOING, INTERESTED, WAITLISTED])
def test_a_join_that_waits_for_the_removal_is_a_request(real_database, before):
    """The row was read before the organiser's decision, as a link of a message reads it."""
    with real_database.app_context():
        run = make_run(make_person())
        person = take_part(run, status=before)
        db.session.commit()
        owner_id, person_id, run_id, place_id = run.organiser_id, person.id, run.id, place_of(run, person)

        def join() -> None:
            read = participation_of(the(person_id), run_id)
            assert read.status == before
            joining.leave_run(the(person_id), run_id)
            db.session.commit()
            joining.join_run(the(person_id), run_id)
            db.session.commit()

        roster.set_participant_status(the(owner_id), run_id, place_id, LEFT)
        with waiting_for_us(real_database, lambda: _lost_or_done(join)):
            db.session.commit()
        db.session.expire_all()
        assert participation_of(the(person_id), run_id).status in (LEFT, REQUESTED)


def _lost_or_done(deed) -> None:
    with suppress(StaleDataError):  # answered as a lost race
        deed()
    db.session.rollback()


@pytest.mark.parametrize("turn", range(2))
def test_whoever_is_first_nobody_who_was_taken_off_has_a_place(real_database, turn):
    with real_database.app_context():
        run = first_run(make_person())
        person = take_part(run)
        db.session.commit()
        owner_id, person_id, run_id, series_id = run.organiser_id, person.id, run.id, run.series_id
        place_id = place_of(run, person)
    deeds = [
        lambda: roster.set_participant_status(the(owner_id), run_id, place_id, LEFT),
        lambda: joining.join_run(the(person_id), run_id),
        lambda: joining.join_run(the(person_id), run_id, INTERESTED),
        lambda: joining.leave_run(the(person_id), run_id),
        lambda: joining.join_run(the(person_id), run_id),
        lambda: memberships.join_series(the(person_id), series_id, run_id),
    ]
    at_once(real_database, deeds)
    with real_database.app_context():
        assert participation_of(the(person_id), run_id).status in (LEFT, REQUESTED)
