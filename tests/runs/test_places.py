"""Guests, offers with a time, pairs, pace groups: who gets a place that comes free."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from hampa.joining import actions as joining
from hampa.joining.queries.pages import waiting_companions
from hampa.plans import actions as plans
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.actions import places
from hampa.runs.actions.places import offer_end
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, WAITLISTED, Participation
from hampa.runs.models.run import PaceGroup
from tests.factories.base import made
from tests.factories.cards import make_companions
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part


def counts(run):
    db.session.refresh(run)
    return run.taken, run.offered, run.waiting, run.interested


def row_of(run, person):
    return db.session.scalars(
        select(Participation).where(Participation.run_id == run.id, Participation.person_id == person.id)
    ).one()


def in_queue(run, *, at_once=True, **given):
    """Somebody who waits, and is asked before they get a place unless it may be taken `at_once`."""
    return take_part(
        run, make_person(quiet_from=time(0), quiet_to=time(0)), "WAITLISTED", take_at_once=at_once, **given
    )


def full_run(places=2, **given):
    run = make_run(capacity=places, **given)
    return run, [take_part(run) for _ in range(places)]


def test_a_place_is_taken_for_who_asked_for_that_while_there_is_time(db_session, states, told):
    run, (one, _other) = full_run()
    waits = in_queue(run)
    joining.leave_run(one, run.id)
    assert states(run)[waits.id] == GOING
    assert counts(run) == (2, 0, 0, 0)
    assert told(waits) == ["run_promoted"]


@pytest.mark.parametrize(("at_once", "hours"), [(False, 48), (True, 2.9)])
def test_others_are_offered_it_and_so_is_everybody_shortly_before_the_start(
    db_session, states, told, texted, at_once, hours
):
    run, (one, _other) = full_run()
    waits = in_queue(run, at_once=at_once)
    with clock.frozen(run.starts_at - timedelta(hours=hours)):
        joining.leave_run(one, run.id)
        assert states(run)[waits.id] == OFFERED
        assert counts(run) == (2, 1, 0, 0)
        assert (told(waits), texted(waits)) == (["run_offered"], ["run_offered"])
        joining.answer_offer(waits, run.id, take=True)
    assert states(run)[waits.id] == GOING
    assert counts(run) == (2, 0, 0, 0)


def test_who_passes_stays_interested_and_the_next_is_asked(db_session, states):
    run, (one, _other) = full_run()
    first, second = in_queue(run, at_once=False), in_queue(run, at_once=False)
    joining.leave_run(one, run.id)
    joining.answer_offer(first, run.id, take=False)
    assert (states(run)[first.id], states(run)[second.id]) == (INTERESTED, OFFERED)
    assert counts(run) == (2, 1, 0, 1)
    joining.answer_offer(first, run.id, take=False)
    assert states(run)[first.id] == INTERESTED


def test_an_offer_that_nobody_answers_goes_to_the_next_when_its_time_is_over(db_session, states, work_off):
    run, (one, _other) = full_run()
    first, second = in_queue(run, at_once=False), in_queue(run, at_once=False)
    joining.leave_run(one, run.id)
    ends = row_of(run, first).offer_ends_at
    with clock.frozen(ends - timedelta(seconds=1)):
        work_off()
        assert states(run)[first.id] == OFFERED
    with clock.frozen(ends):
        work_off()
        assert (states(run)[first.id], states(run)[second.id]) == (INTERESTED, OFFERED)
        assert counts(run) == (2, 1, 0, 1)


def test_an_offer_that_is_over_can_t_be_taken_though_no_worker_looked(page, db_session, states):
    run, (one, _other) = full_run()
    late, next_one = in_queue(run, at_once=False), in_queue(run, at_once=False)
    joining.leave_run(one, run.id)
    with clock.frozen(row_of(run, late).offer_ends_at):
        assert "Join the waitlist" in page.as_(late).get(f"/runs/{run.id}").words
        answer = page.as_(late).post(f"/runs/{run.id}/offer", {"answer": "take"}, 422)
        assert "This offer is over" in answer.words
        assert (states(run)[late.id], states(run)[next_one.id]) == (INTERESTED, OFFERED)


def test_the_page_shows_the_offer_with_its_time_and_takes_the_answer(page, db_session, states):
    run, (one, _other) = full_run()
    asked = in_queue(run, at_once=False)
    joining.leave_run(one, run.id)
    browser = page.as_(asked)
    with clock.frozen(row_of(run, asked).offer_ends_at - timedelta(minutes=100)):
        found = browser.get(f"/runs/{run.id}").words
        assert "A place is offered" in found and "1 h 40 left" in found
        assert browser.post(f"/runs/{run.id}/offer", {"answer": "perhaps"}, 422)
        assert browser.post(f"/runs/{run.id}/offer", {"answer": "take"}).status == 303
    assert states(run)[asked.id] == GOING


def test_the_same_answer_comes_back_to_htmx_as_the_fresh_part_of_the_page(page, db_session):
    run, (one, _other) = full_run()
    asked = in_queue(run, at_once=False)
    joining.leave_run(one, run.id)
    answer = page.as_(asked).htmx.post(f"/runs/{run.id}/offer", {"answer": "take"}, 200)
    assert "You're in" in answer.words


def test_a_stranger_has_no_offer_to_answer(page, db_session, stranger, states):
    run, _people = full_run()
    assert page.as_(stranger).post(f"/runs/{run.id}/offer", {"answer": "take"}, 422)
    assert stranger.id not in states(run)


@pytest.mark.parametrize(("hours_to_start", "minutes"), [(48, 120), (4, 120), (3, 90), (1, 30), (0.25, 10), (0.1, 6)])
def test_an_offer_lasts_half_the_time_to_the_start_within_its_limits(hours_to_start, minutes):
    now = clock.now()
    awake = SimpleNamespace(quiet_from=time(0), quiet_to=time(0), quiet_days=None, timezone="Asia/Tehran")
    assert offer_end(now + timedelta(hours=hours_to_start), awake, now) == now + timedelta(minutes=minutes)


def test_the_time_to_answer_an_offer_stands_still_in_the_quiet_hours_of_the_weekday():
    now = clock.now()
    today = str((now + timedelta(hours=3, minutes=30)).isoweekday())
    quiet = SimpleNamespace(quiet_from=time(0), quiet_to=time(0), quiet_days=None, timezone="Asia/Tehran")
    quiet.quiet_days = {today: ["00:00", "23:59"]}
    assert offer_end(now + timedelta(days=5), quiet, now) > now + timedelta(hours=2)


def test_guests_take_places_too_and_a_party_that_does_not_fit_is_passed_over(db_session, states):
    run, (one, other, _third) = full_run(3, guests_allowed=3)
    party, alone = in_queue(run, guests=1), in_queue(run)
    joining.leave_run(one, run.id)
    assert (states(run)[party.id], states(run)[alone.id]) == (WAITLISTED, GOING)
    joining.leave_run(other, run.id)
    assert states(run)[party.id] == WAITLISTED
    joining.leave_run(alone, run.id)
    assert states(run)[party.id] == GOING
    assert counts(run)[0] == 3


def test_a_newcomer_who_fits_has_the_place_that_the_party_before_can_t_use(db_session, states):
    run, (one, _other) = full_run(guests_allowed=1)
    party = in_queue(run, guests=1)
    joining.leave_run(one, run.id)
    newcomer = make_person()
    joining.join_run(newcomer, run.id)
    assert (states(run)[party.id], states(run)[newcomer.id]) == (WAITLISTED, GOING)


def test_who_cancelled_and_comes_back_stands_at_the_end(db_session, states):
    run, (one, other) = full_run()
    first = in_queue(run)
    joining.leave_run(one, run.id)
    joining.join_run(one, run.id)
    assert (states(run)[first.id], states(run)[one.id]) == (GOING, WAITLISTED)
    joining.leave_run(other, run.id)
    assert states(run)[one.id] == GOING


def test_guests_are_brought_by_the_form_within_what_the_organiser_allows(page, db_session, stranger, states):
    run = make_run(capacity=3, guests_allowed=1)
    browser = page.as_(stranger)
    assert "1 guest at most" in browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "2"}, 422).words
    assert stranger.id not in states(run)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "۱"}, 303)
    assert counts(run)[0] == 2
    take_part(run)
    db.session.commit()
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "0"}, 303)
    assert counts(run)[0] == 2
    take_part(run)
    assert "as many places" in browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "1"}, 422).words
    assert counts(run)[0] == 3


def test_two_who_name_each_other_get_two_places_or_none(db_session, states):
    run, (one, other, _third) = full_run(3)
    first, second = in_queue(run), in_queue(run)
    alone = in_queue(run)
    make_companions(first, second)
    for mine, theirs in ((first, second), (second, first)):
        joining.join_run(mine, run.id, details={"together_with_id": theirs.id})
    joining.leave_run(one, run.id)
    assert [states(run)[who.id] for who in (first, second, alone)] == [WAITLISTED, WAITLISTED, GOING]
    joining.leave_run(other, run.id)
    joining.leave_run(alone, run.id)
    assert [states(run)[who.id] for who in (first, second)] == [GOING, GOING]


def test_being_named_by_one_alone_holds_nobody_back(db_session, states):
    run, (one, _other) = full_run()
    first, second = in_queue(run), in_queue(run)
    make_companions(first, second)
    joining.join_run(second, run.id, details={"together_with_id": first.id})
    joining.leave_run(one, run.id)
    assert states(run)[first.id] == GOING


def test_only_companions_can_be_named(page, db_session, stranger):
    run, _people = full_run()
    other = in_queue(run)
    answer = page.as_(stranger).post(
        f"/runs/{run.id}/join", {"status": "GOING", "together_with_id": str(other.id)}, 422
    )
    assert "Choose one of your companions" in answer.words


def test_more_room_is_given_at_once_to_all_who_wait(db_session, states):
    run, _people = full_run()
    waiting = [in_queue(run) for _ in range(120)]
    organiser = make_person()
    run.organiser_id = organiser.id
    plan = plans.plan_of(run)
    plans.change_run(organiser, run.id, replace(plan, capacity=None), run.sequence)
    assert {states(run)[who.id] for who in waiting} == {GOING}
    assert counts(run) == (122, 0, 0, 0)


def test_a_moved_start_moves_the_end_of_an_offer(db_session):
    organiser = make_person()
    run, (one, _other) = full_run(organiser=organiser)
    asked = in_queue(run, at_once=False)
    with clock.frozen(run.starts_at - timedelta(hours=5)):
        joining.leave_run(one, run.id)
        before = row_of(run, asked).offer_ends_at
        moved = replace(plans.plan_of(run), starts_local=run.starts_local - timedelta(hours=4))
        plans.change_run(organiser, run.id, moved, run.sequence)
        assert row_of(run, asked).offer_ends_at == run.starts_at < before


def test_a_pace_group_is_picked_while_there_is_room_in_it(page, db_session, stranger, companion):
    run = make_run()
    group = made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=400, size=1)
    tap = {"status": "GOING", "pace_group": str(group.id)}
    page.as_(stranger).post(f"/runs/{run.id}/join", tap, 303)
    assert row_of(run, stranger).pace_group_id == group.id
    assert "This group is full" in page.as_(companion).post(f"/runs/{run.id}/join", tap, 422).words
    other = made(PaceGroup, run_id=make_run().id, position=0, name="Elsewhere", pace=400)
    answer = page.as_(companion).post(f"/runs/{run.id}/join", tap | {"pace_group": str(other.id)}, 422)
    assert "Choose one of the groups of this run" in answer.words
    assert "Easy" in page.as_(companion).get(f"/runs/{run.id}").words


def test_who_comes_anew_says_anew_what_they_bring(db_session):
    run = make_run(guests_allowed=2)
    group = made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=400, size=1)
    person = make_person()
    joining.join_run(person, run.id, details={"guests": 0, "pace_group_id": group.id})
    joining.leave_run(person, run.id)
    mine = joining.join_run(person, run.id)
    assert (mine.guests, mine.pace_group_id) == (0, None)


def test_a_run_for_women_says_so_to_others_and_lets_women_in(page, db_session, states):
    run = make_run(company="women")
    man, woman = make_person(gender="male"), make_person(gender="female")
    assert "for women only" in page.as_(man).get(f"/runs/{run.id}").words
    assert "for women only" in page.as_(man).post(f"/runs/{run.id}/join", {"status": "GOING"}, 422).words
    page.as_(woman).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert states(run) == {woman.id: GOING}


def test_after_joining_closes_nobody_new_comes_and_who_is_in_may_leave(page, db_session, stranger, companion, states):
    run = make_run(joining_closes_at=clock.now() - timedelta(minutes=1))
    take_part(run, companion)
    browser = page.as_(stranger)
    assert "Joining closed" in browser.get(f"/runs/{run.id}").words
    assert "Joining is closed." in browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 422).words
    page.as_(companion).post(f"/runs/{run.id}/leave", status=303)
    assert states(run) == {companion.id: LEFT}


def test_a_clash_is_said_and_not_forbidden(page, db_session, stranger, states):
    first = make_run(title="Early birds", starts_local=in_days(3, 6))
    take_part(first, stranger)
    second = make_run(starts_local=in_days(3, 6, 30))
    later = make_run(starts_local=in_days(3, 7, 0))
    browser = page.as_(stranger)
    assert "Early birds" in browser.get(f"/runs/{second.id}").words
    assert "Early birds" not in browser.get(f"/runs/{later.id}").words
    browser.post(f"/runs/{second.id}/join", {"status": "GOING"}, 303)
    assert states(second) == {stranger.id: GOING}


def test_of_more_than_are_given_places_at_once_the_worker_sees_to_the_rest_and_nobody_passes_them(
    db_session, states, work_off, monkeypatch
):
    monkeypatch.setattr(places, "BATCH_SIZE", 3)
    organiser, late = make_person(), make_person()
    run, _people = full_run(organiser=organiser)
    waiting = [in_queue(run) for _ in range(10)]
    plans.change_run(organiser, run.id, replace(plans.plan_of(run), capacity=30), run.sequence)
    assert [states(run)[who.id] for who in waiting] == [GOING] * 3 + [WAITLISTED] * 7
    joining.join_run(late, run.id)
    assert states(run)[late.id] == WAITLISTED
    assert [states(run)[who.id] for who in waiting][-1] == WAITLISTED
    while work_off():
        pass
    assert {states(run)[who.id] for who in [*waiting, late]} == {GOING}
    assert counts(run) == (13, 0, 0, 0)


def test_a_pair_is_not_parted_where_the_worker_goes_on(db_session, states, work_off, monkeypatch):
    monkeypatch.setattr(places, "BATCH_SIZE", 1)
    organiser = make_person()
    run, _people = full_run(organiser=organiser)
    one, other = make_person(), make_person()
    take_part(run, one, "WAITLISTED", together_with_id=other.id)
    take_part(run, other, "WAITLISTED", together_with_id=one.id)
    after = in_queue(run)
    plans.change_run(organiser, run.id, replace(plans.plan_of(run), capacity=9), run.sequence)
    assert [states(run)[who.id] for who in (one, other, after)] == [GOING, GOING, WAITLISTED]
    work_off()
    assert states(run)[after.id] == GOING


def test_of_those_who_wait_a_person_is_shown_their_companions(db_session):
    run, _people = full_run()
    me, reza = make_person(), make_person(name="Reza")
    make_companions(me, reza)
    take_part(run, status="WAITLISTED")
    take_part(run, reza, "WAITLISTED")
    curious = make_person()
    make_companions(me, curious)
    take_part(run, curious, "INTERESTED")
    assert waiting_companions(me, run) == [(reza.id, "Reza")]


def test_who_is_offered_a_place_again_hears_of_it_again_also_just_before_the_start(texted):
    run = make_run(capacity=2)
    take_part(run)
    goes, waits, other = (make_person() for _ in range(3))
    with clock.frozen(run.starts_at - timedelta(minutes=9)):
        joining.join_run(goes, run.id)
        joining.join_run(waits, run.id)
        joining.leave_run(goes, run.id)
        joining.answer_offer(waits, run.id, take=False)
    with clock.frozen(run.starts_at - timedelta(minutes=7)):
        joining.join_run(other, run.id)
        joining.join_run(waits, run.id)
        joining.leave_run(other, run.id)
    assert texted(waits) == ["run_offered"] * 2
