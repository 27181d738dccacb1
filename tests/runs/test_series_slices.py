"""Joining all runs of a series: the next one in the request, the others in the worker, some in each job."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import Job, get_job
from hampa.platform.jobs.running import claim_next, run as run_job, run_due
from hampa.runs.models.participation import GOING
from hampa.runs.models.run import Run
from hampa.series.actions import memberships
from hampa.series.actions.memberships import join_series, leave_series
from hampa.series.models import SeriesMembership
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.series import first_run
from tests.races import at_once

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def hills(owner, work_off):
    """Sara's weekly run, with its first eight weeks made."""
    run = first_run(owner)
    work_off()
    return run


def runs_of(run: Run) -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).where(Run.series_id == run.series_id).order_by(Run.starts_at)))


DAILY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def test_coming_to_fifty_runs_costs_the_request_no_more_than_coming_to_five(page, owner, statements, work_off):
    counts = []
    for number in (5, 50):
        run = first_run(owner, rule={"days": DAILY, "count": number})
        work_off()
        browser = page.as_(make_person())
        with statements() as seen:
            browser.post(f"/series/{run.series_id}/join", status=303)
        counts.append(len(seen))
    assert counts[0] == counts[1], counts


def jobs_of(name: str, status: str) -> list[Job]:
    db.session.expire_all()
    query = select(Job).where(Job.name == name, Job.status == status)
    return list(db.session.scalars(query.order_by(Job.created_at)))


def next_slice() -> Job:
    """Run the one waiting slice of a member's joining."""
    (job,) = jobs_of("runs.bring_member", "waiting")
    db.session.commit()
    run_job(claim_next("normal"))
    return job


@pytest.fixture
def by_twos(monkeypatch):
    """Make the worker let a member into two runs in one transaction."""
    monkeypatch.setattr(memberships, "RUNS_AT_ONCE", 2)


def test_the_worker_goes_on_in_slices_the_nearest_first(by_twos, hills, stranger, states):
    join_series(stranger, hills.series_id)
    for joined in (3, 5, 7, 8):
        next_slice()
        assert [len(states(run)) for run in runs_of(hills)] == [1] * joined + [0] * (8 - joined)
    assert jobs_of("runs.bring_member", "waiting") == []


def test_a_slice_whose_worker_was_killed_is_done_again_without_a_second_effect(
    by_twos, hills, owner, stranger, states, told, work_off
):
    join_series(stranger, hills.series_id)
    first = next_slice()
    for _again in range(2):
        get_job(first.name).run(first.args)
    assert len(jobs_of("runs.bring_member", "waiting")) == 1, "one job goes on, not two"
    work_off()
    assert [states(run) for run in runs_of(hills)] == [{stranger.id: GOING}] * 8
    assert told(owner) == ["run_joined"]
    assert {run.taken for run in runs_of(hills)} == {1}


def test_who_comes_no_more_between_two_slices_is_put_into_no_further_run(by_twos, hills, stranger, states, work_off):
    join_series(stranger, hills.series_id)
    next_slice()
    leave_series(stranger, hills.series_id)
    work_off()
    assert [len(states(run)) for run in runs_of(hills)] == [1, 1, 1, 0, 0, 0, 0, 0]


def test_members_who_join_at_once_share_the_places_of_each_run(real_database, by_twos):
    with clock.frozen(NOW):
        run = first_run(capacity=2)
        series_id = run.series_id
        members = [make_person().id for _number in range(5)]
        db.session.commit()
        run_due("normal", lambda: False)

        def join(person_id) -> None:
            join_series(db.session.get_one(Person, person_id), series_id)

        at_once(real_database, [lambda one=one: join(one) for one in members])
        at_once(real_database, [lambda: run_due("normal", lambda: False)] * 4)
        run_due("normal", lambda: False)
    counts = select(Run.taken, Run.waiting).where(Run.series_id == series_id)
    assert db.session.execute(counts).all() == [(2, 3)] * 8


def test_runs_of_a_daily_series_are_made_in_slices(owner, stranger, states):
    run = first_run(owner, rule={"days": DAILY})
    made(SeriesMembership, series_id=run.series_id, person_id=stranger.id)
    numbers = []
    while jobs_of("runs.make_runs_of_series", "waiting"):
        db.session.commit()
        run_job(claim_next("normal"))
        numbers.append(len(runs_of(run)))
    assert numbers == [9, 17, 25, 33, 41, 49, 55]
    assert {states(one).get(stranger.id) for one in runs_of(run)[1:]} == {GOING}
