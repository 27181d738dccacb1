"""What an outsider found: names that outlive their ground, offers that outlive a block, programs that are told too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from hampa.api.resources.notifications import READING
from hampa.blocks.actions import block
from hampa.boards.actions import make_board
from hampa.boards.queries import token_of
from hampa.challenges.models import ChallengeEntry
from hampa.coaching.models.athletes import RIGHTS
from hampa.crews.actions.memberships import leave_crew
from hampa.crews.actions.operating import hide_reported_crew
from hampa.crews.models import CrewMembership
from hampa.duties.actions.offers import offer
from hampa.duties.queries.schedules import Owner
from hampa.notifications.models import mutable_subjects
from hampa.people import privacy_registry
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db, locked_row
from hampa.platform.live.topics import groups_of
from hampa.platform.payments.base import Says, Verdict
from hampa.runs.models.run import Run
from hampa.subscriptions.actions import buying
from hampa.subscriptions.models import PAID, Payment
from hampa.training.models.plans import PlanMember
from tests.factories.badges import make_challenge
from tests.factories.base import made
from tests.factories.coaching import add_coach, make_athlete
from tests.factories.crews import make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.kept_files import make_note
from tests.factories.messages import make_conversation
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import make_series
from tests.factories.subscriptions import make_payment
from tests.factories.training import make_plan
from tests.program import Program
from tests.races import at_once

NAME = "Quinceblossom"
WITHOUT_COACHING = ("people:read", "search:read", "training:read")


@pytest.fixture
def hidden() -> Person:
    """Somebody whom nobody meets by what everybody sees."""
    return make_person(name=f"{NAME} Alderbrook", profile_visibility="companions")


def found_by(program: Program, person: Person, *scopes: str) -> bool:
    """Return whether a person finds the name, by the list of people or by the search."""
    asks = program.as_(person, *scopes)
    lists = [asks.get(f"/people?q={NAME}", 200).text, asks.get(f"/search?q={NAME}&type=people", 200).text]
    found = {f"{NAME} A" in text for text in lists}
    assert len(found) == 1, "the two say the same"
    return found.pop()


def test_names_are_told_as_long_as_what_they_stand_in_is_seen(program: Program, owner, companion, hidden):
    crew = make_crew(owner, companion, hidden)
    make_challenge(crew, companion, hidden)
    assert found_by(program, companion)
    leave_crew(companion, crew.id)
    assert not found_by(program, companion), "an entry in a challenge outlives the crew"
    plan = make_plan(owner, hidden)
    asked = made(PlanMember, plan_id=plan.id, person_id=companion.id, role="viewer", status="invited")
    assert not found_by(program, companion), "who is only asked is not told who belongs to a plan"
    asked.status = "joined"
    db.session.flush()
    assert found_by(program, companion)


def test_who_is_only_asked_to_a_plan_stands_in_it_for_its_owner_alone(page, program: Program, owner, companion, hidden):
    plan = make_plan(owner, companion)
    asked = made(PlanMember, plan_id=plan.id, person_id=hidden.id, role="contributor", status="invited")
    for person, is_told in ((owner, True), (companion, False)):
        assert (NAME in page.as_(person).get(f"/plans/{plan.id}", 200).text) == is_told
        assert (NAME in program.as_(person).get(f"/plans/{plan.id}", 200).text) == is_told
        assert found_by(program, person) == is_told
    asked.status = "joined"
    db.session.flush()
    assert found_by(program, companion) and NAME in page.as_(companion).get(f"/plans/{plan.id}", 200).text


def test_a_program_without_the_scope_knows_no_athletes(program: Program, owner, hidden):
    make_athlete(owner, hidden)
    assert found_by(program, owner)
    assert not found_by(program, owner, *WITHOUT_COACHING)
    assert found_by(program, owner, *WITHOUT_COACHING, "coaching:read")


def test_coaches_of_an_athlete_who_has_not_agreed_are_named_to_none_of_them(program: Program, owner, companion, hidden):
    make_athlete(companion)
    asked = add_coach(make_athlete(hidden, owner), companion)
    assert found_by(program, companion)
    rights = dict.fromkeys(RIGHTS, False)
    for name, value in {**rights, "person_id": None}.items():
        setattr(asked, name, value)
    db.session.flush()
    assert not found_by(program, companion), "that another athlete agreed opens nothing of this one"


def test_a_program_is_told_of_what_is_muted_and_of_crews_by_its_scopes(program: Program, owner, companion):
    assert mutable_subjects.keys() < READING.keys()
    crew, run = make_crew(owner, companion, name="Sunrise"), make_run(owner)
    talk = make_conversation(companion, owner, "See you", "I'll be there")
    mine = program.as_(companion)
    mine.put(f"/crews/{crew.id}/hearing", {"hears": False}, 200)
    mine.put(f"/conversations/{talk.id}/mute", None, 204)
    mine.put(f"/mutes/run/{run.id}", None, 204)
    for scope, kinds in (("me", []), ("crews", ["crew"]), ("messages", ["conversation"]), ("runs", ["run"])):
        told = program.as_(companion, "notifications:read", f"{scope}:read").get("/mutes", 200).data
        assert [one["kind"] for one in told] == kinds
    assert len(mine.get("/mutes", 200).data) == 3
    assert groups_of(companion) == groups_of(companion, {"crews:read"}.__contains__) == {f"crew:{crew.id}"}
    assert groups_of(companion, {"notifications:read"}.__contains__) == frozenset()


def test_a_note_does_not_name_an_editor_whom_a_block_hides(page, program: Program, owner, companion, hidden):
    note = make_note(owner, make_plan(owner, companion, hidden), editor_id=hidden.id)
    reader = program.as_(companion)
    assert reader.get(f"/notes/{note.id}", 200).data["editor"]["name"] == hidden.name
    block(hidden, companion.id)
    assert reader.get(f"/notes/{note.id}", 200).data["editor"] is None
    assert NAME not in page.as_(companion).get(f"/notes/{note.id}", 200).text


@pytest.mark.parametrize("first", [0, 1])
def test_offers_end_with_a_block_whoever_blocks(program: Program, owner, companion, hidden, first: int):
    crew = make_crew(owner, companion, hidden)
    day = make_schedule(crew).shift_rule.next_starts(clock.now(), 3)
    given, along = (make_booking(make_schedule(crew), companion, start) for start in day[:2])
    along.buddy_id, along.buddy_name, along.buddy_asked = hidden.id, "Roya", True
    made_offer = offer(companion, given.id, "give", to_id=hidden.id)
    to_all = offer(companion, make_booking(make_schedule(crew), companion, day[2]).id, "all")
    theirs = make_plan(companion)
    made(PlanMember, plan_id=theirs.id, person_id=hidden.id, role="viewer", status="invited")
    mine = program.as_(hidden)
    mine.get(f"/plans/{theirs.id}", 200)
    pair = (companion, hidden)
    block(pair[first], pair[1 - first].id)
    for one in (made_offer, to_all):
        mine.post(f"/offers/{one.id}", {"decision": "accept"}, 404)
    mine.post(f"/bookings/{along.id}/buddy", {"decision": "accept"}, 404)
    mine.get(f"/plans/{theirs.id}", 404)
    mine.put(f"/plans/{theirs.id}/membership", {}, 404)
    db.session.expire_all()
    assert (along.buddy_id, along.buddy_name) == (None, ""), "the duty goes on without a buddy"
    assert given.person_id == companion.id


def test_who_comes_along_on_a_duty_is_no_copy_of_a_name(page, program: Program, owner, companion, stranger, hidden):
    crew = make_crew(owner, companion, stranger)
    schedule = make_schedule(crew)
    start = schedule.shift_rule.next_starts(clock.now() + timedelta(hours=1), 1)[0]
    booking = make_booking(schedule, companion, start, buddy_id=hidden.id, buddy_name="Roya", buddy_asked=True)
    program.as_(hidden).post(f"/bookings/{booking.id}/buddy", {"decision": "accept"}, 204)
    shift = f"/schedules/{schedule.id}/shifts/{start:%Y%m%dT%H%M%SZ}"
    pages = {viewer: page.as_(viewer).get(shift, 200).words for viewer in (companion, owner, stranger)}
    assert all("With Roya" in words and NAME not in words for words in pages.values())
    made(Block, blocker_id=hidden.id, blocked_id=stranger.id)
    assert "Roya" not in page.as_(stranger).get(shift, 200).words
    assert "Roya" in page.as_(owner).get(shift, 200).words
    privacy_registry.erase(hidden)
    db.session.expire_all()
    assert (booking.buddy_id, booking.buddy_name) == (None, "")


def test_two_ask_the_gateway_about_one_payment_at_once(real_database: Flask):
    with real_database.app_context():
        payment_id = make_payment(make_person()).id
        db.session.commit()

    def come_back() -> None:
        payment = db.session.get_one(Payment, payment_id)  # as the page of the return, and the worker, have read it
        assert payment.version == 1 or payment.state == PAID
        buying.settle(payment_id, Verdict(Says.PAID, "1"))

    assert at_once(real_database, [come_back] * 4) == ["done"] * 4
    with real_database.app_context():
        with pytest.raises(NoResultFound):
            locked_row(Payment, None)
        assert db.session.get_one(Payment, payment_id).state == PAID


def test_a_crew_that_operators_hide_is_opened_by_no_link_of_its_challenges_and_boards(page, owner, companion, stranger):
    crew = make_crew(owner, companion, name="Quincecrew")
    challenge = make_challenge(crew, companion, token="a-token-of-a-link")
    made(ChallengeEntry, challenge_id=challenge.id, person_id=stranger.id, by_link=True)
    board = make_board(owner, Owner(crew.id, None, crew.name))
    link, by_link = f"/board/{token_of(board)}", f"/challenges/in/{challenge.token}"
    ways = ((None, link), (stranger, by_link), (stranger, f"/challenges/{challenge.id}"), (stranger, "/me/challenges"))
    make_schedule(crew)
    for person, address in ways:
        assert crew.name in page.as_(person).get(address, 200).words, address
    hide_reported_crew(crew.id)
    db.session.commit()
    for person, address in ways:
        assert crew.name not in page.as_(person).get(address).words, address
    for _stranger, address in ways[1:]:
        assert crew.name in page.as_(companion).get(address, 200).words, "its members see it as before"


def test_who_is_banned_finds_nobody_by_the_link_of_a_challenge(program: Program, owner, companion, hidden):
    crew = make_crew(owner, hidden)
    challenge = make_challenge(crew, hidden, token="another-token")
    made(ChallengeEntry, challenge_id=challenge.id, person_id=companion.id, by_link=True)
    mine = program.as_(companion)
    assert found_by(program, companion) and mine.get(f"/challenges/{challenge.id}", 200)
    made(CrewMembership, crew_id=crew.id, person_id=companion.id, joined_at=clock.now(), status="banned")
    mine.get(f"/challenges/{challenge.id}", 404)
    assert not found_by(program, companion), "who is shut out of a challenge is told of nobody in it"


def test_duties_of_a_series_do_not_name_whose_number_its_organiser_typed(
    page, program: Program, owner, stranger, hidden
):
    series = make_series(owner)
    run = db.session.scalars(select(Run).where(Run.series_id == series.id)).one()
    take_part(run, stranger)
    take_part(run, hidden, added_by_organiser=True, display_name="Zebra", walked_in=True)
    schedule = make_schedule(series_id=series.id, qualification="First aid")
    booking = make_booking(schedule, owner)
    shift = f"/schedules/{schedule.id}/shifts/{booking.starts_at:%Y%m%dT%H%M%SZ}/people"
    mine, pages = program.as_(owner), page.as_(owner)
    assert not found_by(program, owner)
    told = {
        address: asks.get(address, 200).text
        for asks, address in (
            (pages, f"/duties/bookings/{booking.id}/offer"),
            (pages, f"{shift}?who="),
            (pages, f"/schedules/{schedule.id}/qualified"),
            (mine, f"/bookings/{booking.id}/takers"),
            (mine, shift),
        )
    }
    for address, text in told.items():
        assert NAME not in text and str(hidden.id) not in text, address
    assert all(stranger.name in text for text in list(told.values())[1:3]), "who came by themselves is offered"
    mine.put(f"/schedules/{schedule.id}/qualified/{hidden.id}", None, 404)
    mine.post(shift, {"person_id": str(hidden.id)}, 404)
