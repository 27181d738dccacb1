"""New runs are told to followers: once, grouped by the day, and to nobody who may not see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.follows import actions, jobs
from hampa.notifications.models import Notification
from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.runs.models.run import Run, RunOrganiser
from hampa.series.jobs import continue_series
from tests.factories.base import made
from tests.factories.follows import follow
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.factories.series import make_series

AZADI = (35.6997, 51.3380)
NEAR = {"latitude": AZADI[0], "longitude": AZADI[1]}


@pytest.fixture
def tell(work):
    """Return a function that does what the worker does, some minutes after something was published."""

    def telling(minutes=6):
        with clock.shifted(timedelta(minutes=minutes)):
            jobs.find_new_runs()
            work()
        db.session.expire_all()

    return telling


def notices(person):
    """Return the kinds of the person's notices of new runs, each with its runs in their order."""
    rows = db.session.scalars(select(Notification).where(Notification.person_id == person.id))
    titles = {str(run.id): run.title for run in db.session.scalars(select(Run))}
    return sorted(
        (row.type, [titles[run] for run in row.data["runs"]]) for row in rows if row.type in ("new_run", "new_runs")
    )


def test_followers_of_the_organiser_and_of_the_place_hear_of_a_new_run_once(page, tell):
    organiser = make_person(name="Sara")
    follower, both, near, far, nobody = (make_person() for _ in range(5))
    follow(follower, organiser)
    follow(both, organiser)
    follow(both, (*AZADI, 10))
    follow(both, (*AZADI, 50))
    follow(near, (35.75, 51.34, 10))
    follow(far, (35.75, 51.34, 2))
    make_run(organiser, title="Dawn loop", **NEAR)
    for _ in range(2):
        tell()
    for person in (follower, both, near):
        assert notices(person) == [("new_run", ["Dawn loop"])]
    for person in (far, nobody, organiser):
        assert not notices(person)
    answer = page.as_(near).get("/notifications", 200)
    assert "Sara published a new run: Dawn loop" in answer.words
    assert "سارا" not in answer.words
    assert "قرارهای تازه" in page.speaking("fa").as_(make_person(locale="fa")).get("/me/following").words


def test_co_organisers_are_followed_too_and_hear_nothing_themselves(tell):
    owner, helper, follower = make_person(), make_person(), make_person()
    follow(follower, helper)
    follow(helper, owner)
    run = make_run(owner, title="Loop")
    made(RunOrganiser, run_id=run.id, person_id=helper.id, agreed_at=clock.now())
    tell()
    assert notices(follower) == [("new_run", ["Loop"])]
    assert not notices(helper)


def test_several_runs_of_a_day_are_one_notice_which_is_unread_and_on_top_again(page, tell, db_session):
    organiser, follower = make_person(profile_visibility="everyone"), make_person()
    follow(follower, organiser)
    make_run(organiser, title="First", starts_local=in_days(2))
    tell()
    browser = page.as_(follower)
    [notice] = db_session.scalars(select(Notification).where(Notification.person_id == follower.id))
    assert browser.get(f"/notifications/{notice.id}", 303).location == f"/runs/{notice.subject_id}"
    for days in (3, 4, 5):
        make_run(organiser, title=f"After {days}", starts_local=in_days(days))
    tell()
    assert [(kind, sorted(runs)) for kind, runs in notices(follower)] == [
        ("new_runs", ["After 3", "After 4", "After 5", "First"])
    ]
    [notice] = db_session.scalars(select(Notification).where(Notification.person_id == follower.id))
    assert notice.read_at is None
    assert notice.expires_at == max(run.starts_at for run in db_session.scalars(select(Run)))
    listed = browser.get("/notifications", 200).words
    assert "New runs from people and places you follow: First, After 3, After 4 and 1 more." in listed
    assert browser.get(f"/notifications/{notice.id}", 303).location == "/me/following"
    news = browser.get("/me/following", 200).words
    assert all(title in news for title in ("First", "After 3", "After 4", "After 5"))
    with clock.shifted(timedelta(days=1, hours=1)):
        make_run(organiser, title="Next day", starts_local=in_days(6), created_at=clock.now())
        tell()
    assert len(notices(follower)) == 2


def test_a_series_made_ahead_is_one_run_and_its_followers_hear_of_further_dates(tell, work, db_session):
    organiser, follower, member = make_person(), make_person(), make_person()
    follow(follower, organiser)
    follow(follower, (*AZADI, 10))
    series = make_series(organiser, title="Fridays", **NEAR)
    follow(member, series)
    work()
    count = len(db_session.scalars(select(Run).where(Run.series_id == series.id)).all())
    assert count > 5
    tell()
    assert notices(follower) == [("new_run", ["Fridays"])]
    assert notices(member) == [("new_runs", ["Fridays"] * count)]
    [row] = db_session.scalars(select(Notification).where(Notification.person_id == follower.id))
    assert row.data["what"] == "series"
    with clock.shifted(timedelta(days=8)):
        continue_series()
        work()
        tell()
    assert notices(follower) == [("new_run", ["Fridays"])]
    assert ("new_run", ["Fridays"]) in notices(member)


