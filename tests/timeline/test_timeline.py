"""What happened, in order, seen only by who may; likes once, and comments."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.cards.models import ACCEPTED
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.timeline.models import TimelineComment, TimelineEntry, TimelineLike
from hampa.training.actions import activities, plans
from tests.factories.cards import make_card, make_interest
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part


def logged(person, **given):
    """Have a person write down a run of an hour, which companions see unless it is said otherwise."""
    began = clock.now() - timedelta(hours=given.pop("ago", 5))
    usual = {"kind": "run", "started_at": began, "ended_at": began + timedelta(hours=1), "duration_s": 3_600}
    made = activities.create_activity(person, usual | {"distance_m": 12_340, "visibility": "companions"} | given)
    db.session.commit()
    return made


def kinds(program, person, path: str) -> list[str]:
    return [one["kind"] for one in program.as_(person).get(path, 200).data]


def test_a_timeline_shows_each_what_they_may_see_of_it(page, program, owner, companion, stranger, operator, statements):
    make_interest(companion, make_card(owner), ACCEPTED)
    mate = make_person()
    crew = make_crew(mate)
    plan = plans.create_plan(owner, {"name": "Spring", "visibility": "members"})
    db.session.commit()
    plans.invite(owner, plan.id, companion.id)
    plans.answer_invitation(companion, plan.id, accepts=True)
    step = plans.add_milestone(owner, plan.id, "Fifteen kilometres", None)
    plans.reach_milestone(owner, plan.id, step.id, reached=True)
    shown, hidden = logged(owner, plan_id=plan.id), logged(owner, visibility="me", ago=9)
    run = make_run(owner, title="Lake loop", starts_local=in_days(-2))
    take_part(run, companion, "COMPLETED")
    db.session.commit()
    own = f"/people/{owner.id}/timeline"
    of_plan = f"/plans/{plan.id}/timeline"

    assert kinds(program, owner, own) == ["milestone_reached", "plan_created", "activity_logged", "activity_logged"]
    assert kinds(program, companion, own) == ["milestone_reached", "plan_created", "activity_logged"]
    assert kinds(program, companion, f"{own}?kind=activity_logged") == ["activity_logged"]
    assert sorted(kinds(program, owner, of_plan)) == [
        "activity_logged",
        "milestone_reached",
        "plan_created",
        "plan_joined",
    ]
    for other in (mate, operator):
        assert kinds(program, other, own) == []
        program.as_(other).get(of_plan, 404)
        page.as_(other).get(of_plan, 404)
    page.get(own, 303)
    theirs = page.as_(companion).get(own)
    for text in ("Fifteen kilometres", "Spring", "12.3 km", "1:00:00"):
        assert text in theirs.words, text
    assert f"/activities/{shown.id}" in theirs.links and f"/activities/{hidden.id}" not in theirs.links
    assert "Fifteen" in page.as_(companion).get(of_plan).words
    assert f"/crews/{crew.id}/timeline" in page.as_(mate).get(f"/crews/{crew.id}").links
    page.as_(mate).get(f"/crews/{crew.id}/timeline", 200)

    for number in range(45):
        logged(owner, ago=20 + number)
    first = program.as_(companion).get(f"{own}?limit=20", 200)
    assert len(first.data) == 20
    moments = [one["happened_at"] for one in first.data]
    assert moments == sorted(moments, reverse=True)
    with statements() as few:
        page.as_(companion).get(own)
    with statements() as many:
        page.as_(companion).get(f"{own}?kind=activity_logged")
    assert abs(len(many) - len(few)) <= 3

    assert "plan_joined" in kinds(program, owner, f"/people/{companion.id}/timeline")
    plans.leave_plan(companion, plan.id)
    db.session.commit()
    assert "plan_joined" not in kinds(program, owner, f"/people/{companion.id}/timeline"), "others are in it still"
    assert "milestone_reached" not in kinds(program, companion, f"{own}?limit=50")
    activities.delete_activity(owner, shown.id)
    block(companion, owner.id)
    db.session.commit()
    program.as_(companion).get(own, 404)
    gone = select(func.count()).select_from(TimelineEntry).where(TimelineEntry.subject_id == shown.id)
    assert db.session.scalar(gone) == 0


def test_likes_are_once_and_comments_are_removed_by_who_may(page, program, owner, companion, stranger):
    make_interest(companion, make_card(owner), ACCEPTED)
    logged(owner)
    entry_id = db.session.scalar(select(TimelineEntry.id))
    path = f"/timeline/{entry_id}"
    (unsaid,) = page.as_(owner).get(f"/people/{owner.id}/timeline", 200).all("div", class_="timeline-say")
    assert "Write a comment" in "".join(unsaid.itertext()) and "0" not in "".join(unsaid.itertext())
    assert "0 likes" not in page.as_(owner).get(path, 200).words
    fan, hers, other = page.as_(companion), page.as_(owner), page.as_(stranger)
    for _twice in range(2):
        fan.post(f"{path}/like", {}, 303)
        program.as_(companion).put(f"{path}/like", None, 204)
    for method, rest in (("GET", ""), ("PUT", "/like"), ("GET", "/comments")):
        program.as_(stranger).ask(method, path + rest, 404)
    other.post(f"{path}/like", {}, 404)
    other.post(f"{path}/comments", {"text": "Hi"}, 404)
    assert db.session.scalar(select(func.count()).select_from(TimelineLike)) == 1
    fan.get(path).form(f"{path}/comments").fill(text="Strong legs!").submit(status=303)
    fan.post(f"{path}/comments", {"text": ""}, 422)
    shown = hers.get(path)
    assert "Strong legs!" in shown.words and "1 like" in shown.words and "1 comment" in shown.words
    comment = db.session.scalars(select(TimelineComment)).one()
    assert f"/report/entry_comment/{comment.id}" in shown.links
    hers.get(f"/report/entry_comment/{comment.id}")
    other.get(f"/report/entry_comment/{comment.id}", 404)
    notified = select(Notification.type).where(Notification.person_id == owner.id)
    assert sorted(db.session.scalars(notified)) == ["entry_commented", "entry_liked"]
    assert "Strong legs!" in hers.get("/notifications").words

    another = make_person()
    program.as_(another).delete(f"{path}/comments/{comment.id}", 404)
    hers.post(f"{path}/comments/{comment.id}/delete", {}, 303)
    assert db.session.scalar(select(func.count()).select_from(TimelineComment)) == 0
    again = program.as_(companion).post(f"{path}/comments", {"text": "Once more"}, 201).data
    owned = program.as_(owner).get(f"{path}/comments", 200).data
    assert [(one["text"], one["is_removable"]) for one in owned] == [("Once more", True)]
    program.as_(companion).delete(f"{path}/comments/{again['id']}", 204)
    fan.post(f"{path}/like", {"like": "0"}, 303)
    assert program.as_(owner).get(path, 200).data["likes"] == 0
