"""Redis is flushed, or was never there: what waits is sent and run all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from hampa.platform import jobs
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.platform.jobs.enqueueing import job_queue, wakeup_queue
from hampa.platform.redis import redis
from tests.faults.conftest import Work, counts, none_open, write
from tests.faults.workers import wait_until
from tests.sms_gateway import SmsGateway
from tests.turns import in_turn

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

NOWHERE = "redis://127.0.0.1:1/0"


def messages_wait(work: Work, gateway: SmsGateway) -> None:
    write("code", 100)
    write("notice", 400)
    assert wakeup_queue("urgent", redis()).count == 1, "a wake-up is there to be lost"
    redis().flushdb()
    with work():
        wait_until(none_open)
    assert counts() == {"sent": 500}
    assert len(gateway.calls) == len({call.body["id"] for call in gateway.calls}) == 500


def test_redis_is_flushed_while_they_are_sent(work: Work, gateway: SmsGateway) -> None:
    write("notice", 300)
    with work():
        wait_until(lambda: len(gateway.calls) > 50)
        redis().flushdb()
        write("notice", 50)
        redis().flushdb()
        wait_until(none_open)
    assert counts() == {"sent": 350}
    assert len(gateway.calls) == 350


def test_there_is_no_redis_at_all(work: Work, gateway: SmsGateway) -> None:
    with work(REDIS_URL=NOWHERE) as worker:
        write("code", 20)
        write("notice", 100)
        wait_until(none_open)
        worker.end()
    assert counts() == {"sent": 120}


def test_bells_and_rounds_each_do_without_the_other(work: Work, gateway: SmsGateway) -> None:
    with work() as worker:
        wait_until(lambda: len(worker.children()) == 2)
        write("code")
        wait_until(none_open)
        for one_of_the_two in worker.children():
            one_of_the_two.suspend()
            write("code")
            write("notice")
            wait_until(none_open)
            one_of_the_two.resume()
    assert counts() == {"sent": 5}


def unfinished_jobs() -> int:
    db.session.rollback()
    ended = Job.status.in_(("done", "failed"))
    return db.session.scalar(select(func.count()).where(Job.key.like("drill:%"), ~ended)) or 0


def jobs_wait(work: Work, gateway: SmsGateway) -> None:
    for nth in range(500):
        jobs.enqueue("outbox.forget_messages", key=f"drill:{nth}")
    db.session.commit()
    assert job_queue("normal", redis()).count == 500, "they are there to be lost"
    redis().flushdb()
    with work():
        wait_until(lambda: unfinished_jobs() < 400)
        redis().flushdb()
        wait_until(lambda: not unfinished_jobs())
    attempts = select(Job.attempts, Job.status).where(Job.key.like("drill:%")).distinct()
    assert db.session.execute(attempts).all() == [(1, "done")], "each was run once"


@pytest.mark.parametrize("what_waits", in_turn([messages_wait], [jobs_wait]))
def test_redis_is_flushed_with_500_waiting(work: Work, gateway: SmsGateway, what_waits: Callable[..., None]) -> None:
    what_waits(work, gateway)
