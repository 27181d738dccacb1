"""Coming every time: in each run of a series without being asked again, in turn, and out of any one by a tap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hampa.people.actions import block
from hampa.plans.actions import cancel_run
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, LEFT, WAITLISTED
from hampa.runs.models.run import Run
from hampa.series.actions.memberships import join_series
from hampa.series.jobs import continue_series
from hampa.series.models import SeriesMembership
from hampa.series.queries import series_for
from tests.factories.base import made
from tests.factories.notifications import choose
from tests.factories.people import make_person
from tests.factories.runs import take_part
from tests.factories.series import first_run, make_series
from tests.races import at_once

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def hills(owner, work_off):
    """Sara's weekly run, with its first eight weeks made."""
    run = first_run(owner, title="Tuesday hills")
    work_off()
    return run


def runs_of(run: Run) -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).where(Run.series_id == run.series_id).order_by(Run.starts_at)))


def later(work_off, days: int):
    """Work as a worker does some days later."""
    with clock.frozen(NOW + timedelta(days=days)):
        continue_series()
        work_off()


def test_one_tap_on_a_run_and_i_am_in_all_of_them_and_in_each_new_one(page, hills, stranger, states, work_off):
    answer = page.as_(stranger).get(f"/runs/{hills.id}").form(f"/series/{hills.series_id}/join").submit(status=303)
    assert answer.location == f"/runs/{hills.id}"
    assert "You are in every time" in answer.follow().words
    there = runs_of(hills)
    assert [states(run) for run in there] == [{stranger.id: GOING}] + [{}] * 7
    work_off()
    assert [states(run) for run in there] == [{stranger.id: GOING}] * 8
    later(work_off, 15)
    assert [states(run) for run in runs_of(hills)] == [{stranger.id: GOING}] * 10


def test_a_block_between_a_member_and_the_organiser_does_not_stop_the_series(owner, stranger, hills, states, work_off):
    comes = make_person()
    for person in (stranger, comes):
        join_series(person, hills.series_id)
    block(stranger, owner.id)
    work_off()
    later(work_off, 8)
    there = runs_of(hills)
    assert len(there) == 9
    assert states(there[-1]) == {comes.id: GOING}


def test_on_the_page_of_a_later_run_that_one_is_joined_at_once(page, hills, stranger, states):
    later_one = runs_of(hills)[3]
    form = page.as_(stranger).get(f"/runs/{later_one.id}").form(f"/series/{hills.series_id}/join")
    assert "You're in" in form.submit(status=303).follow().words
    assert [len(states(run)) for run in runs_of(hills)] == [0, 0, 0, 1, 0, 0, 0, 0]


def test_who_comes_no_more_before_the_worker_looks_is_put_into_none(page, hills, stranger, states, work_off):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    browser.post(f"/series/{hills.series_id}/leave", {"runs": "1"}, 303)
    work_off()
    assert {states(run).get(stranger.id, LEFT) for run in runs_of(hills)} == {LEFT}


def test_who_leaves_one_run_is_not_put_in_again_there(page, hills, stranger, states, work_off):
    page.as_(stranger).post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    skipped = runs_of(hills)[2]
    page.as_(stranger).post(f"/runs/{skipped.id}/leave", status=303)
    page.as_(stranger).post(f"/series/{hills.series_id}/join", status=303)
    later(work_off, 8)
    found = [states(run)[stranger.id] for run in runs_of(hills)]
    assert found == [GOING, GOING, LEFT] + [GOING] * 6


def test_one_tap_skips_one(page, hills, stranger, states, work_off):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    second = runs_of(hills)[1]
    browser.get(f"/runs/{second.id}").form(f"/runs/{second.id}/leave").submit("Skip this one", status=303)
    assert [states(run)[stranger.id] for run in runs_of(hills)[:3]] == [GOING, LEFT, GOING]
    assert "Skip this one" not in browser.get(f"/runs/{second.id}").words


