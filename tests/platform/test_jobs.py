"""Jobs: written with what causes them, handed to RQ after the commit, run once; without Redis too."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.job import JobStatus
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.people.models.person import Person
from hampa.platform import clock, jobs, redis
from hampa.platform.db import db
from hampa.platform.jobs import Job, engine, polling, registry
from hampa.platform.jobs.periodic import delete_old_jobs, enqueue_periodic
from hampa.platform.jobs.polling import poll, poll_and_sweep, sweep
from hampa.platform.jobs.running import claim_next, pause_after, run, run_due
from hampa.platform.jobs.worker import JobWorker
from tests.factories.people import make_person

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def never() -> bool:
    return False


def sweep_twice(queue: str) -> int:
    """What is missing in RQ once may be on its way there."""
    return sweep(queue, never) + sweep(queue, never)


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that a test names are gone after it, and no others come round during it."""
    monkeypatch.setattr(registry, "_definitions", {})


@pytest.fixture
def done() -> list[Any]:
    """A job named `note` writes down here what it was called with."""
    notes: list[Any] = []
    jobs.job("note")(lambda **args: notes.append(args))
    return notes


@pytest.fixture
def handed(db_session: Session) -> Callable[[], list[str]]:
    """The ids of the jobs that wait in RQ's queue."""
    return lambda: engine.job_queue("normal", redis.redis()).get_job_ids()


@pytest.fixture
def rq_worker(app: Flask, db_session: Session) -> Callable[[], None]:
    """Run what waits in RQ's queues, as an RQ worker of ours does."""

    def run_all() -> None:
        client = redis.redis()
        queues = [engine.job_queue(name, client) for name in jobs.QUEUES]
        JobWorker(queues, connection=client).work(burst=True, logging_level="WARNING")

    return run_all


@pytest.fixture
def redis_away(app: Flask) -> Iterator[None]:
    """Redis is a port where nobody listens."""
    link = app.extensions["hampa.redis"]
    before = link.client
    link.client = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    yield
    link.client, link.resting_until = before, 0.0


def the_job_row() -> Job:
    db.session.expire_all()
    return db.session.scalars(select(Job)).one()


# Writing


def test_a_job_is_written_with_what_causes_it_or_not_at_all(db_session: Session, done: list[Any]) -> None:
    jobs.enqueue("note")
    db.session.rollback()
    assert db.session.scalar(select(Job.id)) is None

    jobs.enqueue("note", text="tell them")
    db.session.commit()
    assert (the_job_row().args, the_job_row().status) == ({"text": "tell them"}, "waiting")


def test_of_several_with_one_key_the_first_is_kept_even_when_it_is_done(db_session: Session, done: list[Any]) -> None:
    assert jobs.enqueue("note", key="run:7", nth=1)
    assert not jobs.enqueue("note", key="run:7", nth=2)
    db.session.commit()
    run_due("normal", never)
    assert not jobs.enqueue("note", key="run:7", nth=3)
    run_due("normal", never)
    assert done == [{"nth": 1}]


def test_a_job_that_nobody_knows_is_refused_at_once(db_session: Session) -> None:
    with pytest.raises(LookupError, match="no job named"):
        jobs.enqueue("nobody.knows")


def test_two_jobs_of_one_name_are_refused(done: list[Any]) -> None:
    with pytest.raises(ValueError, match="two jobs named note"):
        jobs.job("note")(lambda: None)


def test_ids_times_and_dates_arrive_as_what_they_were(db_session: Session) -> None:
    came: list[Any] = []

    def take(run_id: uuid.UUID, when: datetime, on: date, people: list[uuid.UUID], maybe: uuid.UUID | None) -> None:
        came.append((run_id, when, on, people, maybe))

    jobs.job("take")(take)
    sent = (uuid.uuid4(), NOON, NOON.date(), [uuid.uuid4(), uuid.uuid4()], uuid.uuid4())
    jobs.enqueue("take", run_id=sent[0], when=sent[1], on=sent[2], people=sent[3], maybe=sent[4])
    db.session.commit()
    run_due("normal", never)
    assert came == [sent]


# Handing to RQ


