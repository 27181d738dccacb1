"""The rules of taking part, broken on purpose: by who comes, and by who organises."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, OFFERED, REQUESTED, Participation
from hampa.runs.models.run import PaceGroup
from tests.factories.base import made
from tests.factories.runs import in_days, make_run, place_of, take_part
from tests.factories.series import first_run
from tests.plans.saving import save


def a_group(run, size: int, position: int = 0) -> PaceGroup:
    return made(PaceGroup, run_id=run.id, position=position, name="Easy", pace=360, size=size)


def in_group(group: PaceGroup) -> int:
    people = select(func.sum(1 + Participation.guests)).where(Participation.pace_group_id == group.id)
    return db.session.scalar(people) or 0


def test_guests_find_no_way_into_a_pace_group_that_is_full(page, owner, stranger):
    run = make_run(owner, guests_allowed=3)
    group = a_group(run, size=2)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "pace_group": str(group.id)}, 303)
    refused = browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "3"}, 422)
    assert "group is full" in refused.words
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "1"}, 303)
    assert in_group(group) == 2


def test_who_leaves_a_full_group_may_bring_guests_along_at_once(page, owner, stranger):
    run = make_run(owner, guests_allowed=3)
    small, large = a_group(run, size=1), a_group(run, size=9, position=1)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "pace_group": str(small.id)}, 303)
    browser.post(f"/runs/{run.id}/join", {"pace_group": str(large.id), "guests": "3"}, 303)
    assert (in_group(small), in_group(large)) == (0, 4)


def test_nobody_new_comes_as_a_guest_once_joining_is_closed(page, owner, stranger):
    run = make_run(owner, guests_allowed=3)
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "1"}, 303)
    run.joining_closes_at = clock.now()
    db.session.commit()
    assert "Joining is closed" in browser.post(f"/runs/{run.id}/join", {"guests": "3"}, 422).words
    browser.post(f"/runs/{run.id}/join", {"guests": "0", "note": "alone after all"}, 303)
    db.session.refresh(run)
    assert run.taken == 1


def test_coming_every_time_opens_no_run_that_only_a_link_leads_to(page, owner, stranger, states, work_off):
    run = first_run(owner)
    work_off()
    run.visibility = "link"
    db.session.commit()
    page.as_(stranger).post(f"/series/{run.series_id}/join", status=303)
    assert states(run) == {}
    assert f"/runs/{run.id}" not in page.as_(stranger).get("/me/runs").text


@pytest.mark.parametrize("status", [OFFERED, REQUESTED])
def test_who_has_an_offer_or_asks_hears_that_the_run_moved_and_is_off(page, owner, told, texted, work_off, status):
    run = make_run(owner, capacity=2, join_policy="approval")
    held = take_part(run, status=status)
    browser = page.as_(owner)
    save(browser.get(f"/runs/{run.id}/edit").form(), place="The other gate")
    work_off()
    browser.get(f"/runs/{run.id}/cancel").form().submit(status=303)
    work_off()
    assert told(held) == texted(held) == ["run_changed", "run_cancelled"]


def test_who_holds_an_offer_takes_no_second_place_when_an_organiser_says_they_come(page, owner, states):
    run = make_run(owner, capacity=2)
    take_part(run)
    held = take_part(run, status=OFFERED)
    page.as_(owner).post(f"/runs/{run.id}/participants/{place_of(run, held)}", {"status": "GOING"}, 303)
    db.session.refresh(run)
    assert (states(run)[held.id], run.taken, run.offered) == (GOING, 2, 0)


def test_the_offer_of_somebody_whose_number_is_typed_stays_as_it_was(page, owner, states):
    """The row that a number moved would show whose it is; the offer ends with the start."""
    run = make_run(owner, capacity=2)
    take_part(run)
    held = take_part(run, status=OFFERED, offer_ends_at=run.starts_at)
    with clock.frozen(run.starts_at - timedelta(minutes=10)):
        page.as_(owner).post(f"/runs/{run.id}/walk-ins", {"name": "Here", "phone": held.phone}, 303)
    db.session.refresh(run)
    assert (states(run)[held.id], run.taken, run.offered, run.beyond_capacity) == (OFFERED, 3, 1, 1)


def test_one_list_of_numbers_is_not_tried_at_one_run_after_another(app, page, owner, states, monkeypatch):
    tight = app.extensions["hampa.settings"].model_copy(update={"walk_ins_per_person_day": 3})
    monkeypatch.setitem(app.extensions, "hampa.settings", tight)
    here, there = make_run(owner), make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(here.starts_at):
        for nth, run in enumerate((here, there, here)):
            browser.post(f"/runs/{run.id}/walk-ins", {"name": "X", "phone": f"+98912765432{nth}"}, 303)
        refused = browser.post(f"/runs/{there.id}/walk-ins", {"name": "X", "phone": "+989127654324"}, 422)
    assert "enough numbers for one day" in refused.words
    assert (len(states(here)), len(states(there))) == (2, 1)
    with clock.frozen(here.starts_at + timedelta(days=1, minutes=1)):
        tomorrow = make_run(owner, starts_local=in_days(3))
    with clock.frozen(tomorrow.starts_at):
        browser.post(f"/runs/{tomorrow.id}/walk-ins", {"name": "X", "phone": "+989127654324"}, 303)
