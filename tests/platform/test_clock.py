"""The clock that a worker lets run by the database's."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.platform.jobs.polling import poll_and_sweep, sync_clock
from hampa.platform.jobs.running import run_due

HOUR = timedelta(hours=1)


@pytest.fixture
def machine_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[timedelta], None]]:
    """Let this machine's clock be so far off from now on; afterwards it is right, and kept to."""

    def off(by: timedelta) -> None:
        class Wrong(dt.datetime):
            @classmethod
            def now(cls, tz=None):
                return dt.datetime.now(tz) + by

        monkeypatch.setattr(clock, "datetime", Wrong)

    yield off
    monkeypatch.undo()
    clock.keep_to(dt.datetime.now(UTC))


def near(moment: dt.datetime) -> bool:
    return abs(moment - dt.datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_worker_whose_clock_is_off_goes_by_the_database(machine_off, db_session, caplog, by):
    machine_off(by)
    assert not near(clock.now())
    with caplog.at_level(logging.WARNING):
        poll_and_sweep("normal", lambda: False)
        poll_and_sweep("normal", lambda: False)
    assert near(clock.now())
    assert len([line for line in caplog.records if "clock" in line.message]) == 1
    machine_off(timedelta())
    poll_and_sweep("normal", lambda: False)
    assert near(clock.now())


@pytest.mark.parametrize(("by", "expected"), [(HOUR, "waiting"), (-HOUR, "done")])
def test_what_is_due_is_due_by_the_database(machine_off, db_session, by, expected):
    soon = timedelta(minutes=30) if by > timedelta() else timedelta(minutes=-30)
    jobs.enqueue("queue.forget_jobs", key="by the database", at=dt.datetime.now(UTC) + soon)
    db.session.commit()
    machine_off(by)
    run_due("normal", lambda: False)
    assert db_session.scalars(select(Job.status).where(Job.key == "by the database")).one() == expected


def test_milliseconds_make_no_clock_jump(db_session):
    clock.keep_to(dt.datetime.now(UTC) + timedelta(milliseconds=400))
    assert clock.now() <= dt.datetime.now(UTC)


def test_an_answer_that_took_long_corrects_only_what_it_does_not_explain_itself(machine_off, db_session):
    late = timedelta(seconds=8)
    assert not clock.keep_to(dt.datetime.now(UTC) - late, doubt=late)
    assert near(clock.now())
    assert abs(clock.now() - dt.datetime.now(UTC)) < timedelta(seconds=1)
    machine_off(HOUR)
    assert clock.keep_to(dt.datetime.now(UTC) - late, doubt=late)
    assert near(clock.now())


def test_a_stopped_clock_stays_stopped(db_session):
    at = dt.datetime(2026, 11, 21, 6, tzinfo=UTC)
    with clock.frozen(at):
        sync_clock()
        assert clock.now() == at