def test_a_job_is_handed_to_rq_after_the_outermost_commit_under_its_id_and_its_function(
    db_session: Session, handed: Callable[[], list[str]]
) -> None:
    jobs.job("note")(the_job_row)
    with db.session.begin_nested():
        jobs.enqueue("note", run="r7")
    assert handed() == []
    db.session.commit()
    assert handed() == [str(the_job_row().id)]
    (rq_job,) = engine.job_queue("normal", redis.redis()).get_jobs()
    assert rq_job.func_name == f"{__name__}.the_job_row"
    assert rq_job.description == "note(run='r7')"
    assert rq_job.timeout == 110


def test_what_was_rolled_back_is_not_handed_over(
    db_session: Session, done: list[Any], handed: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note")
    db.session.rollback()
    make_person()
    db.session.commit()
    assert handed() == []


def test_what_is_for_later_is_handed_over_when_it_is_due(
    db_session: Session, done: list[Any], handed: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note", at=clock.now() + timedelta(hours=1))
    db.session.commit()
    sweep_twice("normal")
    assert handed() == []
    with clock.shifted(timedelta(hours=1, seconds=2)):
        sweep_twice("normal")
        assert handed() == [str(the_job_row().id)]
    assert done == []


def test_rq_runs_the_job_and_shows_it_as_finished(
    db_session: Session, done: list[Any], rq_worker: Callable[[], None]
) -> None:
    jobs.enqueue("note", text="by RQ")
    db.session.commit()
    rq_worker()
    assert done == [{"text": "by RQ"}]
    assert the_job_row().status == "done"
    assert engine.job_queue("normal", redis.redis()).finished_job_registry.get_job_ids() == [str(the_job_row().id)]


def test_a_failure_waits_in_rq_as_scheduled_and_in_the_end_as_failed(
    db_session: Session, rq_worker: Callable[[], None]
) -> None:
    def fail() -> None:
        raise RuntimeError("call +989121231234 <script>")

    jobs.job("fail", tries=2)(fail)
    rq_queue = engine.job_queue("normal", redis.redis())
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
    engine.hand_over("normal", redis.redis(), [engine.HandedJob(row.id, row.name, row.args)])
    rq_worker()
    assert done == [{}]


def test_the_sweeper_hands_over_what_redis_lost_and_nothing_that_it_has(
    db_session: Session, done: list[Any], handed: Callable[[], list[str]], rq_worker: Callable[[], None]
) -> None:
    for nth in range(3):
        jobs.enqueue("note", nth=nth)
    db.session.commit()
    with clock.shifted(timedelta(seconds=2)):
        sweep_twice("normal")
        assert len(handed()) == 3
        redis.redis().flushdb()
        sweep_twice("normal")
        assert len(handed()) == 3
        rq_worker()
    assert sorted(call["nth"] for call in done) == [0, 1, 2]


def test_half_a_job_that_a_flush_left_in_redis_is_no_hindrance(
    db_session: Session, done: list[Any], handed: Callable[[], list[str]]
) -> None:
    jobs.enqueue("note")
    db.session.commit()
    redis.redis().flushdb()
    job_id = str(the_job_row().id)
    redis.redis().hset(f"rq:job:{job_id}", "last_heartbeat", "now")
    with clock.shifted(timedelta(seconds=2)):
        assert sweep_twice("normal") == 1
    assert handed() == [job_id]
    assert engine.job_queue("normal", redis.redis()).fetch_job(job_id) is not None


def test_what_a_killed_worker_left_is_handed_over_when_its_lease_is_over(
    db_session: Session, done: list[Any], handed: Callable[[], list[str]], rq_worker: Callable[[], None]
) -> None:
    jobs.enqueue("note")
    db.session.commit()
    (rq_job,) = engine.job_queue("normal", redis.redis()).get_jobs()
    engine.job_queue("normal", redis.redis()).pop_job_id()
    rq_job.set_status(JobStatus.STARTED)
    assert claim_next("normal") is not None
    for minutes, expected in ((1, []), (3, [rq_job.id])):
        with clock.shifted(timedelta(minutes=minutes)):
            sweep_twice("normal")
            assert handed() == expected
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
    db_session: Session, done: list[Any], handed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "RQ_TAKES_SECONDS", 0.0)
    for nth in range(2):
        jobs.enqueue("note", nth=nth)
    db.session.commit()
    assert sweep_twice("normal") == 2
    assert done == [{"nth": 0}, {"nth": 1}]
    assert handed() == []


def test_workers_are_woken_up_once_while_none_has_heard(db_session: Session) -> None:
    wakeups = engine.wakeup_queue("normal", redis.redis())
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
    db_session: Session, done: list[Any], redis_away: None
) -> None:
    jobs.enqueue("note", text="all the same")
    db.session.commit()
    poll_and_sweep("normal", never)
    assert done == [{"text": "all the same"}]


