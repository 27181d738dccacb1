"""Training attacked: rows without end by a timer, people asked without end, and names that outlive a membership."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.training.actions import plans as actions, timers
from hampa.training.models.activities import Activity
from hampa.training.models.goals import Goal
from tests.factories.crews import make_crew
from tests.factories.training import make_activity, make_goal, make_plan


def test_a_timer_writes_no_more_than_a_form_does(owner, monkeypatch):
    monkeypatch.setattr(timers, "MOST_A_DAY", 3)
    for _each in range(3):
        timers.start_timer(owner, "run")
        timers.stop_timer(owner)
    with pytest.raises(TooFast):
        timers.start_timer(owner, "run")
    assert db.session.scalar(select(func.count(Activity.id))) == 3


def test_nobody_is_asked_to_a_plan_without_end(page, owner, companion):
    make_crew(owner, companion)
    plan = make_plan(owner)
    browser = page.as_(owner)
    for each in range(actions.MOST_ASKED_A_DAY + 1):
        form = browser.get(f"/plans/{plan.id}?invite=1", 200).form(f"/plans/{plan.id}/members")
        answer = form.fill(person=str(companion.id)).submit()
        assert answer.status == (303 if each < actions.MOST_ASKED_A_DAY else 429)
        if answer.status == 303:
            actions.remove_member(owner, plan.id, companion.id)
            db.session.commit()
    told = select(func.count(Notification.id)).where(Notification.person_id == companion.id)
    assert db.session.scalar(told.where(Notification.type == "plan_invited")) <= actions.MOST_ASKED_A_DAY
    another = make_plan(owner)
    with pytest.raises(TooFast):
        actions.invite(owner, another.id, companion.id)


def test_who_left_a_plan_reads_no_new_name_of_it(page, owner, companion):
    plan = make_plan(owner, companion, name="Spring")
    make_goal(companion, plan_id=plan.id)
    activity = make_activity(companion, plan_id=plan.id)
    actions.remove_member(owner, plan.id, companion.id)
    actions.change_plan(owner, plan.id, {"name": "The surprise for Reza"})
    db.session.commit()
    browser = page.as_(companion)
    goals = browser.get("/me/goals", 200)
    for path in ("/me/goals", goals.one("a", href=f"/me/goals/{goal_of(companion)}").get("href")):
        assert "surprise" not in browser.get(path, 200).text
    for path in (f"/activities/{activity.id}", f"/activities/{activity.id}/edit", "/me/plans", "/me/activities"):
        assert "surprise" not in browser.get(path, 200).text


def goal_of(person: Person) -> str:
    return str(db.session.scalars(select(Goal.id).where(Goal.person_id == person.id)).one())
