"""What calls tell of people: no more than the lists of the run, whoever listens and whenever the call is sent."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hampa.attendance.actions import add_walk_in
from hampa.joining.actions import join_run
from hampa.platform import clock
from hampa.roster.actions.participants import set_participant_status
from hampa.runs.actions.events import tell
from tests.factories.people import let_be, make_person
from tests.factories.runs import make_run
from tests.push_server import PushServer
from tests.webhooks.test_webhooks import calls, hook, told


@pytest.mark.parametrize("typed", ["somebody's", "nobody's"])
def test_a_number_typed_at_the_meeting_point_tells_no_more_than_the_list(receiver: PushServer, owner, work, typed):
    hook(owner, receiver)
    run = make_run(owner, starts_at=clock.now() + timedelta(minutes=20))
    told(receiver, work)
    known = make_person()
    place = add_walk_in(owner, run.id, known.phone if typed == "somebody's" else "+989129990011", "Walker")
    (call,) = told(receiver, work)
    assert call["data"]["person_id"] is None
    assert call["data"]["participation_id"] == str(place.id)
    assert str(place.person_id) not in json.dumps(call)
    if typed == "somebody's":
        known.state = "banned"  # nor whether the number has an account that was shut out
        set_participant_status(owner, run.id, place.id, "LEFT")
        assert [one["data"]["person_id"] for one in told(receiver, work)] == [None]


@pytest.mark.parametrize("state", ["suspended", "banned", "leaving"])
def test_it_is_silent_while_its_person_has_no_active_account(receiver: PushServer, owner, companion, work, state):
    hook(owner, receiver)
    run = make_run(owner)
    told(receiver, work)
    join_run(companion, run.id)
    let_be(owner, state)
    assert told(receiver, work) == []
    assert [call.status for call in calls()] == ["cancelled"]
    tell(run, "comment.added", {"comment_id": str(run.id), "person_id": str(companion.id)})
    assert told(receiver, work) == []
    assert len(calls()) == 1


def test_who_is_banned_by_then_is_not_named(receiver: PushServer, owner, companion, work):
    hook(owner, receiver)
    run = make_run(owner)
    told(receiver, work)
    join_run(companion, run.id)
    companion.state = "banned"
    assert told(receiver, work) == []


def test_a_run_that_was_handed_over_by_then_is_not_told_of(receiver: PushServer, owner, companion, stranger, work):
    hook(owner, receiver)
    run = make_run(owner)
    told(receiver, work)
    join_run(companion, run.id)
    run.organiser_id = stranger.id
    assert told(receiver, work) == []
