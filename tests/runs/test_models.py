"""Rules about one row: what can be done, and the words a run is found by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED, Standing, door_of
from hampa.runs.models.run import Run
from tests.factories.runs import make_run

START = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def run(**given):
    return Run(starts_at=START, duration_min=60, **({"capacity": None, "taken": 0, "waiting": 0} | given))


@pytest.mark.parametrize(
    ("given", "minutes", "door"),
    [
        ({}, -1, "open"),
        ({"capacity": 2, "taken": 1}, -1, "open"),
        ({"capacity": 2, "taken": 2}, -1, "queue"),
        ({"capacity": 3, "taken": 2, "waiting": 1}, -1, "open"),
        ({"joining_closes_at": START - timedelta(hours=1)}, -60, "closed"),
        ({"joining_closes_at": START - timedelta(hours=1)}, -61, "open"),
        ({"joining_closes_at": START - timedelta(hours=1)}, 0, "started"),
        ({"join_policy": "approval"}, -1, "ask"),
        ({"join_policy": "approval", "capacity": 2, "taken": 2}, -1, "ask"),
        ({}, 0, "started"),
        ({"capacity": 2, "taken": 2}, 59, "started"),
        ({}, 60, "over"),
        ({"cancelled_at": START}, -1, "cancelled"),
        ({"cancelled_at": START}, 600, "cancelled"),
    ],
)
def test_a_newcomer_finds_a_place_a_queue_or_the_reason_why_not(given, minutes, door):
    assert door_of(run(**given), START + timedelta(minutes=minutes)) == door


@pytest.mark.parametrize(
    ("door", "mine", "offers"),
    [
        ("open", None, ("join", "interest")),
        ("open", INTERESTED, ("join", "leave")),
        ("open", GOING, ("leave", "interest")),
        ("ask", None, ("ask", "interest")),
        ("ask", REQUESTED, ("leave", "interest")),
        ("queue", OFFERED, ("take", "pass")),
        ("closed", None, ()),
        ("closed", INTERESTED, ("leave",)),
        ("closed", GOING, ("leave", "interest")),
        ("closed", OFFERED, ("take", "pass")),
        ("queue", None, ("wait", "interest")),
        ("queue", INTERESTED, ("wait", "leave")),
        ("queue", GOING, ("leave", "interest")),
        ("queue", WAITLISTED, ("leave", "interest")),
        *[
            (door, mine, ())
            for door in ("cancelled", "started", "over")
            for mine in (None, GOING, WAITLISTED, INTERESTED)
        ],
    ],
)
def test_each_state_offers_what_can_be_done_now(door, mine, offers):
    standing = Standing(door, mine)
    assert standing.ways == offers
    assert standing.closed == (door in ("cancelled", "started", "over"))


@pytest.mark.parametrize("door", ["open", "queue", "ask"])
def test_who_can_t_come_is_offered_no_way_in_but_may_leave(door):
    assert Standing(door, barred="for women only").ways == ()
    assert Standing(door, INTERESTED, barred="for women only").ways == ("leave",)


def test_a_party_that_needs_more_than_there_is_waits():
    assert door_of(run(capacity=3, taken=2), START - timedelta(hours=1), seats=2) == "queue"
    assert door_of(run(capacity=3, taken=1), START - timedelta(hours=1), seats=2) == "open"


@pytest.mark.parametrize("minutes", [10, 90, 2880])
def test_the_database_and_python_agree_on_when_a_run_ends(db_session, minutes):
    run = make_run(duration_min=minutes)
    assert db_session.scalar(select(Run.ends_at).where(Run.id == run.id)) == run.ends_at
    assert run.ends_at - run.starts_at == timedelta(minutes=minutes)
