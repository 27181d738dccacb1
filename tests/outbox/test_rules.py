"""The result of an answer, of a worker's death and of the time for a message."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hampa.outbox import models
from hampa.outbox.models import ClaimedMessage
from hampa.platform.delivery.base import Answer, Outcome

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NORMAL = ClaimedMessage(
    kind="sms",
    id=uuid.uuid4(),
    version=2,
    purpose="run_changed",
    priority=2,
    recipient="+989121234567",
    locale="fa",
    timezone=None,
    calendar=None,
    units=None,
    template="tests/sms/plain.txt",
    data={},
    secret=None,
    key="run:7",
    attempts=1,
    expires_at=None,
    left_over=False,
    is_demo=False,
)
CODE = replace(NORMAL, purpose="sign_in_code", priority=0, expires_at=NOON + timedelta(minutes=5))
RETRY, UNKNOWN = Outcome(Answer.RETRY, error="busy"), Outcome(Answer.UNKNOWN, error="no answer")


def test_a_fresh_message_is_sent() -> None:
    assert models.check_before_sending(NORMAL, NOON) is None
    assert models.check_before_sending(CODE, NOON) is None


def test_a_code_whose_worker_died_is_not_sent_twice_and_its_history_says_so() -> None:
    result = models.check_before_sending(replace(CODE, left_over=True), NOON)
    assert result is not None
    assert (result.status, result.detail) == ("failed", "the worker died while sending; a code is not sent twice")


def test_any_other_message_whose_worker_died_is_sent_again() -> None:
    assert models.check_before_sending(replace(NORMAL, left_over=True, attempts=2), NOON) is None


def test_a_message_that_killed_its_workers_each_time_is_given_up() -> None:
    result = models.check_before_sending(replace(NORMAL, left_over=True, attempts=9), NOON)
    assert result is not None
    assert result.status == "failed"


@pytest.mark.parametrize("message", [NORMAL, CODE])
def test_nothing_is_sent_once_it_has_expired(message: ClaimedMessage) -> None:
    result = models.check_before_sending(replace(message, expires_at=NOON), NOON)
    assert result is not None
    assert result.status == "expired"
    assert models.check_before_sending(replace(message, expires_at=NOON + timedelta(seconds=1)), NOON) is None


@pytest.mark.parametrize("message", [NORMAL, CODE])
def test_a_refused_number_fails_at_once(message: ClaimedMessage) -> None:
    result = models.result_of_sending(message, Outcome(Answer.REFUSED, error="no such number"), NOON)
    assert (result.status, result.detail) == ("failed", "no such number")


def test_a_code_that_may_have_been_taken_is_not_sent_twice() -> None:
    result = models.result_of_sending(CODE, UNKNOWN, NOON)
    assert (result.status, result.detail) == ("failed", "no answer; it may have been taken, and is not sent twice")


def test_a_code_that_surely_was_not_taken_is_tried_within_seconds_until_it_expires() -> None:
    assert CODE.expires_at is not None
    now, waits = NOON, []
    for attempt in range(1, 200):
        result = models.result_of_sending(replace(CODE, attempts=attempt), RETRY, now)
        if result.next_attempt_at is None:
            assert result.status == "expired"
            break
        assert now < result.next_attempt_at < CODE.expires_at
        waits.append((result.next_attempt_at - now).total_seconds())
        now = result.next_attempt_at
    assert waits[0] < 2
    assert max(waits) < 10
    assert CODE.expires_at - now < timedelta(seconds=10)


@pytest.mark.parametrize("outcome", [RETRY, UNKNOWN])
def test_others_are_tried_eight_times_over_about_a_day(outcome: Outcome) -> None:
    now, tries = NOON, 0
    for attempt in range(1, 20):
        tries += 1
        result = models.result_of_sending(replace(NORMAL, attempts=attempt), outcome, now)
        if result.status != "pending":
            break
        assert result.next_attempt_at is not None
        now = result.next_attempt_at
    assert (tries, result.status) == (8, "failed")
    assert timedelta(hours=18) < now - NOON < timedelta(hours=29)


@pytest.mark.parametrize("message", [NORMAL, CODE])
def test_a_gateway_is_not_asked_before_it_wants_to_be(message: ClaimedMessage) -> None:
    result = models.result_of_sending(message, replace(RETRY, retry_after=240.0), NOON)
    assert result.next_attempt_at is not None
    assert result.next_attempt_at >= NOON + timedelta(seconds=240)


@pytest.mark.parametrize("seconds", [1e9, 1e30, float("inf")])
def test_a_gateway_may_want_a_pause_of_a_day_at_most(seconds: float) -> None:
    result = models.result_of_sending(replace(NORMAL, expires_at=None), replace(RETRY, retry_after=seconds), NOON)
    assert result.next_attempt_at == NOON + timedelta(days=1)


def test_what_could_be_tried_again_only_after_its_end_has_expired() -> None:
    result = models.result_of_sending(CODE, replace(RETRY, retry_after=300.0), NOON)
    assert (result.status, result.detail) == ("expired", "busy; no time for another try")


def test_tries_of_many_messages_spread() -> None:
    pauses = {models.pause_before_retry(NORMAL, None) for _ in range(50)}
    assert len(pauses) > 40
    assert all(timedelta(seconds=48) <= pause <= timedelta(seconds=72) for pause in pauses)
