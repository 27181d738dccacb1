"""Plans: who sees one, belongs to it, logs on it and reaches its milestones; and what is left when it goes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.cards.models import ACCEPTED
from hampa.notifications.models import Notification
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.training.actions import plans as actions
from hampa.training.actions.activities import create_activity
from hampa.training.models.activities import Activity
from hampa.training.models.plans import Milestone, PlanMember, TrainingPlan
from hampa.training.queries.plan_lists import plans_of
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.training import make_activity, make_plan
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def members(plan_id) -> dict:
    rows = db.session.execute(select(PlanMember).where(PlanMember.plan_id == plan_id)).scalars()
    return {row.person_id: (row.role, row.status) for row in rows}


@pytest.mark.usefixtures("_wednesday")
def test_a_plan_is_made_shared_worked_on_and_deleted(page, owner, companion, stranger):
    make_interest(companion, make_card(owner), ACCEPTED)
    first, second, third = page.as_(owner), page.as_(companion), page.as_(stranger)
    assert "No plans yet" in first.get("/me/plans").words
    refused = first.get("/plans/new").form("/plans/new").submit(status=422)
    form = refused.form("/plans/new").fill(name="Spring half", deadline="2026-12-12", description="21 km in Yazd")
    shown = form.submit(status=303).follow()
    plan = db.session.scalars(select(TrainingPlan)).one()
    path = f"/plans/{plan.id}"
    assert "10 days left" in shown.words and "Only you see this plan" in shown.words
    with pytest.raises(Refused):
        actions.invite(owner, plan.id, companion.id)
    second.get(path, 404)
    first.get(f"{path}/edit").form(f"{path}/edit").fill(visibility="members").submit(status=303)
    invite = first.get(f"{path}?invite=1").form(f"{path}/members")
    assert str(stranger.id) not in invite.choices("person")
    invite.fill(person=str(companion.id)).submit(status=303)
    assert members(plan.id) == {owner.id: ("owner", "joined"), companion.id: ("contributor", "invited")}
    assert "invites you to the plan Spring half" in second.get("/").words
    asked = second.get(path)
    assert "You are invited to this plan" in asked.words and not asked.all(id="members")
    second.post(f"{path}/milestones", {"name": "Too soon"}, 403)
    second.post(f"{path}/invitation", {"accept": "1"}, 303)
    kinds = db.session.scalars(select(Notification.type).where(Notification.person_id == owner.id)).all()
    assert "plan_news" in kinds and members(plan.id)[companion.id] == ("contributor", "joined")
    third.get(path, 404)

    second.get(path).form(f"{path}/milestones").fill(name="15 km", due_on="2026-12-05").submit(status=303)
    (step,) = db.session.scalars(select(Milestone)).all()
    first.get(path).form(f"{path}/milestones/{step.id}").submit(status=303)
    assert "1 of 1 milestones" in first.get(path).words
    log = second.get(f"/me/activities/new?plan={plan.id}").form()
    assert log.values["plan_id"] == str(plan.id)
    log.fill(day="2026-12-01", at="06:00", duration="1:00:00", distance_km="11", note="Hills").submit(status=303)
    (logged,) = db.session.scalars(select(Activity)).all()
    for visibility, counts in (("me", False), ("crew", True)):  # a sum would tell what it was
        logged.visibility = visibility
        db.session.commit()
        seen, listed = first.get(path), first.get("/me/plans").words
        assert ("11 km" in seen.words, "1 h" in seen.words, "1 activity" in listed) == (counts, counts, counts)
        assert not seen.all("li", class_="activity")
    own = second.get(path)
    assert len(own.all("li", class_="activity")) == 1 and "11 km" in own.words
    assert "Going on" in first.get("/me/plans?status=active").words
    assert "No such plan" in first.get("/me/plans?status=archived").words
    for name, days in (("Someday", None), ("Soon", 2)):
        make_plan(owner, name=name, deadline=clock.now().date() + timedelta(days=days) if days else None)
    db.session.commit()
    page_of_two = plans_of(owner, by_deadline=True, size=2)
    rest = plans_of(owner, after=page_of_two.next, by_deadline=True)
    assert [row.name for row in (*page_of_two.items, *rest.items)] == ["Soon", "Spring half", "Someday"]
    words = first.get("/me/plans?order=deadline").words
    assert words.index("Soon") < words.index("Spring half") < words.index("Someday")

    first.get(path).form(f"{path}/members/{companion.id}").submit(status=303)
    assert members(plan.id)[companion.id][0] == "viewer"
    second.post(f"{path}/milestones", {"name": "Ten"}, 403)
    with pytest.raises(Refused):
        create_activity(companion, {"plan_id": plan.id})
    private = first.get(f"{path}/edit").form(f"{path}/edit").fill(visibility="private").submit(status=422)
    assert "Remove them first" in private.words
    first.get(f"{path}/edit").form(f"{path}/edit").fill(visibility="public", status="completed").submit(status=303)
    public = third.get(path)
    assert "Sara Karimi" in public.words and "15 km" in public.words and "11 km" not in public.words
    third.get(f"{path}/edit", 403)
    assert "yours" in first.post(f"{path}/leave", {}, 303).follow().words
    second.get(path).form(f"{path}/leave").submit(status=303)
    assert set(members(plan.id)) == {owner.id}
    first.get(f"{path}/edit").form(f"{path}/delete").submit(status=303)
    kept = db.session.scalars(select(Activity).execution_options(populate_existing=True)).one()
    assert (kept.person_id, kept.plan_id, kept.day) == (companion.id, None, date(2026, 12, 1))


def test_a_plan_goes_to_who_is_left_and_is_told_or_with_its_owner(page, owner, companion):
    shared, alone = make_plan(owner, companion, name="Spring"), make_plan(owner)
    activity = make_activity(companion, plan_id=alone.id)
    privacy_registry.erase(owner)
    db.session.expire_all()
    assert members(shared.id) == {companion.id: ("owner", "joined")}
    assert "The plan Spring is yours from now on" in page.as_(companion).get("/notifications").words
    assert db.session.get(TrainingPlan, alone.id) is None and db.session.get(Activity, activity.id).plan_id is None


@pytest.mark.usefixtures("real_database")
def test_of_many_invitations_at_one_instant_one_is_made(app):
    with app.app_context():
        owner, friend = make_person(), make_person()
        make_interest(friend, make_card(owner), ACCEPTED)
        plan_id, owner_id, friend_id = make_plan(owner).id, owner.id, friend.id
        db.session.commit()

    def ask():
        actions.invite(db.session.get_one(Person, owner_id), plan_id, friend_id)

    assert Counter(at_once(app, [ask] * 8)) == {"done": 1, "MemberAlready": 7}
