"""Pace groups keep their people when an organiser changes, moves or removes a group."""

from __future__ import annotations

from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, Run
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, in_days, make_run, take_part
from tests.factories.series import make_series

PACES = {"Fast": 270, "Medium": 330, "Easy": 390}


def grouped(run):
    """Give a run three pace groups with one person each, and return these by the name of the group."""
    groups = [
        made(PaceGroup, run_id=run.id, position=position, name=name, pace=pace)
        for position, (name, pace) in enumerate(PACES.items())
    ]
    run.paces = tuple(sorted(PACES.values()))
    return {group.name: take_part(run, pace_group_id=group.id) for group in groups}


def group_of(person, run):
    """Return the name of the group in which somebody runs, None without one."""
    db.session.expire_all()
    query = select(PaceGroup.name).join(Participation, Participation.pace_group_id == PaceGroup.id)
    return db.session.scalar(query.where(Participation.person_id == person.id, Participation.run_id == run.id))


def heard(person):
    query = select(Notification.type).where(Notification.person_id == person.id)
    return set(db.session.scalars(query))


def save(browser, run, **fields):
    form = browser.get(f"/runs/{run.id}/edit", 200).form()
    form.fill(**{name.replace("__", "-"): value for name, value in fields.items()}).submit(status=303)


def emptied(number):
    return {f"pace_groups__{number}__name": "", f"pace_groups__{number}__pace": ""}


def test_who_ran_in_a_removed_group_is_asked_again_and_the_others_stay(page, owner):
    run = make_run(owner)
    people = grouped(run)
    save(page.as_(owner), run, **emptied(0))
    assert {name: group_of(person, run) for name, person in people.items()} == {
        "Fast": None,
        "Medium": "Medium",
        "Easy": "Easy",
    }
    assert {name: "run_group_removed" in heard(person) for name, person in people.items()} == {
        "Fast": True,
        "Medium": False,
        "Easy": False,
    }
    fast = page.as_(people["Fast"])
    assert "Which group do you run in?" in fast.get(f"/runs/{run.id}", 200).words
    assert "Your pace group" in fast.get("/notifications", 200).words
    assert "Which group do you run in?" not in page.as_(people["Easy"]).get(f"/runs/{run.id}", 200).words


def test_a_group_keeps_its_people_under_a_new_name_and_in_another_place(page, owner):
    run = make_run(owner)
    people = grouped(run)
    browser = page.as_(owner)
    rows = dict(browser.get(f"/runs/{run.id}/edit", 200).form().values.items())
    ids = [rows[f"pace_groups-{number}-group_id"] for number in range(3)]
    swapped = {"pace_groups-0-group_id": ids[2], "pace_groups-2-group_id": ids[0], "pace_groups-0-name": "Sociable"}
    browser.post(f"/runs/{run.id}/edit", rows | swapped, 303)
    assert [group_of(people[name], run) for name in PACES] == ["Easy", "Medium", "Sociable"]
    assert not any("run_group_removed" in heard(person) for person in people.values())


def test_a_client_that_sends_no_ids_keeps_the_groups_of_the_same_name(page, owner):
    run = make_run(owner)
    people = grouped(run)
    fields = {"pace_groups-0-name": "Easy", "pace_groups-0-pace": "6:30", "sequence": "0"}
    page.as_(owner).post(f"/runs/{run.id}/edit", SHORT_FORM | fields, 303)
    assert [group_of(people[name], run) for name in PACES] == [None, None, "Easy"]


def test_the_groups_of_another_run_are_not_mine(page, owner):
    run, other = make_run(owner), make_run()
    people = grouped(other)
    theirs = str(db.session.scalars(select(PaceGroup.id).where(PaceGroup.name == "Fast")).one())
    fields = {"pace_groups-0-group_id": theirs, "pace_groups-0-name": "Mine", "pace_groups-0-pace": "5:00"}
    page.as_(owner).post(f"/runs/{run.id}/edit", SHORT_FORM | fields | {"sequence": "0"}, 303)
    assert group_of(people["Fast"], other) == "Fast"
    assert [group.name for group in db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == run.id))] == ["Mine"]


def test_in_a_series_the_people_of_all_runs_stay_in_their_groups(page, owner, work_off):
    series = make_series(owner)
    work_off()
    first, second = series_runs(series)[:2]
    browser = page.as_(owner)
    form = browser.get(f"/runs/{first.id}/edit", 200).form()
    for _ in range(2):
        form = form.submit("Add a pace group", status=422).form()
    groups = {
        f"pace_groups-{number}-{name}": value
        for number, (group, pace) in enumerate({"Fast": "4:30", "Medium": "5:30", "Easy": "6:30"}.items())
        for name, value in (("name", group), ("pace", pace))
    }
    form.fill(scope="all", **groups).submit(status=303)
    ids = {group.name: group.id for group in db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == second.id))}
    people = {name: take_part(second, pace_group_id=group_id) for name, group_id in ids.items()}
    form = browser.get(f"/runs/{first.id}/edit", 200).form()
    removed = {"pace_groups-0-name": "", "pace_groups-0-pace": "", "pace_groups-1-name": "Steady"}
    form.fill(scope="all", **removed).submit(status=303)
    assert [group_of(people[name], second) for name in PACES] == [None, "Steady", "Easy"]
    assert ["run_group_removed" in heard(people[name]) for name in PACES] == [True, False, False]


def test_a_leader_of_a_pace_group_can_be_chosen(page, owner, companion, stranger):
    run = make_run(owner, starts_local=in_days(3))
    take_part(run, companion)
    browser = page.as_(owner)
    for person, status in ((companion, 303), (owner, 303), (stranger, 422)):
        form = browser.get(f"/runs/{run.id}/edit", 200).form()
        fields = {"name": "Easy", "pace": "6:30", "leader": str(person.id)}
        for name, value in fields.items():
            form.values[f"pace_groups-0-{name}"] = value
        answer = form.submit(status=status)
        if status == 422:
            assert answer.error_of("pace_groups-0-leader")
        else:
            leader = select(PaceGroup.leader_id).where(PaceGroup.run_id == run.id)
            assert db.session.scalar(leader) == person.id
    own = {"pace_groups-0-name": "Easy", "pace_groups-0-pace": "6:30", "pace_groups-0-leader": str(owner.id)}
    browser.post("/runs/new", SHORT_FORM | own, 303)


def series_runs(series):
    return list(db.session.scalars(select(Run).where(Run.series_id == series.id).order_by(Run.starts_at)))


def test_a_leader_is_named_once_they_have_agreed(page, visitor, owner, stranger, companion):
    run, leader = make_run(owner), make_person(name="Nima Tehrani", profile_visibility="companions")
    take_part(run, leader)
    group = made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=390, leader_id=leader.id)
    invalidate_listing()
    for viewer in (visitor, stranger, companion):
        seen = page.as_(viewer).get(f"/runs/{run.id}").words
        assert "Easy" in seen and "with Nima" not in seen and "asked to lead" not in seen
    assert "Nima Tehrani is asked to lead" in page.as_(owner).get(f"/runs/{run.id}").words
    group.leader_agreed_at = clock.now()
    invalidate_listing()
    for viewer in (visitor, stranger, companion, owner):
        assert "with Nima Tehrani" in page.as_(viewer).get(f"/runs/{run.id}").words