# Running


def test_a_job_is_done_when_it_is_due_and_once(db_session: Session, done: list[Any]) -> None:
    with clock.frozen(NOON):
        jobs.enqueue("note", at=NOON + timedelta(minutes=5))
        db.session.commit()
        assert run_due("normal", never) == 0
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert run_due("normal", never) == 1
        assert run_due("normal", never) == 0
    assert done == [{}]
    assert the_job_row().status == "done"


def test_queues_are_looked_into_one_by_one(db_session: Session, done: list[Any]) -> None:
    jobs.enqueue("note", queue="urgent", which="urgent")
    jobs.enqueue("note", which="normal")
    db.session.commit()
    run_due("urgent", never)
    assert done == [{"which": "urgent"}]


def test_what_has_much_to_do_keeps_nothing_else_in_the_queue_from_being_done(
    db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, done = 0, {"much": 0, "little": 0}

    def slice_ends() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def all_day(_name: str, stopping: jobs.Stopping) -> int:
        while not stopping():
            done["much"] += 1
        return 1

    def at_once(_name: str, stopping: jobs.Stopping) -> int:
        done["little"] += not stopping()
        return 1

    monkeypatch.setattr(registry, "_pollers", [all_day, at_once])
    for _ in range(4):
        left = 5
        poll("normal", slice_ends)
    assert done["little"] == 2
    assert done["much"] > 10


def test_who_is_told_to_stop_begins_nothing(db_session: Session, done: list[Any]) -> None:
    jobs.enqueue("note")
    db.session.commit()
    assert run_due("normal", lambda: True) == 0
    assert the_job_row().status == "waiting"


def test_a_failure_takes_back_what_was_not_committed_and_is_tried_again_later(db_session: Session) -> None:
    def fail() -> None:
        make_person(phone="+989121231234")
        raise RuntimeError("the map is away")

    jobs.job("fail", tries=2)(fail)
    with clock.frozen(NOON):
        jobs.enqueue("fail")
        db.session.commit()
        run_due("normal", never)
        assert run_due("normal", never) == 0
    job = the_job_row()
    assert (job.status, job.attempts, job.last_error) == ("waiting", 1, "RuntimeError: the map is away")
    assert timedelta(seconds=8) <= job.due_at - NOON <= timedelta(seconds=12)
    assert db.session.scalar(select(Person.id).where(Person.phone == "+989121231234")) is None

    with clock.frozen(NOON + timedelta(minutes=1)):
        run_due("normal", never)
    assert (the_job_row().status, the_job_row().attempts) == ("failed", 2)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 640), (9, 3600)])
def test_pauses_grow_up_to_an_hour(attempts: int, seconds: int) -> None:
    for _ in range(20):
        assert seconds * 0.8 <= pause_after(attempts).total_seconds() <= seconds * 1.2


def test_a_row_whose_job_is_gone_fails_where_it_is_seen(db_session: Session) -> None:
    db.session.add(Job(name="was.removed", args={}, due_at=clock.now()))
    db.session.commit()
    run_due("normal", never)
    assert (the_job_row().status, the_job_row().last_error) == ("failed", "no job has this name")


