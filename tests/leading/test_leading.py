"""Whoever is chosen to lead a pace group is asked, and named under it once they have said yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.leading.actions import choose_in_series
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, Run
from hampa.series.actions.series import make_runs
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.series import make_series


@pytest.fixture
def nima():
    return make_person(name="Nima Tehrani")


def choose(browser, run, leader, name="Easy", status=303, **more):
    form = browser.get(f"/runs/{run.id}/edit", 200).form()
    fields = {"name": name, "pace": "6:30", "leader": str(leader.id) if leader else ""}
    for key, value in fields.items():
        form.values[f"pace_groups-0-{key}"] = value
    for key, value in more.items():
        form.values[key] = value
    return form.submit(status=status)


def group_of(run):
    db.session.expire_all()
    return db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == run.id)).one()


def say(browser, run, answer, **more):
    return browser.post(f"/runs/{run.id}/lead", {"answer": answer, "group": str(group_of(run).id), **more})


def heard(person, kind):
    of_kind = Notification.person_id == person.id, Notification.type == kind
    return list(db.session.scalars(select(Notification).where(*of_kind)))


def named(page, viewer, run):
    return "with Nima Tehrani" in page.as_(viewer).get(f"/runs/{run.id}", 200).words


def asked_run(page, owner, nima, **given):
    run = make_run(owner, starts_local=in_days(3), **given)
    take_part(run, nima)
    choose(page.as_(owner), run, nima)
    return run


def test_a_leader_is_asked_and_named_after_a_yes(page, owner, visitor, stranger, nima):
    run = asked_run(page, owner, nima)
    assert not any(named(page, viewer, run) for viewer in (visitor, stranger, nima, owner))
    assert "Nima Tehrani is asked to lead" in page.as_(owner).get(f"/runs/{run.id}").words
    browser = page.as_(nima)
    assert "asks you to lead the group Easy" in browser.get("/notifications").words
    assert "asks you to lead the group Easy" in browser.get("/").words
    assert "asked to lead the group Easy" in browser.get(f"/runs/{run.id}").words
    seen = browser.get(f"/runs/{run.id}/lead", 200)
    assert "even without an account" in seen.words
    next(form for form in seen.forms if form.action == f"/runs/{run.id}/lead").submit(status=303)
    assert all(named(page, viewer, run) for viewer in (visitor, stranger, nima, owner))
    assert "leads the group Easy" in page.as_(owner).get("/notifications").words
    assert "asks you to lead" not in page.as_(nima).get("/").words
    [notice] = heard(nima, "run_lead_asked")
    assert notice.read_at is not None


def test_a_no_frees_the_group_tells_the_organiser_and_stands(page, owner, stranger, nima):
    run = asked_run(page, owner, nima)
    say(page.as_(nima), run, "no")
    assert "would rather not lead the group Easy" in page.as_(owner).get("/notifications").words
    assert "is asked to lead" not in page.as_(owner).get(f"/runs/{run.id}").words
    assert choose(page.as_(owner), run, None).location == f"/runs/{run.id}", "without a leader it is saved as before"
    assert "would rather not lead" in choose(page.as_(owner), run, nima, status=422).words
    page.as_(nima).get(f"/runs/{run.id}/lead", 303)
    assert len(heard(nima, "run_lead_asked")) == 1
    take_part(run, stranger)
    choose(page.as_(owner), run, stranger)
    assert group_of(run).leader_id == stranger.id
    assert len(heard(stranger, "run_lead_asked")) == 1


def test_a_leader_may_stop_leading(page, owner, nima):
    run = asked_run(page, owner, nima)
    say(page.as_(nima), run, "yes")
    assert named(page, owner, run)
    say(page.as_(nima), run, "no")
    assert not named(page, owner, run)
    assert "no longer leads the group Easy" in page.as_(owner).get("/notifications").words


def test_whoever_chooses_themselves_has_agreed(page, owner):
    run = make_run(owner, starts_local=in_days(3))
    choose(page.as_(owner), run, owner)
    assert group_of(run).leader_agreed_at is not None
    assert not heard(owner, "run_lead_asked")


@pytest.mark.parametrize("how", ["another", "nobody", "removed"])
def test_another_choice_takes_the_question_back(page, owner, nima, how):
    run = asked_run(page, owner, nima)
    if how == "removed":
        choose(page.as_(owner), run, None, name="", **{"pace_groups-0-pace": ""})
    else:
        choose(page.as_(owner), run, owner if how == "another" else None)
    answer = page.as_(nima).post(f"/runs/{run.id}/lead", {"answer": "yes", "group": str(run.id)}, 303)
    assert answer.location == f"/runs/{run.id}"
    [notice] = heard(nima, "run_lead_asked")
    assert notice.read_at is not None
    assert not named(page, owner, run)


@pytest.mark.parametrize("agreed", [False, True])
@pytest.mark.parametrize("how", ["leaves", "interested", "blocks", "put out"])
def test_it_ends_when_they_leave_or_are_hidden(page, owner, stranger, nima, how, agreed):
    run = asked_run(page, owner, nima)
    if agreed:
        say(page.as_(nima), run, "yes")
    if how == "leaves":
        page.as_(nima).post(f"/runs/{run.id}/leave", {}, 303)
    elif how == "interested":
        page.as_(nima).post(f"/runs/{run.id}/join", {"status": "INTERESTED"}, 303)
    elif how == "blocks":
        page.as_(nima).post(f"/people/{owner.id}/block", {}, 303)
    else:
        place = select(Participation.id).where(Participation.person_id == nima.id, Participation.run_id == run.id)
        page.as_(owner).post(
            f"/runs/{run.id}/participants/{db.session.scalar(place)}", {"status": "LEFT", "note": ""}, 303
        )
    assert group_of(run).leader_id is None
    assert not named(page, stranger, run)


def test_a_co_organiser_leads_without_running_and_counts_when_they_join(page, owner, nima):
    run = make_run(owner, starts_local=in_days(3))
    add_organiser(run, nima)
    choose(page.as_(owner), run, nima)
    group = group_of(run)
    group.size = 1
    take_part(run, pace_group_id=group.id)
    say(page.as_(nima), run, "yes")
    assert page.as_(nima).get(f"/runs/{run.id}/join", 303).location == f"/runs/{run.id}", "no group is asked for"
    page.as_(nima).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    own = select(Participation.pace_group_id).where(Participation.person_id == nima.id)
    assert db.session.scalar(own) == group_of(run).id
    assert "Which group do you run in?" not in page.as_(nima).get(f"/runs/{run.id}").words
    page.as_(nima).post(f"/runs/{run.id}/leave", {}, 303)
    assert group_of(run).leader_id == nima.id, "who organises the run leads a group without running"
    page.as_(nima).post(f"/runs/{run.id}/organisers/me", {"answer": "no"}, 303)
    assert group_of(run).leader_id is None


def test_who_goes_already_counts_in_the_group_from_the_yes_on(page, owner, nima):
    run = asked_run(page, owner, nima)
    say(page.as_(nima), run, "yes")
    own = select(Participation.pace_group_id).where(Participation.person_id == nima.id)
    assert db.session.scalar(own) == group_of(run).id


def test_nobody_answers_for_another_or_too_late(page, owner, stranger, nima):
    run = asked_run(page, owner, nima)
    take_part(run, stranger)
    group = {"answer": "yes", "group": str(group_of(run).id)}
    page.as_(stranger).post(f"/runs/{run.id}/lead", group, 303)
    page.as_(owner).post(f"/runs/{run.id}/lead", group, 303)
    page.as_(None).post(f"/runs/{run.id}/lead", group, 303)
    with clock.frozen(run.starts_at + timedelta(minutes=1)):
        page.as_(nima).post(f"/runs/{run.id}/lead", group, 303)
        assert "asks you to lead" not in page.as_(nima).get("/").words
    assert group_of(run).leader_agreed_at is None


def test_saving_the_run_again_asks_nobody_again(page, owner, nima):
    run = asked_run(page, owner, nima)
    choose(page.as_(owner), run, nima)
    say(page.as_(nima), run, "yes")
    choose(page.as_(owner), run, nima, name="Sociable")
    assert len(heard(nima, "run_lead_asked")) == 1
    assert named(page, owner, run)


def test_a_series_asks_once_and_its_later_runs_keep_the_leader(page, owner, nima, work_off):
    series = make_series(owner)
    work_off()
    runs = list(db.session.scalars(select(Run).where(Run.series_id == series.id).order_by(Run.starts_at)))
    for run in runs:
        add_organiser(run, nima, for_series=True)
    choose(page.as_(owner), runs[0], nima, scope="all")
    assert len(heard(nima, "run_lead_asked")) == 1
    assert page.as_(nima).get("/").words.count("asks you to lead the group") == 1
    say(page.as_(nima), runs[0], "yes", series="1")
    assert all(group_of(run).leader_agreed_at is not None for run in runs)
    with clock.shifted(timedelta(days=8)):
        make_runs(series.id)
    last = db.session.scalars(
        select(Run).where(Run.series_id == series.id).order_by(Run.starts_at.desc()).limit(1)
    ).one()
    assert last.starts_at > runs[-1].starts_at
    assert (group_of(last).leader_id, group_of(last).leader_for_series) == (nima.id, True)


def test_a_yes_to_one_run_is_none_to_the_later_ones(page, owner, nima, work_off):
    series = make_series(owner)
    work_off()
    runs = list(db.session.scalars(select(Run).where(Run.series_id == series.id).order_by(Run.starts_at)))
    for run in runs:
        take_part(run, nima)
        choose(page.as_(owner), run, None)
    choose(page.as_(owner), runs[0], nima)
    say(page.as_(nima), runs[0], "yes")
    choose_in_series(owner, runs[0], runs, ["Easy"])
    assert named(page, owner, runs[0])
    for run in runs[1:]:
        group = group_of(run)
        assert (group.leader_id, group.leader_asker_id, group.leader_agreed_at) == (nima.id, owner.id, None)
        assert not named(page, None, run)


def test_a_form_that_was_opened_before_takes_nobody_away(page, owner, nima):
    run = make_run(owner, starts_local=in_days(3))
    take_part(run, nima)
    choose(page.as_(owner), run, None)
    older = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    choose(page.as_(owner), run, nima)
    say(page.as_(nima), run, "yes")
    older.fill(description="A typo mended").submit(status=303)
    assert named(page, owner, run)
    choose(page.as_(owner), run, None)
    assert not named(page, owner, run)


def test_two_groups_of_one_name_are_refused(page, owner):
    run = make_run(owner, starts_local=in_days(3))
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    for number, name in enumerate(("Easy", " easy ")):
        form.values[f"pace_groups-{number}-name"], form.values[f"pace_groups-{number}-pace"] = name, "6:30"
    assert form.submit(status=422).error_of("pace_groups-1-name") == "Another group has this name already."


def test_an_old_leader_who_was_never_asked_is_asked_by_the_owner(page, owner, nima):
    run = make_run(owner, starts_local=in_days(3))
    take_part(run, nima)
    made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=390, leader_id=nima.id, leader_asker_id=owner.id)
    assert f"{owner.name} asks you to lead the group Easy" in page.as_(nima).get("/").words