def test_new_runs_have_members_in_their_order_while_places_last(owner, states, work_off):
    members = [make_person() for _ in range(4)]
    run = first_run(owner, capacity=2)
    with clock.frozen(NOW) as _:
        for minute, member in enumerate(members):
            with clock.frozen(NOW + timedelta(minutes=minute)):
                join_series(member, run.series_id)
    work_off()
    expected = dict(zip([member.id for member in members], [GOING, GOING, WAITLISTED, WAITLISTED], strict=True))
    assert [states(one) for one in runs_of(run)] == [expected] * 8


def test_the_organiser_hears_of_it_once(page, hills, owner, stranger, told, texted, work_off):
    choose(owner, run_joined={"sms": True})
    page.as_(stranger).post(f"/series/{hills.series_id}/join", status=303)
    later(work_off, 15)
    assert (told(owner), texted(owner)) == (["run_joined"], ["run_joined"])


def test_by_approval_the_organiser_is_asked_for_each(owner, stranger, told, states, work_off):
    run = first_run(owner, join_policy="approval", rule={"count": 3})
    work_off()
    join_series(stranger, run.series_id)
    work_off()
    assert told(owner) == ["run_requested"] * 3
    assert [states(one) for one in runs_of(run)] == [{stranger.id: "REQUESTED"}] * 3


def test_whom_a_run_refuses_does_not_keep_the_others_out(owner, states, work_off):
    man, woman = make_person(gender="male"), make_person(gender="female")
    run = first_run(owner, company="women", rule={"count": 2})
    for person in (man, woman):
        made(SeriesMembership, series_id=run.series_id, person_id=person.id)
    work_off()
    assert states(runs_of(run)[1]) == {woman.id: GOING}


def test_who_was_there_before_stays_there(page, hills, stranger, states):
    first, second, *_others = runs_of(hills)
    take_part(first, stranger, "INTERESTED")
    take_part(second, stranger, "LEFT")
    page.as_(stranger).post(f"/series/{hills.series_id}/join", status=303)
    assert [states(run)[stranger.id] for run in runs_of(hills)[:3]] == ["INTERESTED", LEFT, GOING]


def test_not_every_time_any_more_leaves_the_runs_that_one_is_in_alone(page, hills, stranger, states, work_off):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    answer = browser.get(f"/series/{hills.series_id}/leave", 200)
    assert "Not every time any more?" in answer.words
    browser.post(f"/series/{hills.series_id}/leave", status=303)
    later(work_off, 8)
    assert [states(run) for run in runs_of(hills)] == [{stranger.id: GOING}] * 8 + [{}]


def test_or_leaves_them_too(page, hills, stranger, states, work_off):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    browser.post(f"/series/{hills.series_id}/leave", {"runs": "1"}, 303)
    assert [states(run)[stranger.id] for run in runs_of(hills)] == [LEFT] + [GOING] * 7
    work_off()
    assert [states(run) for run in runs_of(hills)] == [{stranger.id: LEFT}] * 8
    assert "Every time" in browser.get(f"/series/{hills.series_id}").words


def test_leaving_many_costs_no_more_than_leaving_a_few(page, owner, stranger, statements, work_off):
    """What grows with the runs is the worker's."""
    few, many = first_run(owner, rule={"count": 2}), first_run(owner, rule={"days": ("mon", "tue", "wed", "thu")})
    counts = []
    for run in (few, many):
        join_series(stranger, run.series_id)
        work_off()
        browser = page.as_(stranger)
        with statements() as seen:
            browser.post(f"/series/{run.series_id}/leave", {"runs": "1"}, 303)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_comes_to_one_again_or_every_time_before_the_worker_looks_stays_there(
    page, hills, stranger, states, work_off
):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    browser.post(f"/series/{hills.series_id}/leave", {"runs": "1"}, 303)
    third = runs_of(hills)[2]
    browser.post(f"/runs/{third.id}/leave", status=303)
    browser.post(f"/runs/{third.id}/join", status=303)
    work_off()
    assert [states(run)[stranger.id] for run in runs_of(hills)] == [LEFT, LEFT, GOING] + [LEFT] * 5
    for run in runs_of(hills)[3:]:
        browser.post(f"/runs/{run.id}/join", status=303)
    browser.post(f"/series/{hills.series_id}/leave", {"runs": "1"}, 303)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    assert [states(run)[stranger.id] for run in runs_of(hills)[2:]] == [LEFT] + [GOING] * 5


