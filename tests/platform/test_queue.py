"""Work for later: written with what causes it, announced after the commit, done once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.people.models.person import Person
from hampa.platform import clock, queue, redis, work
from hampa.platform.db import db
from hampa.platform.queue import Job
from tests.factories.people import make_person

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def never() -> bool:
    return False


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that a test names are gone after it, and no others come round during it."""
    monkeypatch.setattr(queue, "_works", {})


@pytest.fixture
def done() -> list[Any]:
    """A job named `note` writes down here what it was called with."""
    notes: list[Any] = []
    queue.job("note")(lambda **args: notes.append(args))
    return notes


@pytest.fixture
def rings(db_session: Session) -> Callable[[], int]:
    return lambda: queue.bell("normal", redis.redis()).count


@pytest.fixture
def redis_away(app: Flask) -> Iterator[None]:
    """Redis is a port where nobody listens."""
    link = app.extensions["hampa.redis"]
    before = link.client
    link.client = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    yield
    link.client, link.resting_until = before, 0.0


def the_job() -> Job:
    db.session.expire_all()
    return db.session.scalars(select(Job)).one()


# Writing


def test_a_job_is_written_with_what_causes_it_or_not_at_all(db_session: Session, done: list[Any]) -> None:
    queue.defer("note")
    db.session.rollback()
    assert db.session.scalar(select(Job.id)) is None

    queue.defer("note", text="tell them")
    db.session.commit()
    assert (the_job().args, the_job().status) == ({"text": "tell them"}, "waiting")


def test_of_several_with_one_key_the_first_is_kept_even_when_it_is_done(db_session: Session, done: list[Any]) -> None:
    assert queue.defer("note", key="run:7", nth=1)
    assert not queue.defer("note", key="run:7", nth=2)
    db.session.commit()
    work.run_due("normal", never)
    assert not queue.defer("note", key="run:7", nth=3)
    work.run_due("normal", never)
    assert done == [{"nth": 1}]


def test_a_job_that_nobody_knows_is_refused_at_once(db_session: Session) -> None:
    with pytest.raises(LookupError, match="no job named"):
        queue.defer("nobody.knows")


def test_two_jobs_of_one_name_are_refused(done: list[Any]) -> None:
    with pytest.raises(ValueError, match="two jobs named note"):
        queue.job("note")(lambda: None)


def test_ids_times_and_dates_arrive_as_what_they_were(db_session: Session) -> None:
    came: list[Any] = []

    def take(run_id: uuid.UUID, when: datetime, on: date, people: list[uuid.UUID], maybe: uuid.UUID | None) -> None:
        came.append((run_id, when, on, people, maybe))

    queue.job("take")(take)
    sent = (uuid.uuid4(), NOON, NOON.date(), [uuid.uuid4(), uuid.uuid4()], uuid.uuid4())
    queue.defer("take", run_id=sent[0], when=sent[1], on=sent[2], people=sent[3], maybe=sent[4])
    db.session.commit()
    work.run_due("normal", never)
    assert came == [sent]


# Ringing


def test_the_bell_rings_after_the_outermost_commit(
    db_session: Session, done: list[Any], rings: Callable[[], int]
) -> None:
    with db.session.begin_nested():
        queue.defer("note")
    assert rings() == 0
    db.session.commit()
    assert rings() == 1


def test_what_was_rolled_back_is_not_announced(db_session: Session, done: list[Any], rings: Callable[[], int]) -> None:
    queue.defer("note")
    db.session.rollback()
    make_person()
    db.session.commit()
    assert rings() == 0


def test_what_is_for_later_is_not_announced(db_session: Session, done: list[Any], rings: Callable[[], int]) -> None:
    queue.defer("note", at=clock.now() + timedelta(hours=1))
    db.session.commit()
    assert rings() == 0


def test_a_bell_that_nobody_has_heard_yet_is_not_rung_again(
    db_session: Session, done: list[Any], rings: Callable[[], int]
) -> None:
    for _ in range(3):
        queue.defer("note")
        db.session.commit()
    assert rings() == 1

    assert queue.bell("normal", redis.redis()).pop_job_id()
    queue.defer("note")
    db.session.commit()
    assert rings() == 1


def test_without_redis_the_commit_stands_and_the_rounds_find_the_job(
    db_session: Session, done: list[Any], redis_away: None
) -> None:
    queue.defer("note", text="all the same")
    db.session.commit()
    work.look("normal", never)
    assert done == [{"text": "all the same"}]


# Doing


def test_a_job_is_done_when_it_is_due_and_once(db_session: Session, done: list[Any]) -> None:
    with clock.frozen(NOON):
        queue.defer("note", at=NOON + timedelta(minutes=5))
        db.session.commit()
        assert work.run_due("normal", never) == 0
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert work.run_due("normal", never) == 1
        assert work.run_due("normal", never) == 0
    assert done == [{}]
    assert the_job().status == "done"


def test_queues_are_looked_into_one_by_one(db_session: Session, done: list[Any]) -> None:
    queue.defer("note", queue="urgent", which="urgent")
    queue.defer("note", which="normal")
    db.session.commit()
    work.run_due("urgent", never)
    assert done == [{"which": "urgent"}]


