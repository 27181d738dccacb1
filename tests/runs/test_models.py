"""Rules about one row: what can be done, and the words a run is found by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED, Standing, door_of
from hampa.runs.models.run import Run, words_of

START = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def run(**given):
    return Run(starts_at=START, duration_min=60, **({"capacity": None, "taken": 0, "waiting": 0} | given))


@pytest.mark.parametrize(
    ("given", "minutes", "door"),
    [
        ({}, -1, "open"),
        ({"capacity": 2, "taken": 1}, -1, "open"),
        ({"capacity": 2, "taken": 2}, -1, "queue"),
        ({"capacity": 3, "taken": 2, "waiting": 1}, -1, "queue"),
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
    assert standing.offers == offers
    assert standing.closed == (not offers)


def test_words_are_folded_and_each_kept_once():
    assert words_of("Chitgar چيتگر", "دریاچهٔ چیتگر، chitgar") == ["chitgar", "چیتگر", "دریاچه"]
    assert words_of("می‌دویم 3:30 ۱۰") == ["می", "دویم", "3", "30", "10"]


def test_words_too_long_or_too_many_for_an_index_are_cut():
    assert words_of("a" * 5000) == ["a" * 40]
    assert len(words_of(" ".join(map(str, range(2500))))) == 1000
    assert words_of("'!&|:*\\ … «»") == []