def test_one_that_has_begun_or_is_called_off_meanwhile_keeps_nobody_in_the_others(
    page, hills, stranger, owner, states, work_off
):
    browser = page.as_(stranger)
    browser.post(f"/series/{hills.series_id}/join", status=303)
    work_off()
    browser.post(f"/series/{hills.series_id}/leave", {"runs": "1"}, 303)
    cancel_run(owner, runs_of(hills)[2].id)
    later(work_off, 10)
    assert [states(run)[stranger.id] for run in runs_of(hills)[:8]] == [LEFT, GOING, GOING] + [LEFT] * 5


def test_visitors_see_at_once_how_many_come_every_time_though_their_page_is_kept(page, hills, stranger, remembering):
    for run in runs_of(hills):
        take_part(run, stranger)
    address = f"/series/{hills.series_id}"
    assert "every time." not in page.get(address).words
    page.as_(stranger).post(f"{address}/join", status=303)
    assert "1 person joins every time." in page.get(address).words
    page.as_(stranger).post(f"{address}/leave", status=303)
    assert "every time." not in page.get(address).words


def test_a_series_that_has_ended_has_no_every_time(page, owner, stranger):
    run = first_run(owner, rule={"count": 1})
    with clock.frozen(NOW + timedelta(days=30)):
        answer = page.as_(stranger).post(f"/series/{run.series_id}/join", status=303).follow()
        assert "This series has ended" in answer.words
    assert db.session.scalar(select(func.count()).select_from(SeriesMembership)) == 0


def test_two_taps_at_once_are_one_membership(real_database):
    with clock.frozen(NOW):
        run, person = first_run(), make_person()
        series_id, run_id, person_id = run.series_id, run.id, person.id
        db.session.commit()

        def tap() -> None:
            join_series(db.session.get_one(type(person), person_id), series_id)

        assert at_once(real_database, [tap] * 6) == ["done"] * 6
    assert db.session.scalar(select(func.count()).select_from(SeriesMembership)) == 1
    assert db.session.get_one(Run, run_id, populate_existing=True).taken == 1


def test_the_page_of_a_series_for_the_five_viewers(page, setting, hills):
    take_part(runs_of(hills)[0], setting.companion)
    for viewer in ("visitor", "stranger", "companion", "owner", "operator"):
        answer = page.as_(setting.viewer(viewer)).get(f"/series/{hills.series_id}", 200)
        assert "Every Monday at 6:00" in answer.words
        assert len([link for link in answer.links if link.startswith("/runs/0")]) >= 8
        assert ("You organise this series" in answer.words) == (viewer == "owner")
        assert ("Sign in" in answer.words) == (viewer == "visitor")
        assert bool(answer.all("span", **{"class": "faces"})) == (viewer != "visitor")


def test_the_page_of_a_series_costs_the_same_with_two_runs_and_with_twenty(page, owner, stranger, statements, work_off):
    short, long = first_run(owner, rule={"count": 2}), first_run(owner, rule={"days": ("mon", "tue", "wed", "thu")})
    work_off()
    counts = []
    for run in (short, long):
        browser = page.as_(stranger)
        with statements() as seen:
            browser.get(f"/series/{run.series_id}", 200)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_run_by_link_alone_is_not_found_by_its_public_series(page, hills, stranger):
    hidden = runs_of(hills)[1]
    hidden.visibility = "link"
    db.session.flush()
    for url in (f"/series/{hills.series_id}", f"/runs/{hills.id}"):
        assert f"/runs/{hidden.id}" not in page.as_(stranger).get(url).links


