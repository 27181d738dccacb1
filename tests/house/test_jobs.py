"""Every job that is enqueued exists, some worker serves every queue, and each job's policy makes sense."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from hampa.outbox.models import PRIORITIES, QUEUE_PRIORITIES
from hampa.platform import jobs
from hampa.platform.jobs import worker
from tests.house.lints import enqueued

HAMPA = Path(__file__).parents[2] / "hampa"


def migrations() -> list[str]:
    """Return the texts of the migrations, which may ask the worker to fill in what SQL can't."""
    return [path.read_text() for path in (HAMPA.parent / "migrations" / "versions").glob("*.py")]


def test_every_enqueued_job_exists(app):
    known = {definition.name for definition in jobs.job_definitions()}
    named = {name for path in HAMPA.rglob("*.py") for name in enqueued(ast.parse(path.read_text()))}
    assert named, "no job is enqueued anywhere: this test looks for a function that is called otherwise now"
    assert named <= known, f"there is no job named {sorted(named - known)}"


def test_every_job_is_enqueued_or_comes_round(app):
    definitions = list(jobs.job_definitions())
    named = {name for path in HAMPA.rglob("*.py") for name in enqueued(ast.parse(path.read_text()))}
    named |= {one.name for one in definitions if any(f"'{one.name}'" in text for text in migrations())}
    idle = [one.name for one in definitions if one.every is None and one.name not in named]
    assert not idle, f"nobody enqueues {idle}: delete them"


def test_every_queue_is_served(app):
    assert set(worker.POLL_SECONDS) == set(jobs.QUEUES)
    assert set(QUEUE_PRIORITIES) <= set(jobs.QUEUES)
    assert sorted(sum(QUEUE_PRIORITIES.values(), ())) == sorted(PRIORITIES.values())


def test_jobs_have_a_lease_and_tries(app):
    assert all(one.lease.total_seconds() >= 30 and one.tries >= 1 for one in jobs.job_definitions())


def test_a_job_that_may_outlast_its_lease_renews_it(app):
    for one in jobs.job_definitions():
        renews = "renew_lease" in inspect.getsource(inspect.getmodule(one.function))
        assert one.timeout < one.lease or renews, (
            f"{one.name}: call renew_lease(), or let the timeout end before the lease"
        )
