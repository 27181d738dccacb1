"""Every job that is put into the queue exists, and somebody takes from every queue."""

from __future__ import annotations

import ast
from pathlib import Path

from hampa.outbox.models import PRIORITIES, queue_of
from hampa.platform import queue, worker
from tests.house.lints import deferred

HAMPA = Path(__file__).parents[2] / "hampa"


def migrations() -> list[str]:
    """The texts of the migrations, which may ask the worker to fill in what SQL can't."""
    return [path.read_text() for path in (HAMPA.parent / "migrations" / "versions").glob("*.py")]


def test_every_deferred_job_exists(app):
    known = {work.name for work in queue.works()}
    named = {name for path in HAMPA.rglob("*.py") for name in deferred(ast.parse(path.read_text()))}
    assert named, "no job is deferred anywhere: this test looks for something that is called otherwise now"
    assert named <= known, f"there is no job named {sorted(named - known)}"


def test_every_job_is_deferred_or_comes_round(app):
    named = {name for path in HAMPA.rglob("*.py") for name in deferred(ast.parse(path.read_text()))}
    named |= {work.name for work in queue.works() if any(f"'{work.name}'" in text for text in migrations())}
    idle = [work.name for work in queue.works() if work.every is None and work.name not in named]
    assert not idle, f"nobody asks for {idle}: delete them"


def test_every_queue_is_consumed(app):
    assert set(worker.ROUND_SECONDS) == set(queue.QUEUES)
    assert {queue_of(name) for name in PRIORITIES} <= set(queue.QUEUES)


def test_jobs_say_how_long_they_may_take(app):
    assert all(work.lease.total_seconds() >= 30 and work.tries >= 1 for work in queue.works())
