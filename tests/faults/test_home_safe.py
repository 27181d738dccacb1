"""Home safe with real workers: killed at its moment, two at once, and one whose clock is an hour off.

The contact is told once and in time, and a runner who came home is not told of.
"""

from __future__ import annotations

import contextlib
import signal
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.safety import actions
from hampa.safety.actions import WatchPlan
from hampa.safety.models import Watch
from tests.factories.people import make_person, phone
from tests.faults.conftest import PAUSE, Work, goes_round, none_open, pause_at, somebody_waits
from tests.faults.workers import Worker, wait_until
from tests.sms_gateway import SmsGateway
from tests.turns import in_turn

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

HOUR = 3600
IN_TIME = 60.0
"""Seconds: the promise of chapter 03."""
MOST_STOPS = 5


def watch_due(after: timedelta, count: int = 1) -> list[Watch]:
    """So many runners who were asked, and whose contact is to be told after this time (or was to be, before now)."""
    made = []
    for _ in range(count):
        plan = WatchPlan(expected_at=clock.now() + timedelta(hours=1), contact_name="Maman", contact_phone=phone())
        watch = actions.start_watch(make_person(), plan)
        db.session.execute(
            update(Watch)
            .where(Watch.id == watch.id)
            .values(status="asked", next_at=clock.now() + after, version=Watch.version)
        )
        made.append(watch)
    db.session.commit()
    return made


def told(watch: Watch) -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == watch.contact_phone)))


def calls(gateway: SmsGateway, watch: Watch) -> int:
    return sum(gateway.calls_for(str(message.id)) for message in told(watch))


def test_killed_at_its_moment_another_worker_does_it_without_waiting(work: Work, gateway: SmsGateway) -> None:
    """No lease has to run out first: `let_leases_end` of the other tests has no part in this."""
    (watch,) = watch_due(timedelta(seconds=1))
    pause_at("safety_watches", "UPDATE", "NEW.status = 'told'")
    with db.engine.begin() as holder:
        holder.execute(text(f"SELECT pg_advisory_xact_lock({PAUSE})"))
        with work() as worker:
            wait_until(somebody_waits)
            worker.signal_all(signal.SIGKILL)
    assert told(watch) == []
    with work():
        wait_until(lambda: calls(gateway, watch), IN_TIME)
        wait_until(none_open)
    assert calls(gateway, watch) == 1
    assert len(told(watch)) == 1


def test_two_workers_tell_each_contact_once(work: Work, gateway: SmsGateway) -> None:
    watches = watch_due(timedelta(seconds=4), 40)
    with work() as one, work() as other:
        wait_until(lambda: all(calls(gateway, watch) for watch in watches), IN_TIME)
        wait_until(none_open)
        each_goes_round(one, other)
    assert {calls(gateway, watch) for watch in watches} == {1}


@pytest.mark.parametrize("off", in_turn([HOUR], [-HOUR]))
def test_a_clock_that_is_an_hour_off_changes_nothing(work: Work, gateway: SmsGateway, off: int) -> None:
    """Alone, so that nobody else does its work for it."""
    (now_due,) = watch_due(timedelta(seconds=2))
    (in_half_an_hour,) = watch_due(timedelta(minutes=30))
    with work(program=("tests/faults/wrong_clock.py", str(off))) as worker:
        wait_until(lambda: calls(gateway, now_due), IN_TIME)
        wait_until(none_open)
        goes_round("after that")
        assert "this machine's clock and the database's have parted" in worker.said()
    assert calls(gateway, now_due) == 1
    assert told(in_half_an_hour) == []
    (sent,) = told(now_due)
    assert abs(sent.created_at - clock.now()) < timedelta(minutes=5)


def test_of_two_workers_one_has_a_wrong_clock(work: Work, gateway: SmsGateway) -> None:
    due, later = watch_due(timedelta(seconds=5), 10), watch_due(timedelta(minutes=30), 10)
    with work() as one, work(program=("tests/faults/wrong_clock.py", str(HOUR))) as other:
        wait_until(lambda: all(calls(gateway, watch) for watch in due), IN_TIME)
        wait_until(none_open)
        each_goes_round(one, other)
    assert {calls(gateway, watch) for watch in due} == {1}
    assert not any(told(watch) for watch in later)


def each_goes_round(one: Worker, other: Worker) -> None:
    """Wait until each of two workers has looked once more for what is due, while the other stands still.

    One that is stopped within a transaction keeps its locks, for which the other may wait: it is then stopped anew.
    """
    for awake, asleep in ((one, other), (other, one)):
        for attempt in range(MOST_STOPS):
            asleep.signal_all(signal.SIGSTOP)
            with contextlib.suppress(AssertionError):
                goes_round(f"by {awake.pid}, {attempt}", IN_TIME / MOST_STOPS)
                break
            asleep.signal_all(signal.SIGCONT)
        else:
            raise AssertionError("a worker does nothing while the other stands still")
        asleep.signal_all(signal.SIGCONT)