def test_what_has_much_to_do_keeps_nothing_else_in_the_queue_from_being_done(
    db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, done = 0, {"much": 0, "little": 0}

    def slice_ends() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def all_day(_name: str, stopping: queue.Stopping) -> int:
        while not stopping():
            done["much"] += 1
        return 1

    def at_once(_name: str, stopping: queue.Stopping) -> int:
        done["little"] += not stopping()
        return 1

    monkeypatch.setattr(queue, "_looks", [all_day, at_once])
    for _ in range(4):
        left = 5
        work.look("normal", slice_ends)
    assert done["little"] == 2
    assert done["much"] > 10


def test_who_is_told_to_stop_begins_nothing(db_session: Session, done: list[Any]) -> None:
    queue.defer("note")
    db.session.commit()
    assert work.run_due("normal", lambda: True) == 0
    assert the_job().status == "waiting"


def test_a_failure_takes_back_what_was_not_committed_and_is_tried_again_later(db_session: Session) -> None:
    def fail() -> None:
        make_person(phone="+989121231234")
        raise RuntimeError("the map is away")

    queue.job("fail", tries=2)(fail)
    with clock.frozen(NOON):
        queue.defer("fail")
        db.session.commit()
        work.run_due("normal", never)
        assert work.run_due("normal", never) == 0
    job = the_job()
    assert (job.status, job.attempts, job.last_error) == ("waiting", 1, "RuntimeError: the map is away")
    assert timedelta(seconds=8) <= job.due_at - NOON <= timedelta(seconds=12)
    assert db.session.scalar(select(Person.id).where(Person.phone == "+989121231234")) is None

    with clock.frozen(NOON + timedelta(minutes=1)):
        work.run_due("normal", never)
    assert (the_job().status, the_job().attempts) == ("failed", 2)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 640), (9, 3600)])
def test_pauses_grow_up_to_an_hour(attempts: int, seconds: int) -> None:
    for _ in range(20):
        assert seconds * 0.8 <= work.pause_after(attempts).total_seconds() <= seconds * 1.2


def test_a_row_whose_job_is_gone_fails_where_it_is_seen(db_session: Session) -> None:
    db.session.add(Job(name="was.removed", args={}, due_at=clock.now()))
    db.session.commit()
    work.run_due("normal", never)
    assert (the_job().status, the_job().last_error) == ("failed", "no job has this name")


def test_the_job_of_a_dead_worker_is_done_by_another_after_its_lease(db_session: Session, done: list[Any]) -> None:
    with clock.frozen(NOON):
        queue.defer("note")
        db.session.commit()
        dead = work.take("normal", worker="dead:1")
        assert dead is not None
        assert work.run_due("normal", never) == 0
    with clock.frozen(NOON + timedelta(minutes=2)):
        other = work.take("normal", worker="alive:2")
        assert other is not None
        work.run(dead)
        assert the_job().status == "running", "who comes back from the dead no longer ends the job"
        work.run(other)
    assert (the_job().status, the_job().worker, the_job().attempts) == ("done", "alive:2", 2)


def test_a_job_that_kills_its_workers_fails_in_the_end(db_session: Session) -> None:
    queue.job("deadly", tries=2)(lambda: None)
    queue.defer("deadly")
    db.session.commit()
    for passed in range(2):
        with clock.shifted(timedelta(hours=passed)):
            assert work.take("normal", worker="dead") is not None
    with clock.shifted(timedelta(hours=2)):
        work.run_due("normal", never)
    assert (the_job().status, the_job().last_error) == ("failed", "the worker died each of the 2 times")


def test_many_workers_at_once_do_each_job_once(real_database: Flask) -> None:
    seen: list[int] = []

    @queue.job("note")
    def note(nth: int) -> None:
        seen.append(nth)

    with real_database.app_context():
        for nth in range(60):
            queue.defer("note", nth=nth)
        db.session.commit()

    def look() -> None:
        with real_database.app_context():
            work.run_due("normal", never)

    workers = [threading.Thread(target=look) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(60))


# What comes round


def test_what_comes_round_is_queued_once_a_stretch_by_any_number_of_workers(db_session: Session) -> None:
    notes: list[Any] = []
    queue.job("tidy", every=timedelta(hours=1))(lambda: notes.append(clock.now()))
    for minutes in (0, 10, 59, 60):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            work.defer_what_comes_round({})
            work.defer_what_comes_round({})
            work.run_due("normal", never)
    assert notes == [NOON, NOON + timedelta(hours=1)]


def test_ended_jobs_are_forgotten_after_some_days_and_open_ones_never(db_session: Session) -> None:
    for status, days in [("done", 2), ("done", 4), ("failed", 29), ("failed", 31), ("waiting", 99)]:
        then = clock.now() - timedelta(days=days)
        db.session.add(Job(name=f"{status} {days}", args={}, status=status, due_at=then, updated_at=then))
    db.session.commit()
    work.forget_jobs()
    assert set(db.session.scalars(select(Job.name))) == {"done 2", "failed 29", "waiting 99"}
