"""A gateway that is dead, hangs or fails now and then: it rests, pages and the database go on, all leave in the end.

`HAMPA_DRILL_SECONDS` makes the outage as long as one wants, five minutes for the figure that we mean to hold.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import quantiles
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from tests.faults.conftest import Work, counts, none_open, status_of, write
from tests.faults.workers import wait_until
from tests.sms_gateway import Call, Reply, SmsGateway

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

OUTAGE = float(os.environ.get("HAMPA_DRILL_SECONDS", "4"))
RECOVERY = 120.0
BUSY = Reply(503, "busy")


def holding_connections() -> int:
    """Return how many connections of others are inside a transaction."""
    db.session.rollback()
    found = db.session.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '1 second'"
        )
    )
    db.session.rollback()
    return int(found or 0)


def p95(app: Flask, seconds: float) -> float:
    """Return the 95th percentile of the time of a page that asks the database."""
    client, took, ends = app.test_client(), [], time.monotonic() + seconds
    while len(took) < 5 or time.monotonic() < ends:
        began = time.perf_counter()
        assert client.get("/runs").status_code == 200
        took.append(time.perf_counter() - began)
        time.sleep(0.02)
    return quantiles(took, n=20)[-1]


def short_code(seconds: float) -> OutboxMessage:
    """Return a code that expires soon."""
    (code,) = write("code")
    soon = clock.now() + timedelta(seconds=seconds)
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == code.id).values(expires_at=soon))
    db.session.commit()
    return code


def failing(gateway: SmsGateway, answer: Callable[[Call], Reply]) -> int:
    """Let the gateway fail from now on, and return how many calls it has had."""
    gateway.answer = answer
    return len(gateway.calls)


def hung(released: Event) -> Callable[[Call], Reply]:
    def answer(_call: Call) -> Reply:
        released.wait(30)
        return BUSY

    return answer


def test_a_dead_gateway_is_left_alone_and_all_leave_soon_after_its_recovery(
    work: Work, gateway: SmsGateway, real_database: Flask
) -> None:
    with work():
        write("notice", 20)
        wait_until(none_open)
        before = failing(gateway, lambda _call: BUSY)
        write("notice", 200)
        code = short_code(OUTAGE / 2)
        wait_until(lambda: len(gateway.calls) > before)
        time.sleep(min(OUTAGE / 2, 2.0))
        calls_to_open = len(gateway.calls) - before
        time.sleep(max(0.0, OUTAGE - 2.0))
        held = holding_connections()
        until_recovery = len(gateway.calls)
        gateway.answer = lambda _call: Reply()
        recovered = time.monotonic()
        wait_until(none_open, RECOVERY)
        took = time.monotonic() - recovered
    sent = gateway.calls[until_recovery:]  # before, it may have been the one message that probed the gateway
    print(f"calls until it rests: {calls_to_open}; all left {took:.0f} s after the recovery")
    assert calls_to_open <= 10
    assert held == 0
    assert status_of(code) == "expired" and str(code.id) not in [call.body["id"] for call in sent]
    assert counts() == {"sent": 220, "expired": 1}


def test_a_gateway_that_hangs_holds_no_connection_and_no_page(
    work: Work, gateway: SmsGateway, real_database: Flask
) -> None:
    released = Event()
    with work():
        p95(real_database, 0.2)  # the first answers compile templates and statements
        quiet = p95(real_database, 0.5)
        failing(gateway, hung(released))
        write("notice", 60)
        wait_until(lambda: len(gateway.calls) >= 3)
        slow = p95(real_database, 2.0)
        held = holding_connections()
        released.set()
        gateway.answer = lambda _call: Reply()
        print(
            f"p95 of a page: {quiet * 1000:.1f} ms before, {slow * 1000:.1f} ms meanwhile; calls {len(gateway.calls)}"
        )
    assert held == 0
    assert len(gateway.calls) <= 10


def test_a_gateway_that_fails_now_and_then_loses_nothing(work: Work, gateway: SmsGateway) -> None:
    nth = itertools.count()
    failing(gateway, lambda _call: BUSY if next(nth) % 10 in (1, 4, 7) else Reply())
    with work():
        write("notice", 100)
        wait_until(lambda: counts().get("sent", 0) >= 60)
        gateway.answer = lambda _call: Reply()
        wait_until(none_open, RECOVERY)
    assert counts() == {"sent": 100}
    taken = [call.body["id"] for call in gateway.calls]
    assert len(set(taken)) == 100
    assert db.session.scalar(select(func.max(OutboxMessage.attempts))) <= 4
