"""Rules about one row: what can be done, and the words a run is found by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.runs.admission import Admission, admission_status, allowed_actions
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED
from hampa.runs.models.run import Run
from tests.factories.runs import make_run

START = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def run(**given):
    return Run(starts_at=START, duration_min=60, **({"capacity": None, "taken": 0, "waiting": 0} | given))


@pytest.mark.parametrize(
    ("given", "minutes", "status"),
    [
        ({}, -1, "open"),
        ({"capacity": 2, "taken": 1}, -1, "open"),
        ({"capacity": 2, "taken": 2}, -1, "waitlist"),
        ({"capacity": 3, "taken": 2, "waiting": 1}, -1, "open"),
        ({"joining_closes_at": START - timedelta(hours=1)}, -60, "closed"),
        ({"joining_closes_at": START - timedelta(hours=1)}, -61, "open"),
        ({"joining_closes_at": START - timedelta(hours=1)}, 0, "started"),
        ({"join_policy": "approval"}, -1, "approval"),
        ({"join_policy": "approval", "capacity": 2, "taken": 2}, -1, "approval"),
        ({}, 0, "started"),
        ({"capacity": 2, "taken": 2}, 59, "started"),
        ({}, 60, "over"),
        ({"cancelled_at": START}, -1, "cancelled"),
        ({"cancelled_at": START}, 600, "cancelled"),
    ],
)
def test_a_newcomer_finds_a_place_a_queue_or_the_reason_why_not(given, minutes, status):
    assert admission_status(run(**given), START + timedelta(minutes=minutes)) == status


@pytest.mark.parametrize(
    ("status", "mine", "actions"),
    [
        ("open", None, ("join", "interest")),
        ("open", INTERESTED, ("join", "leave")),
        ("open", GOING, ("leave", "interest")),
        ("approval", None, ("ask", "interest")),
        ("approval", REQUESTED, ("leave", "interest")),
        ("waitlist", OFFERED, ("take", "pass")),
        ("closed", None, ()),
        ("closed", INTERESTED, ("leave",)),
        ("closed", GOING, ("leave",)),
        ("closed", OFFERED, ("take", "pass")),
        ("waitlist", None, ("wait", "interest")),
        ("waitlist", INTERESTED, ("wait", "leave")),
        ("waitlist", GOING, ("leave", "interest")),
        ("waitlist", WAITLISTED, ("leave", "interest")),
        *[
            (status, mine, ())
            for status in ("cancelled", "started", "over")
            for mine in (None, GOING, WAITLISTED, INTERESTED)
        ],
    ],
)
def test_each_state_offers_what_can_be_done_now(status, mine, actions):
    assert allowed_actions(status, mine) == actions
    assert Admission(status, mine).final == (status in ("cancelled", "started", "over"))


@pytest.mark.parametrize("status", ["open", "waitlist", "approval"])
def test_who_can_t_come_is_offered_no_way_in_but_may_leave(status):
    assert allowed_actions(status, None, barred=True) == ()
    assert allowed_actions(status, INTERESTED, barred=True) == ("leave",)


def test_a_party_that_needs_more_than_there_is_waits():
    assert admission_status(run(capacity=3, taken=2), START - timedelta(hours=1), seats=2) == "waitlist"
    assert admission_status(run(capacity=3, taken=1), START - timedelta(hours=1), seats=2) == "open"


@pytest.mark.parametrize("minutes", [10, 90, 2880])
def test_the_database_and_python_agree_on_when_a_run_ends(db_session, minutes):
    run = make_run(duration_min=minutes)
    assert db_session.scalar(select(Run.ends_at).where(Run.id == run.id)) == run.ends_at
    assert run.ends_at - run.starts_at == timedelta(minutes=minutes)
