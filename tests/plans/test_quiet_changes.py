"""A small change that people need not hear of: who is told of what, and what can never be left out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.platform.db import db
from hampa.runs.models.run import PaceGroup, Run
from tests.factories.runs import add_organiser, make_run, take_part
from tests.factories.series import make_series
from tests.plans.saving import save


@pytest.fixture
def run(owner):
    return make_run(owner, title="Lake loop", place="North gate")


def saved(page, owner, run, **fields):
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    return save(form, **fields).follow()


def changes_told(person):
    query = select(Notification.data).where(Notification.person_id == person.id, Notification.type == "run_changed")
    return [sorted(data["changes"]) for data in db.session.scalars(query)]


SMALL = {"title": "Lake loop, easy", "distance_km": "9", "description": "Tea after it."}


def test_the_form_says_how_many_are_told_and_the_answer_who_was_told_of_what(page, owner, run, work_off):
    goes, waits, asks = take_part(run), take_part(run, status="WAITLISTED"), take_part(run, status="INTERESTED")
    assert "3 people take part and will be told" in page.as_(owner).get(f"/runs/{run.id}/edit", 200).words
    answer = saved(page, owner, run, **SMALL)
    work_off()
    assert "Saved. We'll tell 3 people: title, description, distance." in answer.words
    assert [changes_told(person) for person in (goes, waits, asks)] == [[["description", "distance_km", "title"]]] * 3


def test_a_small_change_is_left_out_for_everybody_also_who_organises_it_too(page, owner, run, texted, work_off):
    people = [take_part(run), take_part(run, status="INTERESTED"), add_organiser(run)]
    answer = saved(page, owner, run, quietly="1", **SMALL)
    work_off()
    assert "Saved without telling anybody." in answer.words
    assert [changes_told(person) for person in people] == [[], [], []]
    assert texted(people[0]) == []
    assert (run.title, run.sequence) == ("Lake loop, easy", 1)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"starts_at": "07:15"}, ["starts_local"]),
        ({"place": "South gate"}, ["place"]),
        ({"pin": "35.75, 51.3"}, ["latitude", "longitude"]),
        ({"meet_minutes_before": "15"}, ["meet_minutes_before"]),
    ],
)
def test_time_and_place_are_told_in_any_case_and_nothing_else_with_them(page, owner, run, work_off, fields, told):
    goes = take_part(run)
    answer = saved(page, owner, run, quietly="1", **SMALL, **fields)
    work_off()
    assert "Saved. We'll tell 1 person: " in answer.words
    assert "distance" not in answer.words.partition("1 person: ")[2].partition(".")[0]
    assert changes_told(goes) == [told]


def test_who_ran_in_a_removed_group_is_asked_again_in_any_case(page, owner, run, told, work_off):
    group = PaceGroup(run_id=run.id, position=0, name="Easy", pace=390)
    db.session.add(group)
    db.session.flush()
    goes = take_part(run, pace_group_id=group.id)
    empty = {"pace_groups-0-name": "", "pace_groups-0-pace": ""}
    saved(page, owner, run, quietly="1", **empty)
    work_off()
    assert told(goes) == ["run_group_removed"]


def test_where_nobody_takes_part_nothing_is_asked_and_nothing_said(page, owner, run):
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    assert "quietly" not in form.names
    words = form.fill(title="Another one").submit(status=303).follow().words
    assert "Saved." in words and "told" not in words.partition("Saved.")[2][:40]


def test_in_a_series_small_changes_of_all_runs_are_left_out_too(page, owner, told, work_off):
    series = make_series(owner)
    work_off()
    first, second = db.session.scalars(
        select(Run).where(Run.series_id == series.id).order_by(Run.starts_at).limit(2)
    ).all()
    goes = take_part(second)
    take_part(first)
    form = page.as_(owner).get(f"/runs/{first.id}/edit?scope=all", 200).form()
    form.fill(level="beginner", quietly="1").submit(status=303)
    work_off()
    assert told(goes) == []
    form = page.as_(owner).get(f"/runs/{first.id}/edit?scope=all", 200).form()
    save(form, level="advanced", place="South gate", quietly="1")
    work_off()
    data = db.session.scalars(select(Notification.data).where(Notification.person_id == goes.id)).one()
    assert data["changes"] == ["place"]
