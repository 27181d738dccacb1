"""RQ runs jobs by their rows; the sweeper hands over what it lacks, and runs jobs while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from rq.job import JobStatus
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.platform import clock, jobs, redis
from hampa.platform.db import db
from hampa.platform.jobs import Job, enqueueing, polling, registry
from hampa.platform.jobs.polling import poll_and_sweep, sweep
from hampa.platform.jobs.running import claim_next
from hampa.platform.jobs.worker import JobWorker
from tests.factories.people import make_person
from tests.without_redis import redis_away


def never() -> bool:
    return False


def sweep_twice(queue: str) -> int:
    """Sweep twice: a job that RQ lacks once may be on its way there."""
    return sweep(queue, never) + sweep(queue, never)


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a test's jobs to that test, and run no other periodic jobs in it."""
    monkeypatch.setattr(registry, "_definitions", {})


@pytest.fixture
def done() -> list[Any]:
    """Register a job named `note`, and return the list to which it adds its arguments."""
    notes: list[Any] = []
    jobs.job("note")(lambda **args: notes.append(args))
    return notes


@pytest.fixture
def jobs_in_rq(db_session: Session) -> Callable[[], list[str]]:
    """Return a function that returns the ids of the jobs that wait in RQ's queue."""
    return lambda: enqueueing.job_queue("normal", redis.redis()).get_job_ids()


@pytest.fixture
def rq_worker(app: Flask, db_session: Session) -> Callable[[], None]:
    """Run what waits in RQ's queues, as an RQ worker of ours does."""

    def run_all() -> None:
        client = redis.redis()
        queues = [enqueueing.job_queue(name, client) for name in jobs.QUEUES]
        JobWorker(queues, connection=client).work(burst=True, logging_level="WARNING")

    return run_all


def the_job_row() -> Job:
    db.session.expire_all()
    return db.session.scalars(select(Job)).one()


def test_a_job_is_handed_to_rq_after_the_outermost_commit_under_its_id_and_its_function(
    db_session: Session, jobs_in_rq: Callable[[], list[str]]
) -> None:
    jobs.job("note")(the_job_row)
    with db.session.begin_nested():
        jobs.enqueue("note", run="r7")
    assert jobs_in_rq() == []
    db.session.commit()
    assert jobs_in_rq() == [str(the_job_row().id)]
    (rq_job,) = enqueueing.job_queue("normal", redis.redis()).get_jobs()
    assert rq_job.func_name == f"{__name__}.the_job_row"
    assert rq_job.description == "note(run='r7')"
    assert rq_job.timeout == 110


def test_what_was_rolled_back_is_not_handed_over(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note")
    db.session.rollback()
    make_person()
    db.session.commit()
    assert jobs_in_rq() == []


def test_what_is_for_later_is_handed_over_when_it_is_due(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note", at=clock.now() + timedelta(hours=1))
    db.session.commit()
    sweep_twice("normal")
    assert jobs_in_rq() == []
    with clock.shifted(timedelta(hours=1, seconds=2)):
        sweep_twice("normal")
        assert jobs_in_rq() == [str(the_job_row().id)]
    assert done == []


def test_rq_runs_the_job_and_shows_it_as_finished(
    db_session: Session, done: list[Any], rq_worker: Callable[[], None]
) -> None:
    jobs.enqueue("note", text="by RQ")
    db.session.commit()
    rq_worker()
    assert done == [{"text": "by RQ"}]
    assert the_job_row().status == "done"
    assert enqueueing.job_queue("normal", redis.redis()).finished_job_registry.get_job_ids() == [str(the_job_row().id)]


def test_a_failure_waits_in_rq_as_scheduled_and_in_the_end_as_failed(
    db_session: Session, rq_worker: Callable[[], None]
) -> None:
    def fail() -> None:
        raise RuntimeError("call +989121231234 <script>")

    jobs.job("fail", tries=2)(fail)
    rq_queue = enqueueing.job_queue("normal", redis.redis())
    jobs.enqueue("fail")
    db.session.commit()
    rq_worker()
    assert (the_job_row().status, the_job_row().attempts) == ("waiting", 1)
    assert rq_queue.scheduled_job_registry.get_job_ids() == [str(the_job_row().id)]
    with clock.shifted(timedelta(minutes=1)):
        sweep_twice("normal")
        assert (rq_queue.count, rq_queue.scheduled_job_registry.count) == (1, 0)
        rq_worker()
    assert (the_job_row().status, the_job_row().attempts) == ("failed", 2)
    assert rq_queue.failed_job_registry.get_job_ids() == [str(the_job_row().id)]
    shown = rq_queue.fetch_job(str(the_job_row().id)).latest_result().exc_string
    assert "RuntimeError" in shown
    assert "9121231234" not in shown
    assert "<" not in shown


def test_what_is_handed_over_twice_is_run_once(
    db_session: Session, done: list[Any], rq_worker: Callable[[], None]
) -> None:
    jobs.enqueue("note")
    db.session.commit()
    row = the_job_row()
    enqueueing.push("normal", redis.redis(), [enqueueing.QueueItem(row.id, row.name, row.args)])
    rq_worker()
    assert done == [{}]


def test_the_sweeper_hands_over_what_redis_lost_and_nothing_that_it_has(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]], rq_worker: Callable[[], None]
) -> None:
    for nth in range(3):
        jobs.enqueue("note", nth=nth)
    db.session.commit()
    with clock.shifted(timedelta(seconds=2)):
        sweep_twice("normal")
        assert len(jobs_in_rq()) == 3
        redis.redis().flushdb()
        sweep_twice("normal")
        assert len(jobs_in_rq()) == 3
        rq_worker()
    assert sorted(call["nth"] for call in done) == [0, 1, 2]


