"""What people who came find on the page of a run when it is over, and how they are asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.recaps.jobs import find_runs_to_recap
from hampa.recaps.models import Thanks
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.series import first_run


@pytest.fixture
def over(owner):
    """Return a run that ended a while ago, and somebody who came."""
    run = make_run(owner, starts_local=in_days(-1))
    return run, take_part(run, make_person(name="Mina Came"), "COMPLETED")


def recap(answer):
    """Return the words of the recap on a page, None without one."""
    found = answer.all(id="recap")
    return " ".join("".join(found[0].itertext()).split()) if found else None


@pytest.mark.parametrize("status", ["NO_SHOW", "LEFT", "INTERESTED", "WAITLISTED", None])
def test_only_who_came_or_organises_sees_it(page, owner, over, operator, status):
    run, came = over
    other = take_part(run, status=status) if status else make_person()
    for viewer in (None, operator, other):
        assert recap(page.as_(viewer).get(f"/runs/{run.id}", 200)) is None
    for viewer in (came, owner):
        assert recap(page.as_(viewer).get(f"/runs/{run.id}", 200))


def test_it_names_who_came_and_may_be_seen_and_nobody_else(page, over):
    run, came = over
    seen = take_part(run, make_person(name="Reza Seen"), "COMPLETED")
    take_part(run, make_person(name="Absent One"), "NO_SHOW")
    hidden = take_part(run, make_person(name="Hidden One"), "COMPLETED")
    take_part(run, make_person(name="Own Name"), "COMPLETED", walked_in=True, display_name="Walker")
    block(hidden, came.id)
    words = recap(page.as_(came).get(f"/runs/{run.id}", 200))
    assert seen.name in words
    assert not [name for name in ("Absent", "Hidden", "Own Name", "Walker", came.name) if name in words]


def test_before_the_end_there_is_none(page, owner):
    run = make_run(owner)
    came = take_part(run)
    with clock.frozen(run.starts_at + timedelta(minutes=5)):
        assert recap(page.as_(came).get(f"/runs/{run.id}", 200)) is None


def test_thanks_are_said_once_counted_and_can_be_taken_back(page, owner, over, told):
    run, came = over
    other = take_part(run, status="COMPLETED")
    for person in (came, came, other):
        page.as_(person).post(f"/runs/{run.id}/thanks", {}, 303)
    assert len(db.session.scalars(select(Thanks)).all()) == 2
    assert told(owner) == ["run_thanked"]
    assert "2 people thank you" in page.as_(owner).get("/notifications", 200).words
    assert "2 people said thanks" in recap(page.as_(owner).get(f"/runs/{run.id}", 200))
    seen = page.as_(came).get(f"/runs/{run.id}", 200)
    assert "You said thanks" in recap(seen)
    [back] = [form for form in seen.forms if form.values.get("thanks") == "no"]
    back.submit(status=303)
    assert db.session.scalars(select(Thanks.person_id)).all() == [other.id]


@pytest.mark.parametrize("status", ["NO_SHOW", "INTERESTED", None])
def test_who_did_not_come_thanks_nobody(page, over, told, owner, status):
    run, _came = over
    other = take_part(run, status=status) if status else make_person()
    page.as_(other).post(f"/runs/{run.id}/thanks", {}, 303)
    page.as_(owner).post(f"/runs/{run.id}/thanks", {}, 303)
    assert not db.session.scalars(select(Thanks)).all()
    assert told(owner) == []


def test_who_organises_a_run_thanks_nobody_for_it(page, over, told, owner):
    run, _came = over
    for organiser in (owner, add_organiser(run)):
        take_part(run, organiser, "COMPLETED")
        page.as_(organiser).post(f"/runs/{run.id}/thanks", {}, 303)
    assert not db.session.scalars(select(Thanks)).all()
    assert told(owner) == []


def test_nobody_thanks_before_the_end(page, owner):
    run = make_run(owner)
    page.as_(take_part(run)).post(f"/runs/{run.id}/thanks", {}, 303)
    assert not db.session.scalars(select(Thanks)).all()


def test_the_organiser_is_offered_the_same_again_and_runners_what_comes_next(page, owner, over):
    run, came = over
    make_run(make_person(), title="Of somebody else", starts_local=in_days(1))
    make_run(owner, title="By link alone", visibility="link", starts_local=in_days(1))
    assert f"/runs/new?like={run.id}" in page.as_(owner).get(f"/runs/{run.id}", 200).links
    assert "Again?" not in recap(page.as_(came).get(f"/runs/{run.id}", 200))
    following = make_run(owner, title="The next of hers", starts_local=in_days(4))
    seen = page.as_(came).get(f"/runs/{run.id}", 200)
    assert "The next of hers" in recap(seen)
    assert f"/runs/{following.id}" in seen.links
    assert f"/runs/new?like={run.id}" not in seen.links
    co_organiser = add_organiser(run)
    assert f"/runs/new?like={run.id}" not in page.as_(co_organiser).get(f"/runs/{run.id}", 200).links


@pytest.mark.parametrize(("visibility", "named"), [("public", "Of the organiser"), ("link", "The next by link")])
def test_what_comes_next_in_a_series_is_what_its_page_lists(page, owner, visibility, named):
    run = first_run(owner, visibility=visibility)
    came, week = take_part(run, status="COMPLETED"), timedelta(days=7)
    later = {"starts_local": run.starts_local + week, "occurrence_on": run.starts_local.date() + week}
    make_run(owner, title="The next by link", visibility="link", series_id=run.series_id, **later)
    make_run(owner, title="Of the organiser", starts_local=run.starts_local + 2 * week)
    with clock.frozen(run.ends_at + timedelta(hours=2)):
        assert f"Again? {named} is" in recap(page.as_(came).get(f"/runs/{run.id}", 200))


def test_comments_stay_open_a_week(page, over):
    run, came = over
    browser = page.as_(came)
    assert "You can comment until" in browser.get(f"/runs/{run.id}", 200).words
    browser.post(f"/runs/{run.id}/comments", {"text": "What a morning"}, 303)
    with clock.shifted(timedelta(days=8)):
        closed = browser.get(f"/runs/{run.id}", 200)
        assert "Comments closed" in closed.words
        assert not [form for form in closed.forms if form.action.endswith("/comments")]
        refused = browser.post(f"/runs/{run.id}/comments", {"text": "Too late"}, 422)
        assert "Comments closed a week after the run" in refused.words
        assert "What a morning" in closed.words
    assert "comment until" not in browser.get(f"/runs/{make_run().id}", 200).words


def asked(run):
    db.session.expire_all()
    return set(db.session.scalars(select(Notification.person_id).where(Notification.type == "run_recap")))


def test_who_came_is_asked_once_after_their_quiet_hours(owner, work_off):
    start = datetime.combine(clock.now().date() - timedelta(days=1), time(18), UTC)
    run = make_run(owner, starts_local=start.replace(tzinfo=None), timezone="UTC")
    awake = take_part(run, make_person(timezone="UTC", quiet_from=time(1), quiet_to=time(2)))
    asleep = take_part(run, make_person(timezone="UTC", quiet_from=time(20), quiet_to=time(7)))
    for given in ({"status": "NO_SHOW"}, {"status": "INTERESTED"}):
        take_part(run, make_person(timezone="UTC", quiet_from=time(1), quiet_to=time(2)), **given)
    take_part(run, make_person(timezone="UTC", quiet_from=time(1), quiet_to=time(2), recap_notices=False))
    with clock.frozen(start + timedelta(minutes=90)):
        find_runs_to_recap()
        work_off()
        assert asked(run) == set()
    with clock.frozen(start + timedelta(hours=3)):
        for _again in range(2):
            find_runs_to_recap()
            work_off()
        assert asked(run) == {awake.id}
    for hours, expected in ((6, {awake.id}), (13.5, {awake.id, asleep.id}), (14.5, {awake.id, asleep.id})):
        with clock.frozen(start + timedelta(hours=hours)):
            work_off()
            assert asked(run) == expected


def test_two_runs_of_a_day_ask_once(owner, work_off):
    start = datetime.combine(clock.now().date() - timedelta(days=1), time(9), UTC)
    runner = make_person(timezone="UTC", quiet_from=time(1), quiet_to=time(2))
    for hours in (0, 3):
        local = (start + timedelta(hours=hours)).replace(tzinfo=None)
        take_part(make_run(owner, starts_local=local, timezone="UTC"), runner)
    with clock.frozen(start + timedelta(hours=8)):
        find_runs_to_recap()
        work_off()
    assert len(db.session.scalars(select(Notification).where(Notification.type == "run_recap")).all()) == 1


def test_old_and_cancelled_runs_ask_nobody(owner, work_off):
    take_part(make_run(owner, starts_local=in_days(-5)))
    take_part(make_run(owner, starts_local=in_days(-1), cancelled_at=clock.now()))
    find_runs_to_recap()
    work_off()
    assert not db.session.scalars(select(Notification).where(Notification.type == "run_recap")).all()


def test_the_question_can_be_turned_off(page, stranger):
    form = page.as_(stranger).get("/me/settings/notifications", 200).form("/me/settings/notifications")
    form.values.poplist("row_run_recap")
    form.submit(status=303)
    db.session.refresh(stranger)
    assert stranger.recap_notices is False


def test_a_run_that_is_over_counts_no_places_any_more(page, owner):
    run = make_run(owner, starts_local=in_days(-1), capacity=8)
    take_part(run)
    words = " ".join("".join(page.get(f"/runs/{run.id}", 200).one(id="facts").itertext()).split())
    assert "signed up" in words
    assert not [text for text in ("left", "place", "going", "so far") if text in words]


def test_its_photos_stand_first_and_once(page, over):
    run, came = over
    answer = page.as_(came).get(f"/runs/{run.id}", 200)
    ids = [element.get("id") for element in answer.all() if element.get("id") in ("recap", "pictures", "people")]
    assert ids == ["recap", "pictures", "people"]
