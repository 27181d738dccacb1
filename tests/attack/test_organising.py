"""What an organiser with bad intent, or a careless client, asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.organising.actions.publishing import refuse_flood
from hampa.people.models import Person
from hampa.plans.actions import RunPlan, publish_run
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import REQUESTED
from hampa.runs.models.run import Run, RunOrganiser
from tests.attack.conftest import few
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, add_organiser, in_days, make_run, take_part
from tests.factories.series import first_run
from tests.races import at_once


def published(organiser) -> int:
    return db.session.scalar(select(func.count()).where(Run.organiser_id == organiser.id)) or 0


def test_nobody_fills_the_list_with_runs_of_their_own(app, page, owner, work, monkeypatch):
    few(app, monkeypatch, runs_per_person_day=3)
    browser = page.as_(owner)
    browser.post("/runs/new", SHORT_FORM, 303)
    browser.post("/runs/new", SHORT_FORM | {"repeats": "weekly"}, 303)
    work()
    made = published(owner)
    assert made > 3, "those that the worker makes of a series are not asked for one by one"
    model = db.session.scalars(select(Run.id).where(Run.series_id.is_(None))).one()
    browser.post(f"/runs/{model}/copy", SHORT_FORM, 303)
    for path in ("/runs/new", f"/runs/{model}/copy"):
        assert "enough runs for one day" in browser.post(path, SHORT_FORM, 422).words
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        browser.post("/runs/new", SHORT_FORM, 303)
    assert published(owner) == made + 2


def test_runs_published_at_one_instant_are_all_counted(real_database, monkeypatch):
    few(real_database, monkeypatch, runs_per_person_day=2)
    with real_database.app_context():
        sara_id = make_person().id
        db.session.commit()

    def publish() -> None:
        sara = db.session.get_one(Person, sara_id)
        refuse_flood(sara)
        publish_run(sara, RunPlan(title="Run", starts_local=in_days(2), timezone="Asia/Tehran", place="Park"))

    assert sorted(at_once(real_database, [publish] * 6)) == ["Refused"] * 4 + ["done"] * 2


@pytest.mark.parametrize(
    ("asker", "opened"),
    [("owner", (1, 1, 1)), ("of one run", (1, 0, 0)), ("of all", (1, 1, 1)), ("of all but one", (1, 0, 1))],
)
def test_who_is_asked_organises_no_runs_of_a_series_that_the_asker_does_not(page, owner, asker, opened):
    first = first_run(owner)
    starts = [first.starts_local + timedelta(weeks=week) for week in (1, 2)]
    later = [make_run(owner, series_id=first.series_id, starts_local=at, occurrence_on=at.date()) for at in starts]
    inviting, friend = owner, make_person()
    if asker != "owner":
        inviting = add_organiser(first, for_series=asker != "of one run")
        for run in {"of all": later, "of all but one": later[1:]}.get(asker, []):
            add_organiser(run, inviting, for_series=True)
    page.as_(inviting).post(f"/runs/{first.id}/organisers", {"organisers": friend.phone}, 303)
    theirs = page.as_(friend)
    offered = any("series" in form.names for form in theirs.get(f"/runs/{first.id}/invitation", 200).forms)
    theirs.post(f"/runs/{first.id}/invitation", {"answer": "yes", "series": "1"}, 303)
    assert tuple(theirs.get(f"/runs/{run.id}/edit").status == 200 for run in (first, *later)) == opened
    row = select(RunOrganiser).where(RunOrganiser.run_id == first.id, RunOrganiser.person_id == friend.id)
    assert offered is db.session.scalars(row).one().for_series is (asker != "of one run")


@pytest.mark.parametrize("person", ["", " ", "\u200c"])
def test_an_answer_to_nobody_in_particular_is_no_answer_to_all(page, owner, states, person):
    run = make_run(owner, join_policy="approval")
    asks = take_part(run, status=REQUESTED)
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "yes", "person": person}, 422)
    assert states(run) == {asks.id: REQUESTED}


@pytest.mark.parametrize("fields", [{}, {"answer": ""}, {"answer": "maybe"}])
def test_who_did_not_say_so_does_not_step_down(page, owner, stranger, fields):
    run = make_run(owner)
    add_organiser(run, stranger)
    page.as_(stranger).post(f"/runs/{run.id}/organisers/me", fields, 422)
    assert db.session.scalars(select(RunOrganiser.person_id)).all() == [stranger.id]


def test_whoever_typed_the_old_number_does_not_learn_the_new_one(page, owner, stranger):
    run = make_run(owner)
    browser, old, new = page.as_(owner), stranger.phone, "+989127654321"
    browser.post(f"/runs/{run.id}/organisers", {"organisers": old}, 303)
    assert old[-7:] in browser.get(f"/runs/{run.id}/organisers").words.replace(" ", "")
    stranger.phone = new
    db.session.commit()
    assert new[-7:] not in browser.get(f"/runs/{run.id}/organisers").words.replace(" ", "")
