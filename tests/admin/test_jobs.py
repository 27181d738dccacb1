"""Operators see which jobs failed, run them again or drop them; RQ's dashboard shows and changes nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.admin.views import jobs as views
from hampa.platform import clock, jobs, redis
from hampa.platform.db import db
from hampa.platform.jobs import Job, enqueueing, registry
from hampa.platform.web.headers import DASHBOARD_POLICY, POLICY


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_definitions", {})
    jobs.job("note")(lambda: None)


def failed(name: str = "note", error: str = "OSError: no room", minutes_ago: int = 0) -> uuid.UUID:
    then = clock.now() - timedelta(minutes=minutes_ago)
    job = Job(name=name, args={}, status="failed", attempts=5, due_at=then, last_error=error, updated_at=then)
    db.session.add(job)
    db.session.commit()
    return job.id


def status_of(job_id: uuid.UUID) -> str | None:
    db.session.expire_all()
    return db.session.scalar(select(Job.status).where(Job.id == job_id))


@pytest.mark.parametrize("locale", ["en", "fa"])
def test_failed_jobs_are_listed_with_their_error(page, operator, db_session, locale):
    failed(error="ValueError: <b>bold</b>")
    seen = page.as_(operator).speaking(locale).get("/admin/jobs", 200)
    assert "ValueError: <b>bold</b>" in seen.words
    assert "note" in seen.words


def test_without_failed_jobs_the_page_says_so(page, operator):
    assert "No job has failed" in page.as_(operator).get("/admin/jobs", 200).words


def test_pages_go_on_by_key(page, operator, db_session, monkeypatch):
    monkeypatch.setattr(views, "JOBS_ON_A_PAGE", 2)
    for nth in range(5):
        failed(error=f"error {nth}", minutes_ago=nth)
    browser, url, seen = page.as_(operator), "/admin/jobs", []
    while url:
        answer = browser.get(url, 200)
        seen += [f"error {nth}" for nth in range(5) if f"error {nth}" in answer.words]
        url = next((link.get("href") for link in answer.all("a", rel="next")), None)
    assert seen == [f"error {nth}" for nth in range(5)]


def test_a_failed_job_is_run_again_from_its_first_try(page, operator, db_session, work):
    job_id = failed()
    page.as_(operator).post(f"/admin/jobs/{job_id}/again", {})
    assert status_of(job_id) == "waiting"
    assert enqueueing.job_queue("normal", redis.redis()).get_job_ids() == [str(job_id)]
    work()
    assert status_of(job_id) == "done"


def test_a_failed_job_is_dropped(page, operator, db_session):
    job_id = failed()
    page.as_(operator).post(f"/admin/jobs/{job_id}/drop", {})
    assert status_of(job_id) is None


def test_a_job_that_has_not_failed_stays_as_it_is(page, operator, db_session):
    jobs.enqueue("note", key="mine")
    db.session.commit()
    job_id = db.session.scalars(select(Job.id)).one()
    browser = page.as_(operator)
    for verb in ("again", "drop"):
        browser.post(f"/admin/jobs/{job_id}/{verb}", {})
        assert "has not failed" in browser.get("/admin/jobs", 200).words
        assert status_of(job_id) == "waiting"
    assert browser.post(f"/admin/jobs/{uuid.uuid4()}/drop", {}).status == 404


def test_the_command_lists_runs_again_and_drops(app: Flask, db_session):
    first, second = failed(), failed()
    run = app.test_cli_runner().invoke
    listed = run(args=["jobs", "list", "--status", "failed"]).output
    assert "failed: 2" in listed
    assert "OSError: no room" in listed
    assert "is run again" in run(args=["jobs", "again", str(first)]).output
    assert "is dropped" in run(args=["jobs", "drop", str(second)]).output
    assert (status_of(first), status_of(second)) == ("waiting", None)
    refused = run(args=["jobs", "drop", str(first)])
    assert refused.exit_code == 1
    assert "only failed jobs" in refused.output


# rq-dashboard


def signed_in(page, operator):
    """Return the operator's browser without the checks of our own pages, which rq-dashboard's are not."""
    return page.as_(operator).client


def test_the_dashboard_shows_jobs_by_their_functions(page, operator, db_session):
    jobs.enqueue("note")
    db.session.commit()
    name = enqueueing.job_queue("normal", redis.redis()).name
    client = signed_in(page, operator)
    queues = client.get("/admin/rq/0/data/queues.json").json["queues"]
    assert {queue["name"]: queue["count"] for queue in queues}[name] == 1
    listed = client.get(f"/admin/rq/0/data/jobs/{name}/queued/8/asc/1.json").json["jobs"]
    assert [job["description"] for job in listed] == ["note()"]
    for view in ("queues", "workers", "jobs"):
        assert client.get(f"/admin/rq/0/view/{view}").status_code == 200
    assert client.get(f"/admin/rq/0/view/job/{uuid.uuid4()}").status_code == 404
    assert client.get("/admin/rq/static/js/underscore-umd-min.js").status_code == 200


def test_only_its_pages_may_run_inline_scripts(page, operator, db_session):
    client = signed_in(page, operator)
    assert client.get("/admin/rq/0/view/queues").headers["Content-Security-Policy"] == DASHBOARD_POLICY
    assert "unsafe-eval" in DASHBOARD_POLICY
    assert "unsafe" not in POLICY
    for other in ("/admin/jobs", "/admin/rq/0/data/queues.json", "/"):
        assert client.get(other).headers["Content-Security-Policy"] == POLICY


def test_it_changes_nothing(page, operator, db_session):
    jobs.enqueue("note")
    db.session.commit()
    queue = enqueueing.job_queue("normal", redis.redis())
    (job_id,) = queue.get_job_ids()
    client = signed_in(page, operator)
    for path in (f"queue/{queue.name}/queued/empty", f"job/{job_id}/delete", f"job/{job_id}/requeue"):
        assert client.post(f"/admin/rq/{path}").status_code in (400, 405)
        assert client.get(f"/admin/rq/{path}").status_code == 405
    assert client.get(f"/admin/rq/requeue/{queue.name}").status_code == 403
    assert queue.get_job_ids() == [job_id]


def test_there_is_none_for_others(page, owner, visitor):
    assert page.as_(owner).get("/admin/rq/0/view/queues").status == 404
    assert page.as_(visitor).get("/admin/rq/0/view/queues").status == 303
