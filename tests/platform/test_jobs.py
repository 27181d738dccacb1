"""Jobs: written in the transaction that causes them, run once and under their policy, tried again."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Job, registry
from hampa.platform.jobs.operating import delete_old_jobs
from hampa.platform.jobs.polling import enqueue_periodic, poll
from hampa.platform.jobs.running import claim_next, pause_after, run, run_due
from tests.factories.people import make_person

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def never() -> bool:
    return False


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
    calls: list[Any] = []

    def take(run_id: uuid.UUID, when: datetime, on: date, people: list[uuid.UUID], maybe: uuid.UUID | None) -> None:
        calls.append((run_id, when, on, people, maybe))

    jobs.job("take")(take)
    sent = (uuid.uuid4(), NOON, NOON.date(), [uuid.uuid4(), uuid.uuid4()], uuid.uuid4())
    jobs.enqueue("take", run_id=sent[0], when=sent[1], on=sent[2], people=sent[3], maybe=sent[4])
    db.session.commit()
    run_due("normal", never)
    assert calls == [sent]


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

    def work() -> None:
        with real_database.app_context():
            run_due("normal", never)

    workers = [threading.Thread(target=work) for _ in range(6)]
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