def test_the_job_of_a_dead_worker_is_done_by_another_after_its_lease(db_session: Session, done: list[Any]) -> None:
    with clock.frozen(NOON):
        jobs.enqueue("note")
        db.session.commit()
        dead = claim_next("normal")
        assert dead is not None
        assert run_due("normal", never) == 0
    with clock.frozen(NOON + timedelta(minutes=2)):
        other = claim_next("normal")
        assert other is not None
        run(dead)
        assert the_job_row().status == "running", "a worker that lost its lease no longer ends the job"
        run(other)
    assert (the_job_row().status, the_job_row().attempts) == ("done", 2)


def test_a_job_that_kills_its_workers_fails_in_the_end(db_session: Session) -> None:
    jobs.job("deadly", tries=2)(lambda: None)
    jobs.enqueue("deadly")
    db.session.commit()
    for passed in range(2):
        with clock.shifted(timedelta(hours=passed)):
            assert claim_next("normal") is not None
    with clock.shifted(timedelta(hours=2)):
        run_due("normal", never)
    assert (the_job_row().status, the_job_row().last_error) == ("failed", "the worker died each of the 2 times")


def test_many_workers_at_once_do_each_job_once(real_database: Flask) -> None:
    seen: list[int] = []

    @jobs.job("note")
    def note(nth: int) -> None:
        seen.append(nth)

    with real_database.app_context():
        for nth in range(60):
            jobs.enqueue("note", nth=nth)
        db.session.commit()

    def look() -> None:
        with real_database.app_context():
            run_due("normal", never)

    workers = [threading.Thread(target=look) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(60))


# Policies


def test_a_function_that_takes_too_long_is_interrupted_and_tried_again(db_session: Session) -> None:
    jobs.job("slow", timeout=timedelta(seconds=1))(lambda: time.sleep(5))
    jobs.enqueue("slow")
    db.session.commit()
    run_due("normal", never)
    row = the_job_row()
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "maximum timeout" in str(row.last_error)


def test_a_lease_is_renewed_with_the_commit_and_nobody_else_has_the_job_meanwhile(db_session: Session) -> None:
    slices: list[bool] = []

    def work_long() -> None:
        for minutes in (9, 18):
            with clock.shifted(timedelta(minutes=minutes)):
                slices.append(claim_next("normal") is None)
                jobs.renew_lease()
                db.session.commit()

    jobs.job("long", lease=timedelta(minutes=10), timeout=timedelta(hours=1))(work_long)
    jobs.enqueue("long")
    db.session.commit()
    run_due("normal", never)
    assert slices == [True, True]
    assert the_job_row().status == "done"


def test_who_lost_the_lease_commits_nothing_more(db_session: Session) -> None:
    def work_long() -> None:
        with clock.shifted(timedelta(minutes=3)):
            assert claim_next("normal") is not None, "another worker takes it over"
        make_person(phone="+989121231234")
        jobs.renew_lease()
        db.session.commit()

    jobs.job("long")(work_long)
    jobs.enqueue("long")
    db.session.commit()
    run_due("normal", never)
    assert db.session.scalar(select(Person.id).where(Person.phone == "+989121231234")) is None
    assert (the_job_row().status, the_job_row().attempts) == ("running", 2)


def test_outside_a_job_there_is_no_lease_to_renew(db_session: Session) -> None:
    jobs.renew_lease()


# What comes round


def test_what_comes_round_is_queued_once_a_stretch_by_any_number_of_workers(db_session: Session) -> None:
    notes: list[Any] = []
    jobs.job("tidy", every=timedelta(hours=1))(lambda: notes.append(clock.now()))
    for minutes in (0, 10, 59, 60):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            enqueue_periodic({})
            enqueue_periodic({})
            run_due("normal", never)
    assert notes == [NOON, NOON + timedelta(hours=1)]


def test_ended_jobs_are_forgotten_after_some_days_and_open_ones_never(db_session: Session) -> None:
    for status, days in [("done", 2), ("done", 4), ("failed", 29), ("failed", 31), ("waiting", 99)]:
        then = clock.now() - timedelta(days=days)
        db.session.add(Job(name=f"{status} {days}", args={}, status=status, due_at=then, updated_at=then))
    db.session.commit()
    delete_old_jobs()
    assert set(db.session.scalars(select(Job.name))) == {"done 2", "failed 29", "waiting 99"}