def test_nobody_hears_of_what_they_may_not_see_or_do(tell):
    organiser = make_person()
    blocked, blocker, man, woman, going, gone, quiet = (make_person() for _ in range(7))
    man.gender, woman.gender, gone.state, quiet.new_run_notices = "male", "female", "suspended", False
    for person in (blocked, blocker, man, woman, going, gone, quiet, organiser):
        follow(person, (*AZADI, 10))
    made(Block, blocker_id=organiser.id, blocked_id=blocked.id)
    made(Block, blocker_id=blocker.id, blocked_id=organiser.id)
    make_run(organiser, title="By link", visibility="link", **NEAR)
    make_run(organiser, title="Off", cancelled_at=clock.now(), **NEAR)
    take_part(make_run(organiser, title="Open", **NEAR), going)
    make_run(organiser, title="Women", company="women", **NEAR)
    tell()
    assert [(kind, sorted(titles)) for kind, titles in notices(woman)] == [("new_runs", ["Open", "Women"])]
    assert notices(man) == [("new_run", ["Open"])]
    for person in (blocked, blocker, going, gone, quiet, organiser):
        assert not notices(person)


def test_a_run_is_told_when_it_becomes_public_and_never_again(page, tell):
    organiser, follower = make_person(), make_person()
    follow(follower, organiser)
    run = make_run(organiser, title="Loop", visibility="link")
    tell()
    assert not notices(follower)
    run.visibility = "public"
    tell(minutes=3)
    assert not notices(follower), "its organiser has some minutes to mend it"
    tell()
    assert notices(follower) == [("new_run", ["Loop"])]
    run.visibility = "link"
    db.session.commit()
    run.visibility = "public"
    with clock.shifted(timedelta(days=1)):
        tell()
    assert len(notices(follower)) == 1
    assert run.version > 0


def test_a_cancelled_run_is_not_told_even_when_it_was_claimed_before(tell, work):
    organiser, follower = make_person(), make_person()
    follow(follower, organiser)
    run = make_run(organiser)
    with clock.shifted(timedelta(minutes=6)):
        jobs.find_new_runs()
    run.cancelled_at = clock.now()
    db.session.commit()
    work()
    assert not notices(follower)


def test_words_leave_out_what_is_gone_and_who_is_hidden(page, tell):
    organiser, other, follower = make_person(), make_person(), make_person()
    follow(follower, organiser)
    follow(follower, other)
    run = make_run(organiser, title="Stays")
    gone = make_run(other, title="Goes")
    tell()
    browser = page.as_(follower)
    assert "Goes" in browser.get("/notifications").words
    block(follower, other.id)
    assert gone.title not in browser.get("/notifications").words
    assert gone.title not in browser.get("/me/following").words
    run.cancelled_at = clock.now()
    assert "gone again" in browser.get("/notifications").words


def test_one_switch_stops_them_all(page, tell, stranger):
    organiser = make_person()
    follow(stranger, organiser)
    form = page.as_(stranger).get("/me/following").form("/me/following")
    assert form.values["new_run_notices"]
    page.as_(stranger).post("/me/following", {}, 303)
    make_run(organiser)
    tell()
    assert not notices(stranger)
    page.as_(stranger).post("/me/following", {"new_run_notices": "1"}, 303)
    make_run(organiser, title="Another")
    tell()
    assert notices(stranger) == [("new_run", ["Another"])]


def test_a_slice_costs_as_many_statements_whatever_its_size(tell, monkeypatch, statements, db_session):
    organiser = make_person()
    run = make_run(organiser, **NEAR)
    cost = {}
    for size in (2, 20):
        for _ in range(size):
            person = make_person()
            follow(person, organiser)
            follow(person, (*AZADI, 10))
        db.session.commit()
        with statements() as seen:
            actions.tell_followers([run.id], f"day {size}", of_series=False)
        cost[size] = len(seen)
    assert cost[2] == cost[20] <= 7


def test_followers_are_told_in_slices_and_a_job_that_runs_twice_tells_once(tell, work, monkeypatch, db_session):
    monkeypatch.setattr(actions, "TOLD_AT_ONCE", 2)
    organiser = make_person()
    followers = [make_person() for _ in range(5)]
    for person in followers:
        follow(person, organiser)
    run = make_run(organiser, title="Loop")
    tell()
    assert len(db_session.scalars(select(Job).where(Job.name == "follows.tell_new_runs")).all()) == 3
    jobs.tell_new_runs([run.id], clock.now().date(), of_series=False)
    work()
    assert all(notices(person) == [("new_run", ["Loop"])] for person in followers)
