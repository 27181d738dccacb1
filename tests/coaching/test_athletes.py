"""Athletes: kept, invited, agreed to, shared with further coaches, and what is gone when it is taken back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from hampa.blocks.actions import block
from hampa.cards.models import ACCEPTED
from hampa.coaching.actions import agreements, athletes as actions
from hampa.coaching.actions.sessions import add_session, create_plan_for
from hampa.coaching.models.athletes import Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.sessions import PlanSession
from hampa.coaching.queries.invitations import token_of
from hampa.coaching.queries.roster import RosterFilters, roster_of
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.plans import PlanMember, TrainingPlan
from tests.factories.cards import make_card, make_interest
from tests.factories.coaching import add_coach, make_athlete, make_coached_plan, make_invitation_of, make_session
from tests.factories.people import make_person
from tests.factories.training import make_activity
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.mark.usefixtures("_wednesday")
def test_an_athlete_is_kept_invited_coached_and_takes_it_back(page, owner, companion, stranger):
    coach, runner, other = page.as_(owner), page.as_(companion), page.as_(stranger)
    assert "Coaching" not in coach.get("/").words
    assert "Nobody yet" in coach.get("/coaching").words
    form = coach.get("/coaching/athletes/new").form("/coaching/athletes/new")
    assert form.fill(name="").submit(status=422).error_of("name")
    form.fill(name="Reza R", birth_year="1990", goal_race="Tehran 10", note="Old ankle").submit(status=303)
    record = db.session.scalars(select(Athlete)).one()
    path = f"/coaching/athletes/{record.id}"
    assert "Coaching" in coach.get("/").words and "Reza R" in coach.get("/coaching?q=reza").words
    assert "Nobody matches" in coach.get("/coaching?status=paused").words
    other.get(path, 404)
    runner.get(path, 404)

    coach.get(path).form(f"{path}/invitation").submit(status=303)
    link = f"/coached/{token_of(db.session.scalars(select(AthleteInvitation)).one())}"
    (send,) = [one for one in coach.get(path).all("a") if one.get("data-share")]
    assert send.attrib["data-share"].endswith(link)
    assert link in coach.get(path).words
    assert "your own invitation" in coach.get(link).words
    asked = runner.get(link)
    assert "Sara Karimi" in asked.words and "Old ankle" not in asked.words
    asked.form(link).fill(rights=["activities", "plans"]).submit(status=303)
    db.session.refresh(record)
    row = db.session.scalars(select(Coach)).one()
    assert (record.person_id, row.person_id, row.rights) == (companion.id, companion.id, ["activities", "plans"])
    other.get(link, 410)
    assert "agreed" in coach.get("/notifications").words
    assert "Sara Karimi" in runner.get("/me/coaches").words

    made = coach.get(f"{path}/plans/new").form(f"{path}/plans/new").fill(name="Ten fast", race_on="2026-12-20")
    made.submit(status=303)
    plan = db.session.scalars(select(TrainingPlan)).one()
    where = f"/plans/{plan.id}"
    new = coach.get(f"{where}/sessions/new").form()
    assert "Enter a distance or a duration" in new.submit(status=422).words
    new.fill(day="2026-12-01", distance_km="10", effort="4", text="Easy").submit(status=303)
    coach.get(where).form(f"{where}/milestones").fill(name="8 km", due_on="2026-12-10").submit(status=303)
    session = db.session.scalars(select(PlanSession)).one()
    assert "Missed" in runner.get(f"{where}/sessions").words and "Easy" in runner.get(where).words
    other.get(f"{where}/sessions", 404)
    activity = make_activity(companion, started_at=datetime(2026, 12, 1, 6, tzinfo=UTC), distance_m=7_000)
    session.activity_id = activity.id
    db.session.commit()
    one = f"{where}/sessions/{session.id}"
    assert "Less than planned · 70%" in coach.get(one).words
    coach.post(f"{one}/answer", {"feeling": "good"}, 403)
    answer = runner.get(one).form(f"{one}/answer").fill(felt_effort="6", line="Wind")
    answer.submit("heavy", status=303)
    assert "“Wind”" in coach.get(one).words and "Heavy" in coach.get(one).words
    assert "1 waits for you" in coach.get("/coaching").words
    coach.get(f"/activities/{activity.id}")
    other.get(f"/activities/{activity.id}", 404)
    coach.get(path).form(f"{path}/seen").submit(status=303)
    assert "waits for you" not in coach.get("/coaching").words

    # Activities are taken back: the plan stays, what was done and said is gone from every page at once.
    ends = f"/me/coaches/{record.id}/{owner.id}"
    runner.get("/me/coaches").form(ends).fill(rights=["plans"]).submit(status=303)
    for address in (one, f"{where}/sessions", f"{where}/changes", path, f"{path}/timeline", "/coaching", where):
        words = coach.get(address).words
        assert not [said for said in ("Wind", "70%", "Heavy", "7 km", "waits for you") if said in words], address
    coach.get(f"/activities/{activity.id}", 404)
    runner.get("/me/coaches").form(ends).fill(rights=["activities"]).submit(status=303)
    coach.get(f"{where}/sessions/new", 403)
    coach.post(f"{one}/move", {"day": "2026-12-05"}, 403)
    coach.post(f"{where}/milestones", {"name": "9 km"}, 403)
    assert "70%" in coach.get(one).words

    # Everything is taken back.
    runner.get("/me/coaches").form(f"{ends}/end").submit(status=303)
    gone = (path, f"{path}/edit", f"{path}/timeline", where, f"{where}/sessions", one, f"/activities/{activity.id}")
    for address in gone:
        coach.get(address, 404)
    coach.post(f"{one}/move", {"day": "2026-12-05"}, 404)
    assert "Reza" not in coach.get("/coaching").words and "Ten fast" not in coach.get("/coaching/plans").words
    assert db.session.scalar(select(func.count()).select_from(Athlete)) == 0
    assert "Ten fast" in runner.get("/me/plans").words and "Easy" in runner.get(f"{where}/sessions").words


@pytest.mark.usefixtures("_wednesday")
def test_several_coaches_have_roles_and_a_block_hides_at_once(page, owner, companion, stranger, operator):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 20))
    session = make_session(plan, date(2026, 12, 3))
    path, one = f"/coaching/athletes/{record.id}", f"/plans/{plan.id}/sessions/{session.id}"
    head, second, runner = page.as_(owner), page.as_(stranger), page.as_(companion)
    head.get(path).form(f"{path}/coaches").fill(person=str(stranger.id), role="follower").submit(status=303)
    second.post(f"{path}/asked", {"accept": "1"}, 303)
    second.get(path, 404)
    assert companion.name not in second.get("/coaching").words
    assert "would like to coach you too" in runner.get("/").words
    agree = runner.get("/me/coaches").form(f"/me/coaches/{record.id}/{stranger.id}")
    assert agree.values.get("rights") in (None, [], "")
    agree.fill(rights=["plans", "activities"]).submit(status=303)
    second.get(path)
    second.get(f"{path}/edit", 403)
    second.get(f"{path}/delete", 403)
    second.get(f"{one}/edit", 403)
    second.post(f"{path}/coaches/{owner.id}/remove", {}, 403)
    head.post(f"{path}/coaches/{stranger.id}", {"role": "assistant"}, 303)
    second.get(f"{one}/edit").form(f"{one}/edit").fill(distance_km="12", why="Longer").submit(status=303)
    changes = runner.get(f"/plans/{plan.id}/changes")
    assert "Longer" in changes.words and "10 km" in changes.words and "12 km" in changes.words
    assert stranger.name in changes.words
    page.as_(operator).get(path, 404)
    head.post(f"{path}/coaches/{owner.id}/remove", {}, 303)
    roles = dict(db.session.execute(select(Coach.coach_id, Coach.role)).all())
    assert roles == {stranger.id: "head"}
    block(companion, stranger.id)
    db.session.commit()
    for address in (path, one, f"/plans/{plan.id}/changes", f"/plans/{plan.id}"):
        second.copy.get(address, 404)
    assert companion.name not in second.copy.get("/coaching").words


def test_records_without_an_account_go_with_their_plans_and_say_so(page, owner):
    record = make_athlete(owner, name="Ali")
    plan = make_coached_plan(record, name="Spring")
    session = make_session(plan)
    path = f"/coaching/athletes/{record.id}"
    coach = page.as_(owner)
    one = f"/plans/{plan.id}/sessions/{session.id}"
    coach.get(one).form(f"{one}/answer").fill(distance_km="9").submit("good", status=303)
    assert "As planned · 90%" in coach.get(one).words
    coach.get(f"{path}/edit").form(f"{path}/archive").submit(status=303)
    assert "Ali" not in coach.get("/coaching").words and "Ali" in coach.get("/coaching?status=archived").words
    asks = coach.get(f"{path}/delete")
    assert "Spring" in asks.words
    asks.form(f"{path}/delete").submit(status=303)
    assert not db.session.scalars(select(TrainingPlan)).all() and not db.session.scalars(select(Athlete)).all()


def test_an_invitation_by_number_is_for_its_holder_alone(page, owner, companion, stranger, work):
    record = make_athlete(owner)
    agreements.invite_athlete(owner, record.id, companion.phone)
    db.session.commit()
    work()
    invitation = db.session.scalars(select(AthleteInvitation)).one()
    told = db.session.scalars(select(Notification).where(Notification.person_id == companion.id)).all()
    assert [one.type for one in told] == ["coaching_invitation"]
    page.as_(stranger).get(f"/coached/{invitation.id}", 404)
    page.as_(stranger).post(f"/coached/{invitation.id}", {"rights": "plans"}, 404)
    assert companion.phone not in page.as_(companion).get(f"/coached/{invitation.id}").words
    page.as_(companion).get("/notifications")
    page.as_(companion).get(f"/coached/{invitation.id}").form(f"/coached/{invitation.id}/decline").submit(status=303)
    page.as_(companion).get(f"/coached/{invitation.id}", 410)
    db.session.refresh(invitation)
    assert invitation.number is None and record.person_id is None

    # Who has no account gets an SMS with a way to end all of them, which needs no signing in.
    agreements.invite_athlete(owner, record.id, "+989120000555")
    db.session.commit()
    work()
    [message] = db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "+989120000555")).all()
    asked = db.session.scalars(select(AthleteInvitation).where(AthleteInvitation.number == "+989120000555")).one()
    stop = f"/coached/{token_of(asked)}/stop"
    visitor = page.as_(None)
    assert "ends in 55" in visitor.get(stop, 200).words
    visitor.get(stop).form(stop).submit(status=303)
    visitor.get(stop, 410)
    agreements.invite_athlete(owner, record.id, "+989120000555")
    db.session.commit()
    work()
    assert len(db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == message.recipient)).all()) < 2


@pytest.mark.usefixtures("_wednesday")
def test_the_roster_sorts_by_need_filters_and_pages(owner, companion, stranger):
    today = date(2026, 12, 2)
    names = [f"A{number:02}" for number in range(12)]
    for name in names:
        make_athlete(owner, name=name)
    missed = make_athlete(owner, companion)
    plan = make_coached_plan(missed)
    for ago in (1, 2, 3, 4):
        make_session(plan, today - timedelta(days=ago))
    make_session(plan, today - timedelta(days=5), state="excused", excuse="illness")
    make_session(plan, today)
    first = roster_of(owner, size=5)
    top = first.items[0]
    assert (top.id, top.missed, top.sessions, top.percent, top.drifts) == (missed.id, 4, 4, 0, True)
    second = roster_of(owner, after=first.next, size=5)
    third = roster_of(owner, after=second.next, size=5)
    assert [row.name for row in (*first.items[1:], *second.items, *third.items)] == names and third.next is None
    of_plan = roster_of(owner, RosterFilters(plan_id=plan.id))
    assert [row.id for row in of_plan.items] == [missed.id]
    add_coach(missed, stranger)
    assert [row.id for row in roster_of(owner, RosterFilters(coach_id=stranger.id)).items] == [missed.id]
    assert [row.id for row in roster_of(stranger).items] == [missed.id]
    db.session.execute(update(Coach).where(Coach.coach_id == stranger.id).values(activities=False))
    hidden = roster_of(stranger).items[0]
    assert (hidden.missed, hidden.sessions, hidden.percent, hidden.waiting) == (0, 0, None, 0)
    assert [row.name for row in roster_of(owner, RosterFilters(text="a1%")).items] == []
    assert [row.name for row in roster_of(owner, RosterFilters(text="A1")).items] == ["A10", "A11"]


def test_who_goes_leaves_records_to_the_next_coach_and_takes_their_own(db_session, owner, companion, stranger):
    shared, alone = make_athlete(owner), make_athlete(owner)
    shared_id, alone_id = shared.id, alone.id
    add_coach(shared, stranger)
    of_me_id = make_athlete(stranger, owner).id
    kept = make_coached_plan(make_athlete(owner, companion))
    add_session(owner, kept.id, {"day": clock.now().date(), "kind": "run", "distance_m": 5_000})
    privacy_registry.erase(owner)
    db.session.expire_all()
    assert db.session.get(Athlete, alone_id) is None and db.session.get(Athlete, of_me_id) is None
    rows = db.session.scalars(select(Coach).where(Coach.athlete_id == shared_id)).all()
    assert [(row.coach_id, row.role) for row in rows] == [(stranger.id, "head")]
    assert db.session.get(TrainingPlan, kept.id) is not None
    members = db.session.scalars(select(PlanMember.person_id).where(PlanMember.plan_id == kept.id)).all()
    assert members == [companion.id]
    assert not db.session.scalars(select(CoachingEvent).where(CoachingEvent.person_id == owner.id)).all()


@pytest.mark.usefixtures("real_database")
def test_of_many_who_open_a_link_one_agrees(app):
    with app.app_context():
        coach = make_person()
        record = make_athlete(coach)
        create_plan_for(coach, record.id, {"name": "Spring"}, None)
        token = token_of(make_invitation_of(record, coach))
        people = [make_person().id for _number in range(6)]
        db.session.commit()

    def agree(person_id):
        return lambda: agreements.agree(db.session.get_one(Person, person_id), token, ["plans"])

    results = Counter(at_once(app, [agree(one) for one in people]))
    assert results["done"] == 1 and sum(results.values()) == 6
    with app.app_context():
        owners = db.session.scalars(select(PlanMember.person_id).where(PlanMember.role == "owner")).all()
        assert len(owners) == 1 and db.session.scalars(select(Athlete.person_id)).one() == owners[0]


@pytest.mark.parametrize("has_account", [True, False])
def test_a_further_coach_is_named_to_nobody_but_the_head_before_they_agreed(
    page, owner, companion, stranger, *, has_account: bool
):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner, companion if has_account else None, name="Ali A")
    helper = make_person(name="Helper H")
    add_coach(record, helper)
    path, name = f"/coaching/athletes/{record.id}", stranger.name
    head, asked, runner = page.as_(owner), page.as_(stranger), page.as_(companion)
    head.get(path).form(f"{path}/coaches").fill(person=str(stranger.id), role="assistant").submit(status=303)
    assert "asked, not agreed yet" in head.get(path).words
    for reader, where in ((runner, "/"), (runner, "/me/coaches"), (runner, "/notifications"), (page.as_(helper), path)):
        assert name not in reader.get(where).words, where
    runner.post(f"/me/coaches/{record.id}/{stranger.id}", {"rights": "plans"}, 404)
    runner.get(f"/people/{stranger.id}", 404)
    head.post(f"{path}/coaches/{stranger.id}", {"role": "head"}, 303)
    assert db.session.scalar(select(Coach.role).where(Coach.coach_id == owner.id)) == "head"
    asked.get(path, 404)
    assert "Ali A" not in asked.get("/coaching").words + asked.get("/notifications").words

    assert "asks you to coach" in asked.get("/notifications").words
    assert [form.action for form in asked.get("/answers").forms].count(f"{path}/asked") == 2
    asked.post(f"{path}/asked", {}, 303)
    assert db.session.scalar(select(Coach.id).where(Coach.coach_id == stranger.id)) is None
    assert not [row for row in db.session.scalars(select(CoachingEvent)) if row.what.startswith("coach_")]
    actions.add_coach(owner, record.id, stranger.id, "assistant")
    db.session.commit()
    asked.post(f"{path}/asked", {"accept": "1"}, 303)
    assert name in page.as_(helper).get(path).words
    if has_account:
        assert name in runner.get("/notifications").words and name in runner.get("/me/coaches").words
        asked.get(path, 404)
        runner.post(f"/me/coaches/{record.id}/{stranger.id}", {"rights": "plans"}, 303)
    assert "Ali A" in asked.get(path).words


def test_programs_are_asked_to_coach_too(program, owner, companion, stranger):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner, companion)
    head, asked, runner = program.as_(owner), program.as_(stranger), program.as_(companion)
    head.put(f"/athletes/{record.id}/coaches/{stranger.id}", {"role": "follower"}, 204)
    states = [(one["asked"], one["waiting"]) for one in head.get(f"/athletes/{record.id}", 200).data["coaches"]]
    assert states == [(False, False), (True, False)]
    assert [one["person"]["id"] for one in runner.get("/me/coaches", 200).data] == [str(owner.id)]
    (ask,) = asked.get("/me/athletes/asked", 200).data
    assert (ask["athlete_id"], ask["head"]["id"], ask["role"]) == (str(record.id), str(owner.id), "follower")
    assert program.as_(stranger, "training:read").get("/me/athletes/asked").status == 403
    asked.put(f"/me/athletes/asked/{record.id}", None, 204)
    asked.put(f"/me/athletes/asked/{record.id}", None, 204)
    assert asked.get("/me/athletes/asked", 200).data == []
    assert [one["asking"] for one in runner.get("/me/coaches", 200).data] == [True, False]
    asked.delete(f"/me/athletes/asked/{record.id}", 404)


def test_who_is_asked_to_coach_and_blocks_who_asks_is_asked_no_more(page, program, owner, stranger):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner)
    actions.add_coach(owner, record.id, stranger.id, "assistant")
    db.session.commit()
    assert "asks you to coach" in page.as_(stranger).get("/answers").words
    block(stranger, owner.id)
    db.session.commit()
    assert "asks you to coach" not in page.as_(stranger).get("/answers").words
    asked = program.as_(stranger)
    assert asked.get("/me/athletes/asked", 200).data == []
    asked.put(f"/me/athletes/asked/{record.id}", None, 404)
    asked.delete(f"/me/athletes/asked/{record.id}", 204)


def test_with_the_last_coach_who_agreed_the_record_goes(owner, companion, stranger):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner, companion)
    actions.add_coach(owner, record.id, stranger.id, "assistant")
    agreements.end(companion, record.id, owner.id)
    assert db.session.scalar(select(func.count()).select_from(Coach)) == 0


def test_a_coach_already_is_told_so(owner, stranger):
    make_interest(stranger, make_card(owner), ACCEPTED)
    record = make_athlete(owner)
    actions.add_coach(owner, record.id, stranger.id, "assistant")
    with pytest.raises(actions.CoachAlready):
        actions.add_coach(owner, record.id, stranger.id, "follower")


@pytest.mark.usefixtures("_wednesday")
def test_a_coach_who_belongs_to_the_plan_keeps_it_as_well(page, owner, companion):
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 20), visibility="members")
    session = make_session(plan, date(2026, 12, 1), line="Wind", done_at=WEDNESDAY, answered_at=WEDNESDAY)
    member = PlanMember(plan_id=plan.id, person_id=owner.id, role="viewer", status="invited")
    db.session.add(member)
    db.session.commit()
    coach, where = page.as_(owner), f"/plans/{plan.id}"
    assert "are invited" in coach.get(where).words
    coach.post(f"{where}/invitation", {"accept": "1"}, 303)
    shown = coach.get(where)
    assert companion.name in shown.words and f"{where}/timeline" in shown.links and "are invited" not in shown.words
    shown.form(f"{where}/milestones").fill(name="8 km", due_on="2026-12-10").submit(status=303)
    coach.get(f"{where}/edit", 403)
    one = f"{where}/sessions/{session.id}"
    assert "Wind" in coach.get(one).words
    coach.get(f"{one}/edit").form(f"{one}/edit").fill(distance_km="12", why="Longer").submit(status=303)
    coach.post(f"{one}/answer", {"feeling": "good"}, 403)
    ends = f"/me/coaches/{record.id}/{owner.id}"
    page.as_(companion).get("/me/coaches").form(f"{ends}/end").submit(status=303)
    coach.get(f"{one}/edit", 403)
    assert "Wind" not in coach.get(one).words
    coach.post(f"{where}/milestones", {"name": "9 km"}, 403)
