"""Gear: its kilometres, what is chosen by itself, and that its person hears once when it is worn out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.training.actions import activities, gear as actions
from hampa.training.actions.timers import start_timer, stop_timer
from hampa.training.models.activities import Activity
from hampa.training.models.gear import Gear
from hampa.training.queries.gear import gear_of
from tests.factories.training import make_activity, make_gear, make_plan

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
RUN = {"kind": "run", "day": "2026-11-02", "at": "06:00", "duration": "45:00", "distance_km": "8", "visibility": "me"}


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def test_shoes_are_chosen_counted_worn_out_and_put_away(page, owner, stranger, work):
    reader = page.as_(owner)
    assert "No gear yet" in reader.get("/me/gear").words
    form = reader.get("/me/gear/new").form("/me/gear/new")
    form.fill(name="", limit_km="10").submit(status=422)
    form.fill(name="Road shoes", limit_km="10", default_kinds=["run"]).submit(status=303)
    shoes = db.session.scalars(select(Gear)).one()
    reader.get("/me/activities/new").form("/me/activities/new").fill(**RUN).submit(status=303)
    activity = db.session.scalars(select(Activity)).one()
    assert activity.gear_id == shoes.id and "Road shoes" in reader.get(f"/activities/{activity.id}").words
    assert "8 km of 10 km" in reader.get("/me/gear").words
    make_activity(owner, timedelta(days=3), kind="run", distance_m=3_000, gear_id=shoes.id)
    work()
    assert actions.warn_of_worn_gear() in (0, 1)
    assert actions.warn_of_worn_gear() == 0
    told = db.session.scalars(select(Notification).where(Notification.type == "gear_worn")).all()
    assert [one.person_id for one in told] == [owner.id]
    assert "Road shoes" in reader.get("/notifications").words and "beyond its limit" in reader.get("/me/gear").words
    page.as_(owner).speaking("fa").get("/me/gear")
    # Another limit is told of again; whose shoes they are nobody else learns.
    reader.get(f"/me/gear/{shoes.id}").form(f"/me/gear/{shoes.id}").fill(limit_km="11").submit(status=303)
    assert actions.warn_of_worn_gear() == 1
    page.as_(stranger).get(f"/me/gear/{shoes.id}", 404)
    activity.visibility = "everyone"
    db.session.flush()
    assert "Road shoes" not in page.as_(stranger).get(f"/activities/{activity.id}").words
    with pytest.raises(Refused):
        activities.change_activity(stranger, make_activity(stranger).id, {"gear_id": shoes.id})
    with pytest.raises(NotFound):
        actions.delete_gear(stranger, shoes.id)
    # What is put away is not offered any more, and an activity keeps it.
    reader.get(f"/me/gear/{shoes.id}").form(f"/me/gear/{shoes.id}/retirement").submit(status=303)
    edit = reader.get(f"/activities/{activity.id}/edit")
    assert "Road shoes" in edit.words and "Road shoes" not in reader.get("/me/activities/new").words
    edit.form(f"/activities/{activity.id}/edit").submit(status=303)
    db.session.refresh(activity)
    assert activity.gear_id == shoes.id
    reader.get(f"/me/gear/{shoes.id}").form(f"/me/gear/{shoes.id}/delete").submit(status=303)
    db.session.refresh(activity)
    assert activity.gear_id is None and not gear_of(owner)


def test_each_kind_of_activity_has_one_usual_gear_which_the_timer_takes(db_session, owner):
    old = make_gear(owner, default_kinds=["run", "trail"])
    new = actions.add_gear(owner, {"name": "New", "default_kinds": ["run"]})
    db.session.refresh(old)
    assert old.default_kinds == ["trail"]
    start_timer(owner, "run", ago=timedelta(minutes=30))
    assert stop_timer(owner).gear_id == new.id
    start_timer(owner, "trail", ago=timedelta(minutes=30))
    assert stop_timer(owner).gear_id == old.id
    actions.retire_gear(owner, old.id, retires=True)
    start_timer(owner, "trail", ago=timedelta(minutes=30))
    assert stop_timer(owner).gear_id is None


def test_sums_of_a_week_stand_by_plan_and_kind(page, owner, companion):
    plan = make_plan(owner, companion, name="Spring")
    for kind, plan_id in (("run", plan.id), ("strength", plan.id), ("run", None)):
        make_activity(owner, timedelta(minutes=50), kind=kind, duration_s=3_600, plan_id=plan_id)
    words = page.as_(owner).get("/me/training?of=today").words
    assert "By plan" in words and "Spring" in words and "Without a plan" in words and "2 h" in words
    # The name of a plan that one left, and does not see any more, is not told.
    make_activity(companion, timedelta(minutes=50), plan_id=plan.id)
    db.session.execute(
        plan.__table__.metadata.tables["training_plan_members"]
        .delete()
        .where(plan.__table__.metadata.tables["training_plan_members"].c.person_id == companion.id)
    )
    assert "Spring" not in page.as_(companion).get("/me/training").words
