"""Goals: what counts towards one, and what that means in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.training.actions import goals as actions
from hampa.training.queries.goals import goals_of
from tests.factories.training import make_activity, make_goal, make_plan

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def test_a_goal_is_set_and_says_how_far_it_is(page, owner):
    reader = page.as_(owner)
    form = reader.get("/me/goals/new").form()
    refused = form.fill(amount="21", period="until").submit(status=422)
    assert "Until which day?" in refused.words
    refused.form().fill(period="week").submit(status=303)
    (goal,) = goals_of(owner)
    # In English the week began on Monday 30 November: two days of seven are over.
    assert "6 km behind" in reader.get("/me/goals").words
    make_activity(owner, timedelta(hours=2), distance_m=3_000)
    make_activity(owner, timedelta(days=4), distance_m=9_000)  # in the week before
    assert "3 km behind" in reader.get("/me/goals").words and "3 km of 21 km" in reader.get("/me/training").words
    make_activity(owner, timedelta(hours=30), distance_m=3_000)
    assert "On course" in reader.get("/me/goals").words
    make_activity(owner, timedelta(hours=1), distance_m=5_000)
    assert "5 km ahead" in reader.get("/me/goals").words
    reader.get(f"/me/goals/{goal.id}").form(f"/me/goals/{goal.id}").fill(amount="11").submit(status=303)
    assert "Reached" in reader.get("/me/goals").words
    page.as_(owner).speaking("fa").get("/me/goals")
    reader.get(f"/me/goals/{goal.id}").form(f"/me/goals/{goal.id}/delete").submit(status=303)
    assert not goals_of(owner)


def test_each_goal_counts_its_own(db_session, owner, companion):
    plan = make_plan(owner)
    for number, kind in enumerate(("run", "run", "ride")):
        make_activity(
            owner, timedelta(days=1), kind=kind, duration_s=3_600, climb_m=100, plan_id=plan.id if number else None
        )
    until = {"period": "until", "starts_on": date(2026, 11, 22), "ends_on": date(2026, 12, 1)}
    for number, values in enumerate(
        (
            {"metric": "time", "target": 36_000},
            {"metric": "times", "target": 2, "kind": "run", "period": "month"},
            {"metric": "climb", "target": 1_000, "plan_id": plan.id},
            {"metric": "distance", "target": 30_000, **until},
            {"metric": "time", "target": 43_200, **until, "ends_on": date(2026, 12, 31)},
        )
    ):
        make_goal(owner, **values, created_at=clock.now() - timedelta(hours=9 - number))
    found = goals_of(owner)
    assert [one.amount for one in found] == [10_800, 2, 200, 24_000, 10_800]
    assert [one.state for one in found] == ["behind", "reached", "behind", "missed", "on_course"]
    with pytest.raises(Refused):
        actions.set_goal(owner, {"metric": "time", "period": "until", "target": 60, "ends_on": date(2026, 12, 1)})
    left = make_goal(companion, metric="time", target=36_000, plan_id=plan.id)
    make_activity(companion, timedelta(days=1), plan_id=plan.id)
    assert [(one.id, one.amount) for one in goals_of(companion)] == [(left.id, 0)], "only others are in the plan"
    for _number in range(15):
        make_goal(owner)
    db.session.flush()
    with pytest.raises(Refused):
        actions.set_goal(owner, {"metric": "time", "period": "week", "target": 60})
