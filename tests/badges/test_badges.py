"""Badges: made by form, earned by showing up, taken and given back, and who sees them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from hampa.badges.actions.awarding import check_people
from hampa.badges.actions.seeds import FIRST_SET
from hampa.badges.forms import InvalidCriteria, read_criteria
from hampa.badges.jobs import collect, ensure_seeds
from hampa.badges.models import Badge, BadgeAward, BadgeCheck, Criteria
from hampa.badges.queries.measuring import deeds_of, standing_of
from hampa.cards.models import ACCEPTED
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.models import Job
from hampa.platform.locale import i18n
from hampa.runs.models.participation import COMPLETED, NO_SHOW, Participation
from hampa.training.models.activities import Activity
from tests.factories.badges import make_award, make_badge, show_badges
from tests.factories.cards import make_card, make_interest
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.training import make_activity, make_plan
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def held(badge) -> dict:
    """Return who has a badge, and since which day."""
    query = select(BadgeAward.person_id, BadgeAward.earned_on).where(BadgeAward.badge_id == badge.id)
    return {row[0]: row[1] for row in db.session.execute(query.where(BadgeAward.revoked_at.is_(None)))}


def notices(person, kind: str) -> list:
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return list(db.session.scalars(query))


def past_run(organiser, *people, days_ago: int = 3, **given):
    starts = (clock.now() - dt.timedelta(days=days_ago)).replace(tzinfo=None)
    run = make_run(organiser, starts_local=starts, **given)
    for person in people:
        take_part(run, person, COMPLETED)
    return run


@pytest.mark.usefixtures("_wednesday")
def test_a_badge_is_made_by_form_and_earned_by_what_was_done_before(page, program, work, owner, operator, stranger):
    make_activity(owner, dt.timedelta(days=9), duration_s=3 * 3600)
    make_activity(owner, dt.timedelta(days=4), duration_s=3 * 3600)
    db.session.commit()
    page.as_(owner).get("/badges/new", 404)
    boss, runner = page.as_(operator), page.as_(owner)
    form = boss.get("/badges/new").form("/badges/new")
    wrong = form.fill(metric="streak", window="week", threshold="2.5").submit(status=422)
    assert "Give it a name" in wrong.words and "Enter a whole number" in wrong.words
    assert "Weeks in a row are counted ever" in wrong.words
    form = wrong.form("/badges/new").fill(name_en="Five hours", metric="hours", window="all", threshold="5")
    shown = form.fill(name_fa="پنج ساعت", drawing="flame").submit(status=303).follow()
    assert "5 h" in shown.words and "Ever" in shown.words
    badge = db.session.scalars(select(Badge)).one()
    path = f"/badges/{badge.id}"
    assert "the badge comes in a moment" in runner.get(path).words
    work()
    assert held(badge) == {owner.id: dt.date(2026, 11, 28)}
    assert "You earned the badge Five hours" in runner.get("/notifications").words
    assert "You earned it" in runner.get(path).words and "Five hours" in runner.get("/me/badges").words
    (mine,), (theirs,) = (program.as_(one).get("/badges", 200).data for one in (owner, stranger))
    assert mine["awarded_at"] and mine["progress"] is None
    assert (theirs["awarded_at"], theirs["progress"]["amount"], theirs["progress"]["target"]) == (None, 0, 5 * 3600)

    later = boss.get(f"{path}/edit").form(f"{path}/edit").fill(threshold="50").submit(status=422)
    assert "Somebody has earned this badge" in later.words
    boss.get(f"{path}/edit").form(f"{path}/edit").fill(name_en="Five long hours").submit(status=303)
    assert "Retire it instead" in boss.get(path).form(f"{path}/delete").submit(status=303).follow().words
    runner.post(f"{path}/delete", {}, 403)
    runner.get(f"{path}/edit", 403)
    boss.get(path).form(f"{path}/retire").submit(status=303)
    make_activity(stranger, duration_s=6 * 3600)
    db.session.commit()
    check_people([stranger.id])
    assert held(badge) == {owner.id: dt.date(2026, 11, 28)} and "Retired" in page.as_(stranger).get(path).words


@pytest.mark.usefixtures("_wednesday")
def test_what_is_gone_costs_a_badge_and_what_was_taken_by_hand_stays_taken(page, work, owner, operator):
    badge = make_badge(criteria={"metric": "count", "threshold": 2, "window": "week"})
    first, second = make_activity(owner, dt.timedelta(days=1)), make_activity(owner, dt.timedelta(days=2))
    collect()
    work()
    assert held(badge) == {owner.id: dt.date(2026, 12, 1)} and len(notices(owner, "badge_earned")) == 1
    runner, boss = page.as_(owner), page.as_(operator)
    runner.get(f"/activities/{first.id}/edit").form().submit(status=303)
    path = f"/activities/{first.id}/delete"
    runner.post(path, {}, 303)
    collect()
    work()
    assert held(badge) == {} and "1 of 2 activities, 1 to go" in runner.get("/me/badges").words
    make_activity(owner, dt.timedelta(days=2, hours=3))
    collect()
    work()
    assert held(badge) == {owner.id: second.day}

    take = f"/badges/{badge.id}/holders/{owner.id}/take"
    assert "This is missing" not in boss.get(take).form(take).submit(status=422).words
    boss.get(take).form(take).fill(reason="Both were one run").submit(status=303)
    assert held(badge) == {} and "Both were one run" in runner.get(f"/badges/{badge.id}").words
    assert "was taken from you" in runner.get("/notifications").words
    runner.get(take, 403)
    make_activity(owner, dt.timedelta(hours=5))
    collect()
    work()
    assert held(badge) == {}
    boss.get(f"/badges/{badge.id}").form(f"/badges/{badge.id}/holders/{owner.id}/give-back").submit(status=303)
    work()
    assert set(held(badge)) == {owner.id}


@pytest.mark.usefixtures("_wednesday")
def test_who_has_deleted_all_is_as_far_as_who_never_did_anything(page, program, work, owner, stranger):
    make_badge(criteria={"metric": "count", "threshold": 2})
    done = make_activity(owner, dt.timedelta(days=1))
    db.session.commit()

    def amounts() -> list[int]:
        return [program.as_(one).get("/badges", 200).data[0]["progress"]["amount"] for one in (owner, stranger)]

    assert amounts() == [1, 0], "before the worker has looked"
    collect()
    work()
    assert amounts() == [1, 0]
    page.as_(owner).post(f"/activities/{done.id}/delete", {}, 303)
    assert amounts() == [0, 0]
    collect()
    work()
    assert amounts() == [0, 0]


@pytest.mark.usefixtures("_wednesday")
def test_each_metric_counts_what_it_says(db_session, owner, companion, stranger):
    crew, plan = make_crew(owner, companion), make_plan(owner)
    for weeks in (0, 1, 2, 4):
        make_activity(owner, dt.timedelta(weeks=weeks, hours=30), plan_id=plan.id if weeks else None)
    hidden = make_activity(owner, dt.timedelta(hours=40), visibility="crew", distance_m=None)
    earlier = past_run(stranger, companion, days_ago=20)
    run = past_run(owner, companion, stranger, days_ago=2, crew_id=crew.id)
    cancelled = past_run(owner, owner, make_person(), days_ago=1, cancelled_at=clock.now())
    take_part(past_run(companion, days_ago=5), owner, NO_SHOW)
    schedule = make_schedule(crew)
    for days, attendance in ((1, "attended"), (2, "late"), (3, "no_show"), (4, None)):
        starts = WEDNESDAY - dt.timedelta(days=days)
        make_booking(schedule, owner, starts, attendance=attendance)
    assert (earlier.id, cancelled.id) and run.crew_id == crew.id and hidden.distance_m is None
    mine, theirs = (deeds_of([one.id])[one.id] for one in (owner, companion))

    def stands(deeds, of_crew=None, **asked):
        criteria = read_criteria({"threshold": 1} | asked)
        with i18n.use_locale("en", "Asia/Tehran", "gregorian"):
            return standing_of(deeds, criteria, dt.date(2026, 12, 2), of_crew=of_crew).amount

    assert stands(mine, metric="count") == 5 and stands(mine, metric="count", window="week") == 2
    assert stands(mine, metric="hours", plan=str(plan.id)) == 3 * 45 * 60 and stands(mine, metric="distance") == 32_000
    assert stands(mine, metric="count", of_crew=crew.id) == 1
    assert stands(mine, metric="count", window="between", since="2026-11-01", until="2026-11-20") == 2
    assert (stands(mine, metric="streak"), stands(mine, metric="duties"), stands(mine, metric="attendance")) == (
        3,
        2,
        0,
    )
    assert stands(mine, metric="duties", crew=str(crew.id)) == 2 and stands(mine, metric="welcomes") == 1
    assert stands(theirs, metric="attendance") == 2 and stands(theirs, metric="attendance", of_crew=crew.id) == 1
    assert stands(theirs, metric="duties") == stands(theirs, metric="welcomes") == 0


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"metric": "hours", "threshold": 10, "pace": 300}, {"pace"}),
        ({"metric": "speed", "threshold": 10}, {"metric"}),
        ({"metric": "hours"}, {"threshold"}),
        ({"metric": "hours", "threshold": 1e9}, {"threshold"}),
        ({"metric": "hours", "threshold": float("nan")}, {"threshold"}),
        ({"metric": "count", "threshold": 1.5}, {"threshold"}),
        ({"metric": "hours", "threshold": 1, "window": "between"}, {"since", "until"}),
        ({"metric": "duties", "threshold": 1, "plan": "0194d9a0-0000-7000-8000-000000000000"}, {"plan"}),
    ],
)
def test_criteria_are_refused_field_by_field(app, given, fields):
    with app.test_request_context(), pytest.raises(InvalidCriteria) as refused:
        read_criteria(given)
    assert {field for field, _message in refused.value.faults} == fields


@pytest.mark.usefixtures("_wednesday")
def test_a_person_decides_who_sees_their_badges(page, owner, companion, stranger, operator):
    make_interest(companion, make_card(owner), ACCEPTED)
    crew = make_crew(owner)
    owner.profile_visibility = stranger.profile_visibility = "everyone"
    mate = make_person(name="Crew mate")
    add_member(crew, mate)
    site, inside = make_badge(name_en="Open badge"), make_badge(crew, name_en="Badge of the crew")
    make_award(site, owner)
    make_award(inside, owner)
    db.session.commit()
    viewers = {"stranger": stranger, "companion": companion, "mate": mate}
    seen = {"me": set(), "companions": {"companion"}, "crew": {"mate"}, "everyone": set(viewers)}
    mine = page.as_(owner)
    for circle, allowed in seen.items():
        mine.get("/me/badges").form("/me/badges/visibility").fill(visibility=circle).submit(status=303)
        for name, viewer in viewers.items():
            shown = page.as_(viewer).get(f"/people/{owner.id}").words
            assert ("Open badge" in shown) == (name in allowed), (circle, name)
            assert ("Badge of the crew" in shown) == (name in allowed and name == "mate"), (circle, name)
            holders = page.as_(viewer).get(f"/badges/{site.id}").words
            assert (owner.name in holders) == (name in allowed), (circle, name)
    assert "Open badge" not in page.get(f"/people/{owner.id}").words
    page.as_(stranger).get(f"/badges/{inside.id}", 404)
    page.as_(stranger).get(f"/crews/{crew.id}/badges", 404)
    page.as_(mate).get(f"/crews/{crew.id}/badges/new", 403)
    page.as_(mate).get(f"/badges/{inside.id}/edit", 403)
    assert owner.name in page.as_(operator).get(f"/badges/{site.id}").words


@pytest.mark.usefixtures("_wednesday")
def test_admins_make_badges_of_their_crew_for_its_members_alone(page, work, owner, companion, stranger):
    crew = make_crew(owner, companion)
    plan = make_plan(stranger, visibility="private", name="Secret")
    path = f"/crews/{crew.id}/badges/new"
    make_activity(companion, visibility="me")
    make_activity(stranger, visibility="everyone")
    form = page.as_(owner).get(path).form(path).fill(name_en="First step", metric="count", threshold="1")
    assert str(plan.id) not in str(form.values)
    form.submit(status=303)
    badge = db.session.scalars(select(Badge)).one()
    work()
    assert held(badge) == {}
    make_activity(companion, visibility="crew")
    collect()
    work()
    assert set(held(badge)) == {companion.id}
    page.as_(companion).get(f"/badges/{badge.id}/holders/{companion.id}/take", 403)
    page.as_(owner).get(f"/badges/{badge.id}/holders/{companion.id}/take", 404)
    add_member(crew, stranger)
    happened = f"/crews/{crew.id}/timeline?kind=badge_earned"
    assert "First step" not in page.as_(owner).get(happened).words
    show_badges(companion, "crew")
    db.session.commit()
    take = f"/badges/{badge.id}/holders/{companion.id}/take"
    for viewer in (owner, companion, stranger):
        assert "Earned the badge First step." in page.as_(viewer).get(happened).words
    page.as_(owner).get(take).form(take).fill(reason="By mistake").submit(status=303)
    assert "First step" not in page.as_(companion).get(happened).words


def test_the_worker_looks_once_at_who_did_many_things_and_makes_the_first_set_once(db_session, work, owner, companion):
    for hours in range(5):
        make_activity(owner, dt.timedelta(days=1, hours=hours))
    run = past_run(companion, owner)
    db.session.flush()
    assert db.session.scalar(select(func.count()).select_from(BadgeCheck)) >= 6
    ensure_seeds()
    ensure_seeds()
    assert db.session.scalar(select(func.count()).select_from(Badge)) == len(FIRST_SET)
    for seed in db.session.scalars(select(Badge)):
        assert Criteria.model_validate(seed.criteria).faults() == [] and seed.name_fa and seed.name_en
    collect()
    jobs = db.session.scalars(select(Job).where(Job.name == "badges.check")).all()
    assert Counter(job.args["person_id"] for job in jobs) == {str(owner.id): 1, str(companion.id): 1}
    work()
    names = select(Badge.seed).join(BadgeAward, BadgeAward.badge_id == Badge.id)
    assert db.session.scalars(names.where(BadgeAward.person_id == owner.id)).all() == ["first-run"]
    assert db.session.scalars(names.where(BadgeAward.person_id == companion.id)).all() == ["first-welcome"]
    participation = db.session.scalars(select(Participation).where(Participation.run_id == run.id)).one()
    participation.status = NO_SHOW
    db.session.flush()
    collect()
    work()
    assert db.session.scalars(names.where(BadgeAward.revoked_at.is_(None))).all() == []


@pytest.mark.usefixtures("real_database")
def test_eight_workers_award_a_badge_once(app):
    with app.app_context():
        person, badge = make_person(), make_badge()
        make_activity(person)
        make_activity(person, dt.timedelta(days=2))
        person_id, badge_id = person.id, badge.id
        db.session.commit()
    assert at_once(app, [lambda: check_people([person_id])] * 8) == ["done"] * 8
    with app.app_context():
        assert db.session.scalars(select(BadgeAward.badge_id)).all() == [badge_id]
        told = select(Notification.id).where(Notification.type == "badge_earned")
        assert len(db.session.scalars(told).all()) == 1
        db.session.execute(Activity.__table__.delete())
        db.session.commit()
    assert at_once(app, [lambda: check_people([person_id])] * 8) == ["done"] * 8
    with app.app_context():
        assert db.session.scalars(select(BadgeAward.revoked_at)).one() is not None
