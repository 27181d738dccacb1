"""What a forged copy of somebody's data may bring: nothing on plans of others, nothing twice, nothing out of all time."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hampa.activity_files.models import ActivityImportFile
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.training.actions import plans
from hampa.training.models.activities import Activity
from hampa.training.models.gear import Gear
from hampa.training.models.goals import Goal
from hampa.training.models.plans import JOINED, MOST_PLANS_A_DAY, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.exported import plans_in
from hampa.training.queries.previews import count_plans
from tests.activity_files.test_files import packed, send
from tests.factories.base import made
from tests.factories.training import make_plan


def activity(day: int, **values: Any) -> dict[str, Any]:
    """Return an activity as copies have it."""
    times = {"started_at": f"2026-06-{day:02}T06:00:00Z", "ended_at": f"2026-06-{day:02}T06:30:00Z"}
    row = {"id": str(uuid.uuid4()), "kind": "run", **times, "timezone": "America/New_York", "duration_s": 1800}
    return row | values


def goal(**values: Any) -> dict[str, Any]:
    row = {"id": str(uuid.uuid4()), "metric": "distance", "period": "week", "target": 5_000, "starts_on": "2026-06-01"}
    return row | values


def bring(page, person, work, **lists: list[dict[str, Any]]) -> list[str]:
    """Send a copy, agree, and return what became of its places."""
    files = {"export": {}, "activities": [], **lists}
    sent = send(page.as_(person), packed({f"{name}.json": json.dumps(rows).encode() for name, rows in files.items()}))
    work()
    page.as_(person).get(sent.url).form(f"{sent.url}/take-over").submit(status=303)
    work()
    query = db.session.query(ActivityImportFile.fate).order_by(ActivityImportFile.id)
    db.session.expire_all()
    return [fate for (fate,) in query.filter(ActivityImportFile.import_id == uuid.UUID(sent.url.rpartition("/")[2]))]


def test_a_copy_does_not_log_on_plans_on_which_its_person_does_not(page, owner, companion, stranger, work):
    members = {name: make_plan(owner, name=name, visibility="members") for name in ("looks", "logs", "done", "private")}
    for name, plan in members.items():
        role = "viewer" if name == "looks" else "contributor"
        made(PlanMember, plan_id=plan.id, person_id=companion.id, role=role, status=JOINED)
    plans.change_plan(owner, members["done"].id, {"status": "completed"})
    members["private"].visibility = "private"
    mine = make_plan(companion, name="mine", visibility="members")
    plans.change_plan(companion, mine.id, {"status": "completed"})
    ids = {plan.id: name for name, plan in {**members, "mine": mine}.items()}
    rows = [activity(day, plan_id=str(one)) for day, one in enumerate(ids, 1)]
    goals = [goal(plan_id=str(one)) for one in ids]
    assert bring(page, companion, work, activities=rows, training_goals=goals) == ["made"] * 6
    activities = db.session.query(Activity).filter_by(person_id=companion.id)
    assert sorted(ids[one.plan_id] for one in activities if one.plan_id) == ["logs", "mine"]
    assert activities.count() == 5, "the others come without a plan"
    assert sorted(ids[one.plan_id] for one in db.session.query(Goal).filter_by(person_id=companion.id)) == [
        "logs",
        "mine",
    ]


def test_what_a_copy_says_twice_or_after_its_plan_has_another_owner_keeps_nothing_else_out(page, owner, stranger, work):
    plan = {"id": str(uuid.uuid4()), "name": "P", "visibility": "members", "status": "active", "role": "owner"}
    step = {"id": str(uuid.uuid4()), "plan_id": plan["id"], "name": "S"}
    shoes = {"id": str(uuid.uuid4()), "name": "Shoes", "kind": "shoes"}
    lists = {"training_plans": [plan] * 2, "training_milestones": [step] * 2, "training_gear": [shoes] * 2}
    assert bring(page, owner, work, **lists, training_goals=[goal()] * 2) == ["made"]
    tables = TrainingPlan, Milestone, Gear, Goal
    assert [db.session.query(table).count() for table in tables] == [1] * 4
    other = {**plan, "id": str(uuid.uuid4())}
    db.session.query(PlanMember).update({"person_id": stranger.id})
    lists = {"training_plans": [plan, other], "training_milestones": [step, {**step, "plan_id": other["id"]}]}
    assert bring(page, owner, work, **lists) == ["made"]
    assert [db.session.query(table).count() for table in tables] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    "site", ["https://a\u202e.example", "https://a\x00.example", "http" + "\u0301" * 50, 7, ["http"]]
)
def test_whatever_site_a_copy_names_it_is_read(page, owner, work, site: Any):
    plan = {"id": str(uuid.uuid4()), "name": "P", "visibility": "members", "status": "active", "role": "owner"}
    bring(page, owner, work, export={"site": site}, training_plans=[plan])
    assert db.session.scalars(select(TrainingPlan.name)).all() == ["P"]


def test_a_copy_brings_no_more_plans_than_somebody_may_make_in_a_day(page, owner, work):
    for _plan in range(MOST_PLANS_A_DAY - 3):
        plans.limit_new_plans(owner)
    wanted = [
        {"id": str(uuid.uuid4()), "name": f"P{number}", "visibility": "members", "status": "active", "role": "owner"}
        for number in range(5)
    ]
    lists = {"training_plans": wanted, "training_goals": [goal(plan_id=wanted[4]["id"])]}
    counted = count_plans(owner, plans_in(wanted, [], [], [], []), 5)
    assert (counted.new, counted.left) == (3, 2)
    bring(page, owner, work, **lists)
    assert db.session.scalars(select(TrainingPlan.name).order_by(TrainingPlan.name)).all() == ["P0", "P1", "P2"]
    assert db.session.query(Goal).count() == 0
    with pytest.raises(TooFast):
        plans.create_plan(owner, {"name": "One more"})
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        bring(page, owner, work, **lists)
        assert db.session.query(TrainingPlan).count() == 5, "the rest comes on another day"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:00-12:00"])
def test_times_at_the_ends_of_time_are_refused_by_every_door(page, program, owner, work, at: str):
    ended = at.replace("T00:00", "T00:30").replace("23:59:00", "23:59:30")
    times = {"started_at": at, "ended_at": ended, "duration_s": 30}
    asks = program.as_(owner)
    assert "started_at" in asks.post("/activities", {"kind": "run", **times}, 422).details
    plan = {"id": str(uuid.uuid4()), "name": "P", "visibility": "members", "status": "active", "role": "owner"}
    step = {"id": str(uuid.uuid4()), "plan_id": plan["id"], "name": "S", "done_at": at}
    shoes = {"id": str(uuid.uuid4()), "name": "Shoes", "kind": "shoes", "retired_at": at}
    lists = {"training_plans": [plan], "training_milestones": [step], "training_gear": [shoes]}
    rows = [activity(1, **times), activity(2)]
    assert bring(page, owner, work, activities=rows, **lists) == ["made", "failed", "made"]
    for path in ("/me/plans", "/me/gear", "/me/activities", f"/plans/{db.session.query(TrainingPlan).one().id}"):
        page.as_(owner).get(path, 200)
    owner.timezone = "America/New_York"
    points = "".join(
        f'<trkpt lat="{35.7 + n / 1_000}" lon="51.4"><time>{at[:14]}{n:02}:00Z</time></trkpt>' for n in range(9)
    )
    sent = send(page.as_(owner), f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>".encode(), "old.gpx")
    work()
    assert "being read" not in page.as_(owner).get(sent.url).words
