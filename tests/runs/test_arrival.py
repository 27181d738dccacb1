"""What somebody who has arrived sees, and marks that are taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.attendance.models import Attendance
from hampa.platform import clock
from tests.factories.runs import make_run, place_of, take_part
from tests.html import words
from tests.runs.test_attendance import after, mark, meeting, path


@pytest.fixture
def run(owner):
    return make_run(owner, duration_min=60, meet_minutes_before=15)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_mark_is_taken_back(page, owner, run, states, db_session, htmx):
    person = take_part(run)
    key = f"mark-{place_of(run, person)}"
    browser = page.as_(owner)
    with meeting(run):
        assert not browser.get(path(run)).all(id=f"{key}-none")
        mark(browser, run, COMPLETED=person)
        assert browser.get(path(run)).one(id=f"{key}-none").get("value") == ""
        fields = {key: "", key.replace("mark-", "was-"): "COMPLETED"}
        (browser.htmx if htmx else browser).post(path(run), fields, 200 if htmx else 303)
        seen = browser.get(path(run))
        assert words(seen.one(id="counts")) == "0 of 1 here"
        assert not seen.all(id=f"{key}-none")
    row = db_session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    assert (row.marked, row.marked_at, row.marked_by_id) == (None, None, None)


def test_a_mark_that_is_taken_back_after_the_run_counts_no_more(page, owner, run, states):
    person = take_part(run)
    with after(run):
        mark(page.as_(owner), run, NO_SHOW=person)
        assert states(run) == {person.id: "NO_SHOW"}
        key = f"mark-{place_of(run, person)}"
        page.as_(owner).post(path(run), {key: "", key.replace("mark-", "was-"): "NO_SHOW"}, 303)
    assert states(run) == {person.id: "GOING"}


def test_who_has_arrived_is_asked_nothing_any_more(page, owner, companion, run):
    take_part(run, companion)
    browser = page.as_(companion)
    with meeting(run):
        before = browser.get(f"/runs/{run.id}", 200)
        assert f"/runs/{run.id}/ticket" in before.links
        assert "Running late?" in before.words
        mark(page.as_(owner), run, COMPLETED=companion)
        seen = browser.get(f"/runs/{run.id}", 200)
        assert "You are here" in seen.words
        assert not [link for link in seen.links if link.endswith("/ticket")]
        assert "Running late?" not in seen.words
    with clock.frozen(run.starts_at + timedelta(minutes=5)):
        seen = browser.get(f"/runs/{run.id}", 200)
        assert "You are here" in seen.words
        assert "This run has begun." not in seen.words
        assert not seen.all("div", class_="notice-stop")
        assert "Running late?" not in seen.words