def test_a_series_by_link_shows_its_runs_to_who_knows_it(page, owner, stranger):
    series = make_series(owner, visibility="link")
    answer = page.as_(stranger).get(f"/series/{series.id}", 200)
    assert [link for link in answer.links if link.startswith("/runs/0")]
    assert 'content="noindex"' in answer.text


def test_an_organiser_leaves_a_day_out_that_is_not_up_yet(page, hills, owner, work_off):
    browser = page.as_(owner)
    form = browser.get(f"/series/{hills.series_id}").form(f"/series/{hills.series_id}/skip")
    form.fill(skip_on="2027-01-25").submit(status=303)
    assert "Left out Monday, 25 January 2027" in browser.get(f"/series/{hills.series_id}").words
    later(work_off, 15)
    days = [run.starts_local.date().isoformat() for run in runs_of(hills)]
    assert "2027-01-18" in days and "2027-01-25" not in days


def take_back(browser, series_id):
    return browser.get(f"/series/{series_id}").form(f"/series/{series_id}/take-back").submit(status=303)


def test_a_day_that_was_left_out_can_be_taken_back(page, hills, owner, work_off):
    browser = page.as_(owner)
    form = browser.get(f"/series/{hills.series_id}").form(f"/series/{hills.series_id}/skip")
    form.fill(skip_on="2027-01-25").submit(status=303)
    assert "in the series again" in take_back(browser, hills.series_id).follow().words
    assert "Left out" not in browser.get(f"/series/{hills.series_id}").words
    later(work_off, 15)
    assert "2027-01-25" in [run.starts_local.date().isoformat() for run in runs_of(hills)]


def test_taken_back_after_its_turn_the_run_is_made_with_who_comes_every_time(
    page, hills, owner, stranger, states, work_off
):
    browser = page.as_(owner)
    page.as_(stranger).post(f"/series/{hills.series_id}/join", status=303)
    form = browser.get(f"/series/{hills.series_id}").form(f"/series/{hills.series_id}/skip")
    form.fill(skip_on="2027-01-25").submit(status=303)
    later(work_off, 15)
    with clock.frozen(NOW + timedelta(days=15)):
        for _ in range(2):
            browser.post(f"/series/{hills.series_id}/take-back", {"day": "2027-01-25"}, 303)
            work_off()
    made = [run for run in runs_of(hills) if run.occurrence_on.isoformat() == "2027-01-25"]
    assert [states(run) for run in made] == [{stranger.id: GOING}]


@pytest.mark.parametrize(("day", "days_later"), [("2027-01-26", 0), ("someday", 0), ("", 0), ("2027-01-25", 70)])
def test_other_days_can_not_be_taken_back(page, hills, owner, work_off, day, days_later):
    browser = page.as_(owner)
    form = browser.get(f"/series/{hills.series_id}").form(f"/series/{hills.series_id}/skip")
    form.fill(skip_on="2027-01-25").submit(status=303)
    later(work_off, days_later)
    before = len(runs_of(hills))
    with clock.frozen(NOW + timedelta(days=days_later)):
        browser.post(f"/series/{hills.series_id}/take-back", {"day": day}, 303)
        work_off()
        assert ("2027" in browser.get(f"/series/{hills.series_id}").words) == (days_later == 0)
    assert len(runs_of(hills)) == before
    assert series_for(None, hills.series_id).skipped == ["2027-01-25"]


@pytest.mark.parametrize(
    ("day", "says"),
    [("2027-01-26", "no run on that day"), ("2026-12-07", "published already"), ("someday", "in words")],
)
def test_other_days_can_not_be_left_out(page, hills, owner, day, says):
    form = page.as_(owner).get(f"/series/{hills.series_id}").form(f"/series/{hills.series_id}/skip")
    assert says in form.fill(skip_on=day).submit(status=422).error_of("skip_on")
