"""Running late: one tap on the way, seen by the organisers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import Participation
from tests.factories.runs import make_run, take_part


def late_of(run, person):
    return db.session.scalar(
        select(Participation.late_min).where(Participation.run_id == run.id, Participation.person_id == person.id)
    )


def test_who_comes_says_by_a_tap_that_they_are_late_and_takes_it_back(page, stranger):
    run = make_run(meet_minutes_before=15)
    take_part(run, stranger)
    browser = page.as_(stranger)
    with clock.frozen(run.meets_at - timedelta(minutes=30)):
        assert "Running late?" in browser.get(f"/runs/{run.id}").words
        browser.post(f"/runs/{run.id}/late", {"minutes": "10"}, 303)
        assert late_of(run, stranger) == 10
        assert "10 minutes late" in browser.get(f"/runs/{run.id}").words
        browser.htmx.post(f"/runs/{run.id}/late", {"minutes": "0"}, 200)
        assert late_of(run, stranger) is None


@pytest.mark.parametrize("minutes_after_start", [-140, 30])
def test_it_is_too_early_or_too_late_for_saying_so(page, stranger, minutes_after_start):
    run = make_run()
    take_part(run, stranger)
    browser = page.as_(stranger)
    with clock.frozen(run.starts_at + timedelta(minutes=minutes_after_start)):
        assert "Running late?" not in browser.get(f"/runs/{run.id}").words
        assert "only around the start" in browser.post(f"/runs/{run.id}/late", {"minutes": "5"}, 422).words
    assert late_of(run, stranger) is None


def test_only_who_comes_can_be_late(page, stranger, companion):
    run = make_run()
    take_part(run, companion, "INTERESTED")
    with clock.frozen(run.starts_at):
        for person in (stranger, companion):
            assert "Running late?" not in page.as_(person).get(f"/runs/{run.id}").words
            page.as_(person).post(f"/runs/{run.id}/late", {"minutes": "5"}, 422)


@pytest.mark.parametrize("minutes", ["7", "-5", "", "soon"])
def test_other_answers_change_nothing(page, stranger, minutes):
    run = make_run()
    take_part(run, stranger)
    with clock.frozen(run.starts_at):
        page.as_(stranger).post(f"/runs/{run.id}/late", {"minutes": minutes}, 422)
    assert late_of(run, stranger) is None
