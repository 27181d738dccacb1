"""Templates of plans: written, scaled, filled backwards, and given to many, each as the athlete lets at that moment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from hampa.coaching.actions import givings
from hampa.coaching.actions.athletes import archive_athlete
from hampa.coaching.models.athletes import Coach, CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan, PlanSession
from hampa.coaching.models.templates import GivingResult, PlanTemplate, Scale, TemplateGiving, scaled
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.plans import Milestone, PlanMember, TrainingPlan
from tests.factories.coaching import (
    add_coach,
    make_athlete,
    make_coached_plan,
    make_giving,
    make_session,
    make_template,
    template_session,
)
from tests.factories.people import make_person
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
TODAY = WEDNESDAY.date()


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.mark.usefixtures("_wednesday")
def test_a_template_is_written_given_and_saved_from_a_plan(page, program, owner, companion, stranger):
    coach, runner = page.as_(owner), page.as_(companion)
    with_account = make_athlete(owner, companion)
    ali = make_athlete(owner, name="Ali")
    theirs = make_athlete(stranger, name="Somebody else's")
    assert "No templates yet" in coach.get("/coaching/templates").words
    coach.get("/coaching/templates/new").form().fill(name="Marathon").submit(status=303)
    template = db.session.scalars(select(PlanTemplate)).one()
    path = f"/coaching/templates/{template.id}"
    new = coach.get(f"{path}/sessions/new").form()
    assert "Enter a distance or a duration" in new.submit(status=422).words
    assert "a year at most" in new.fill(week="50", weekday="0", distance_km="20", repeat="9").submit(status=422).words
    new.fill(week="0", weekday="0", distance_km="42.2", repeat="1", text="The race").submit(status=303)
    new = coach.get(f"{path}/sessions/new").form()
    new.fill(week="1", weekday="2", distance_km="20", repeat="3", effort="5").submit(status=303)
    new.fill(week="1", weekday="3", distance_km="", duration="45", repeat="1").submit(status=303)
    assert "20 km and 45 min planned" in coach.get(path).words
    timed = next(each["id"] for each in db.session.get(PlanTemplate, template.id).sessions if each["before"] == 10)
    coach.post(f"{path}/sessions/{timed}/delete", {}, 303)
    coach.get(path).form(f"{path}/milestones").fill(name="Half", week="1", weekday="0").submit(status=303)
    shown = coach.get(path)
    assert "3 weeks to the race" in shown.words.lower() and "Race day" in shown.words and "Half" in shown.words
    assert sorted(one["before"] for one in db.session.get(PlanTemplate, template.id).sessions) == [0, 9, 16, 23]
    one = next(each["id"] for each in template.sessions if each["before"] == 23)
    coach.get(f"{path}/sessions/{one}/edit").form(f"{path}/sessions/{one}/edit").fill(distance_km="15").submit(
        status=303
    )
    for address in (path, f"{path}/give", f"{path}/sessions/new"):
        page.as_(stranger).get(address, 404)

    # Given to two, up to the race; nobody else's athlete can be named, and no day far away.
    give = coach.get(f"{path}/give").form(f"{path}/give")
    fields = {"name": "Tehran", "day": "2026-12-22", "percent": "50"}
    refused = coach.post(f"{path}/give", {**fields, "anchor": "race", "athletes": str(theirs.id)}, 422)
    assert "Choose some of these." in refused.words
    far = give.fill(**{**fields, "day": "2106-12-22"}, athletes=[str(ali.id)])
    assert "years away" in far.submit(status=422).words
    runs = make_coached_plan(ali, name="Already running")
    make_session(runs, date(2026, 12, 13))
    theirs_too = make_coached_plan(theirs, name="Not mine")
    make_session(theirs_too, date(2026, 12, 13))
    asked = give.fill(**fields, athletes=[str(ali.id), str(with_account.id)]).submit(status=422)
    assert "1 session would be left out: its day is over. 3 sessions remain, from 6 December on." in asked.words
    assert "Ali, Already running: 1 day" in asked.words and "Not mine" not in asked.words
    assert not db.session.scalars(select(TemplateGiving)).all()
    # What was read for one day says nothing of another.
    again = asked.form(f"{path}/give")
    assert "would be left out" in again.fill(day="2026-12-21").submit(status=422).words
    again.fill(day="2026-12-22").submit(status=303)
    giving = db.session.scalars(select(TemplateGiving)).one()
    told = coach.get(f"/coaching/givings/{giving.id}")
    assert told.words.count("Given") == 2 and "1 session left out" in told.words
    assert "From 6 December to 22 December" in told.words
    page.as_(stranger).get(f"/coaching/givings/{giving.id}", 404)
    plan_id = db.session.scalar(select(CoachedPlan.plan_id).where(CoachedPlan.athlete_id == with_account.id))
    rows = db.session.execute(
        select(PlanSession.day, PlanSession.distance_m).where(PlanSession.plan_id == plan_id).order_by(PlanSession.day)
    ).all()
    assert rows == [(date(2026, 12, 6), 10_000), (date(2026, 12, 13), 10_000), (date(2026, 12, 22), 42_200)]
    assert db.session.scalars(select(Milestone.due_on).where(Milestone.plan_id == plan_id)).all() == [
        date(2026, 12, 15)
    ]
    assert db.session.get(TrainingPlan, plan_id).deadline == date(2026, 12, 22)
    owners = select(PlanMember.person_id).where(PlanMember.plan_id == plan_id)
    assert db.session.scalars(owners).all() == [companion.id]
    assert "Sessions from a template" in runner.get(f"/plans/{plan_id}/changes").words
    assert "gave you the plan Tehran" in runner.get("/notifications").words

    # A plan of theirs is filled from a first template, and saved as one, without what was done or said.
    plan = make_coached_plan(with_account, date(2026, 12, 20))
    make_session(plan, date(2026, 12, 1), line="A secret", felt_effort=9, done_distance_m=3, done_at=WEDNESDAY)
    fill = coach.get(f"/plans/{plan.id}/fill").form(f"/plans/{plan.id}/fill")
    assert fill.fill(last_on="2026-12-20").submit(status=422).error_of("template")
    make_session(plan, date(2026, 12, 20))
    values = {"template": str(template.id), "last_on": "2026-12-20", "weeks": "2", "why": "New block"}
    asked = fill.fill(**values).submit(status=422)
    assert f"{plan.name}: 1 day" in asked.words
    assert db.session.scalar(select(func.count()).where(PlanSession.plan_id == plan.id)) == 2
    asked.form(f"/plans/{plan.id}/fill").submit(status=303)
    assert db.session.scalar(select(func.count()).where(PlanSession.plan_id == plan.id)) == 4
    save = coach.get(f"/plans/{plan.id}/fill").form(f"/plans/{plan.id}/template")
    save.fill(name="Went well").submit(status=303)
    saved = db.session.scalars(select(PlanTemplate).where(PlanTemplate.name == "Went well")).one()
    assert sorted(one["before"] for one in saved.sessions) == [0, 0, 9, 19] and "secret" not in str(saved.sessions)
    runner.get(f"/plans/{plan.id}/fill")
    page.as_(stranger).get(f"/plans/{plan.id}/fill", 404)
    page.as_(stranger).post(f"/plans/{plan.id}/template", {"name": "Taken"}, 404)

    # By the API: the same limits, and what is another's is not known.
    api = program.as_(owner)
    api.ask("PUT", f"/plan-templates/{template.id}", 422, json={"sessions": [{"before": 364, "distance_m": 900}]})
    many = [{"before": number % 364, "distance_m": 5_000} for number in range(10_000)]
    api.ask("PUT", f"/plan-templates/{template.id}", 422, json={"sessions": many[:601]})
    api.ask("PUT", f"/plan-templates/{template.id}", 200, json={"sessions": many[:600]})
    body = {"athletes": [str(theirs.id)], "name": "Block", "race_on": "2026-12-22"}
    api.ask("POST", f"/plan-templates/{template.id}/givings", 422, json=body)
    program.as_(stranger).ask("POST", f"/plan-templates/{template.id}/givings", 404, json=body)
    body["athletes"] = [str(ali.id)]
    given = api.ask("POST", f"/plan-templates/{template.id}/givings", 201, json=body)
    assert [one["outcome"] for one in given.json["data"]["results"]] == ["given"]


@pytest.mark.usefixtures("_wednesday")
def test_the_worker_gives_it_to_many_as_each_lets_by_then(page, work, owner, companion, stranger, operator):
    records = [make_athlete(owner, name=f"A{number}") for number in range(3)]
    lets = make_athlete(owner, companion)
    takes_back = make_athlete(owner, make_person())
    archived = make_athlete(owner, name="Old")
    left = make_athlete(owner, make_person())
    follows = make_athlete(stranger, operator)
    add_coach(follows, owner, "follower")
    template = make_template(owner)
    chosen = [*records, lets, takes_back, archived, left]
    with pytest.raises(givings.Refused):
        givings.give(owner, template.id, [one.id for one in (*records, follows)], "Block", TODAY, Scale())
    giving = givings.give(owner, template.id, [one.id for one in chosen], "Block", TODAY + timedelta(days=20), Scale())
    row = select(Coach).where(Coach.athlete_id == takes_back.id)
    db.session.scalars(row).one().plans = False
    archive_athlete(owner, archived.id, archived=True)
    db.session.execute(update(Coach).where(Coach.athlete_id == left.id).values(coach_id=stranger.id))
    db.session.commit()
    assert "7 athletes are still waiting" not in page.as_(owner).get(f"/coaching/givings/{giving.id}").words
    work()
    db.session.expire_all()
    outcomes = dict(db.session.execute(select(GivingResult.athlete_id, GivingResult.outcome)).all())
    assert outcomes == {
        **{one.id: "given" for one in (*records, lets)},
        takes_back.id: "not_allowed",
        archived.id: "not_active",
        left.id: "not_yours",
    }
    assert db.session.scalar(select(func.count()).select_from(CoachedPlan)) == 4
    told = page.as_(owner).get(f"/coaching/givings/{giving.id}")
    assert left.name not in told.words and "1 is no longer your athlete" in told.words
    assert "Does not let you change plans" in told.words
    kinds = db.session.scalars(select(Notification.type).where(Notification.person_id == owner.id)).all()
    assert kinds == ["template_given"]
    events = db.session.scalars(select(CoachingEvent.what).where(CoachingEvent.athlete_id == takes_back.id)).all()
    assert "plan_made" not in events


@pytest.mark.usefixtures("real_database")
def test_of_many_workers_each_athlete_gets_a_template_once(app):
    with app.app_context():
        coach = make_person()
        records = [make_athlete(coach) for _number in range(8)]
        giving_id = make_giving(make_template(coach), *records).id
        db.session.commit()

    def give():
        while givings.give_next(giving_id):
            db.session.commit()
        givings.finish(giving_id, tells=True)

    results = Counter(at_once(app, [give] * 4))
    assert results["done"] == 4
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CoachedPlan)) == 8
        assert db.session.scalar(select(func.count()).select_from(PlanSession)) == 8 * 4
        assert db.session.scalar(select(TemplateGiving.finished_at)) is not None
        assert db.session.scalar(select(func.count()).where(Notification.type == "template_given")) == 1


def test_scaling_keeps_the_race_the_limits_and_the_largest_sessions():
    rows = [template_session(before, distance_m=1_000 * (before + 1)) for before in range(21)]
    half = scaled(rows, Scale(percent=50))
    assert [one["distance_m"] for one in half[-3:]] == [1_500, 1_000, 1_000] and len(half) == 21
    short = scaled(rows, Scale(weeks=2, most_a_week=2))
    assert [one["before"] for one in short] == [13, 12, 6, 0]
    timed = [template_session(3, distance_m=None, duration_s=172_000), template_session(4, distance_m=120, effort=None)]
    assert [one["duration_s"] for one in scaled(timed, Scale(percent=200))] == [None, 172_800]
    assert [one["distance_m"] for one in scaled(timed, Scale(percent=10))] == [100, None]


def test_the_database_refuses_a_template_of_ten_thousand_sessions(owner):
    with pytest.raises(IntegrityError):
        make_template(owner, *range(10_000))
    db.session.rollback()


@pytest.mark.usefixtures("_wednesday")
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_template_begins_with_a_plan_of_common_practice(page, owner, language):
    coach = page.as_(owner).speaking(language)
    new = coach.get("/coaching/templates/new").form()
    assert coach.post("/coaching/templates/new", {**new.values, "start": "", "name": ""}, 422).error_of("name")
    for start, weeks, race_m in (("first_5k", 8, 5_000), ("10k", 8, 10_000), ("half", 12, 21_100)):
        answer = coach.get("/coaching/templates/new").form().fill(start=start).submit(status=303)
        template = db.session.get_one(PlanTemplate, UUID(answer.location.rpartition("/")[2]))
        assert template.name
        assert template.weeks == weeks
        [race] = [one for one in template.sessions if one["before"] == 0]
        assert race["distance_m"] == race_m
        by_week = Counter(one["before"] // 7 for one in template.sessions)
        assert set(by_week) == set(range(weeks))
        assert set(by_week.values()) <= {3, 4}
        assert len({one["before"] for one in template.sessions}) == len(template.sessions), "one session a day"
        assert all(
            one["text"] and one["effort"] and (one["distance_m"] or one["duration_s"]) for one in template.sessions
        )
        long_runs = [one["distance_m"] for one in template.sessions if one["before"] % 7 == 0 and one["before"]]
        if start != "first_5k":
            assert 0.8 * race_m < max(long_runs) <= race_m
            assert long_runs[-1] < max(long_runs), "less before the race"
        coach.get(f"/coaching/templates/{template.id}", 200)
    coach.get("/coaching/templates/new").form().fill(start="10k", name="Mine").submit(status=303)
    assert db.session.scalar(select(func.count()).where(PlanTemplate.name == "Mine")) == 1