def test_half_a_job_that_a_flush_left_in_redis_is_no_hindrance(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note")
    db.session.commit()
    redis.redis().flushdb()
    job_id = str(the_job_row().id)
    redis.redis().hset(f"rq:job:{job_id}", "last_heartbeat", "now")
    with clock.shifted(timedelta(seconds=2)):
        assert sweep_twice("normal") == 1
    assert jobs_in_rq() == [job_id]
    assert enqueueing.job_queue("normal", redis.redis()).fetch_job(job_id) is not None


def test_what_a_killed_worker_left_is_handed_over_when_its_lease_is_over(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]], rq_worker: Callable[[], None]
) -> None:
    jobs.enqueue("note")
    db.session.commit()
    (rq_job,) = enqueueing.job_queue("normal", redis.redis()).get_jobs()
    enqueueing.job_queue("normal", redis.redis()).pop_job_id()
    rq_job.set_status(JobStatus.STARTED)
    assert claim_next("normal") is not None
    for minutes, expected in ((1, []), (3, [rq_job.id])):
        with clock.shifted(timedelta(minutes=minutes)):
            sweep_twice("normal")
            assert jobs_in_rq() == expected
    with clock.shifted(timedelta(minutes=3)):
        rq_worker()
    assert done == [{}]
    assert the_job_row().attempts == 2


def test_while_rq_takes_jobs_the_sweeper_runs_none(db_session: Session, done: list[Any]) -> None:
    jobs.enqueue("note")
    db.session.commit()
    with clock.shifted(timedelta(minutes=1)):
        assert sweep_twice("normal") == 0
    assert done == []


def test_when_rq_takes_no_jobs_the_sweeper_runs_them_and_rq_forgets_them(
    db_session: Session, done: list[Any], jobs_in_rq: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "RQ_STALL_SECONDS", 0.0)
    for nth in range(2):
        jobs.enqueue("note", nth=nth)
    db.session.commit()
    assert sweep_twice("normal") == 2
    assert done == [{"nth": 0}, {"nth": 1}]
    assert jobs_in_rq() == []


def test_workers_are_woken_up_once_while_none_has_heard(db_session: Session) -> None:
    wakeups = enqueueing.wakeup_queue("normal", redis.redis())
    for _ in range(3):
        jobs.notify_workers("normal")
        make_person()
        db.session.commit()
    assert wakeups.count == 1

    assert wakeups.pop_job_id()
    jobs.notify_workers("normal")
    make_person()
    db.session.commit()
    assert wakeups.count == 1


def test_without_redis_the_commit_stands_and_the_sweeper_runs_the_job(
    app: Flask, db_session: Session, done: list[Any]
) -> None:
    with redis_away(app):
        jobs.enqueue("note", text="all the same")
        db.session.commit()
        poll_and_sweep("normal", never)
    assert done == [{"text": "all the same"}]
