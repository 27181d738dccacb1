"""Changing many runs of a series asks as many statements as changing a few."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from hampa.plans.actions import PaceGroupPlan, plan_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.series.actions.changes import cancel_runs, change_runs
from tests.factories.runs import take_part
from tests.factories.series import first_run

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


def series_on(owner, work_off, **given) -> list[Run]:
    """Return a series of Sara's from a Tuesday on, at six in the morning, made eight weeks ahead."""
    run = first_run(owner, starts_local=datetime.combine(TUESDAY, time(6)), **given)
    work_off()
    return list(db.session.scalars(select(Run).where(Run.series_id == run.series_id).order_by(Run.starts_at)))


def reloaded(runs: list[Run]) -> list[Run]:
    db.session.expire_all()
    return [db.session.get_one(Run, run.id) for run in runs]


DAILY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EASY = PaceGroupPlan(name="Easy", pace=390)


def changed_by(owner, runs, scope, **fields):
    """Save the second of these runs with other fields; what `statements` is to see."""
    run = runs[1]
    plan = replace(plan_of(run), **fields)
    db.session.commit()
    change_runs(owner, run.id, plan, run.sequence, scope)
    db.session.commit()


@pytest.mark.parametrize("scope", ["later", "all"])
def test_changing_fifty_runs_asks_no_more_than_changing_five(owner, work_off, statements, scope):
    """With people who wait or were offered a place, with fields of their own, with pace groups before and after."""
    counts = []
    for number in (5, 50):
        runs = series_on(owner, work_off, capacity=3, rule={"days": DAILY, "count": number})
        assert len(runs) == number
        changed_by(owner, runs, "all", pace_groups=(EASY, PaceGroupPlan(name="Fast", pace=270)))
        for run in runs[1::2]:
            run.place = "South gate"
            for status in ("GOING", "GOING", "OFFERED", "WAITLISTED"):
                take_part(run, status=status)
        with statements() as seen:
            starts = runs[1].starts_local + timedelta(hours=1)
            groups = (replace(EASY, pace=400),)
            changed_by(
                owner,
                runs,
                scope,
                starts_local=starts,
                place="East gate",
                level="regular",
                capacity=4,
                pace_groups=groups,
            )
        counts.append(len(seen))
        found = reloaded(runs)
        assert {(run.level, run.paces, run.capacity) for run in found[1:]} == {("regular", (400,), 4)}
        assert {f"{run.starts_local:%H}" for run in found[1:]} == {"07"}
        assert [run.place for run in found[2:5]] == ["East gate", "South gate", "East gate"]
        assert {run.sequence for run in found[1:]} == {2}
        work_off()
        assert {run.waiting for run in reloaded(runs)} == {0}, "who waited has a place"
    assert counts[1] <= counts[0], counts


def test_moving_eight_runs_to_another_day_asks_no_more_than_moving_three(owner, work_off, statements):
    counts = []
    for number in (3, 8):
        runs = series_on(owner, work_off, rule={"count": number})
        with statements() as seen:
            changed_by(owner, runs, "all", starts_local=runs[1].starts_local + timedelta(days=1))
        counts.append(len(seen))
        assert {run.occurrence_on.weekday() for run in reloaded(runs)} == {2}
    assert counts[1] <= counts[0], counts


def test_cancelling_fifty_runs_asks_no_more_than_cancelling_five(owner, work_off, statements):
    counts = []
    for number in (5, 50):
        runs = series_on(owner, work_off, rule={"days": DAILY, "count": number})
        db.session.commit()
        with statements() as seen:
            cancel_runs(owner, runs[1].id, "Snow", "all")
            db.session.commit()
        counts.append(len(seen))
        assert {(run.cancelled_at, run.cancel_reason, run.sequence) for run in reloaded(runs)} == {(NOW, "Snow", 1)}
    assert counts[1] <= counts[0], counts
