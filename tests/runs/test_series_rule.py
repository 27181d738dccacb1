"""Another rhythm for a series from some day on: what fits stays with its people, the rest is called off, the new is made."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.series.jobs import continue_series
from hampa.series.models import Series
from tests.factories.people import make_person
from tests.factories.runs import take_part
from tests.factories.series import first_run

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def hills(owner, work_off) -> list[Run]:
    """Every Tuesday at six in Tehran, made eight weeks ahead."""
    first_run(owner, starts_local=datetime.combine(TUESDAY, time(6)), title="Tuesday hills")
    work_off()
    return everything()


def everything() -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).order_by(Run.starts_at)))


def on(runs: list[Run]) -> list[date]:
    return [run.starts_local.date() for run in runs if run.cancelled_at is None]


def change(page, person, run, status=303, **fields):
    form = page.as_(person).get(f"/series/{run.series_id}/rule", 200).form()
    return form.fill(**fields).submit(status=status)


def test_a_further_day_keeps_the_runs_that_are_there_with_their_people(page, owner, hills, states, work_off):
    comes = take_part(hills[3])
    answer = change(page, owner, hills[0], starts_on="2026-12-08", repeats="weekly", days=["tue", "fri"])
    work_off()
    tuesdays = [TUESDAY + timedelta(weeks=week) for week in range(8)]
    fridays = [day + timedelta(days=3) for day in tuesdays[2:7]] + [date(2027, 1, 15)]
    assert on(everything()) == sorted({*tuesdays, *fridays})
    assert states(hills[3]) == {comes.id: "GOING"}
    assert "Every Tuesday and Friday at 6:00" in answer.follow().words
    assert "Every Tuesday at 6:00, until 7 December" in page.as_(None).get(f"/runs/{hills[1].id}").words


def test_runs_that_the_new_rhythm_does_not_have_are_called_off_and_each_is_told_once(
    page, owner, hills, texted, work_off
):
    comes, early = make_person(), make_person()
    for run in hills:
        take_part(run, comes)
    take_part(hills[1], early)
    change(
        page, owner, hills[0], starts_on="2026-12-11", repeats="weeks", every_weeks="2", days=["fri"], reason="School"
    )
    work_off()
    assert on(everything()) == [
        *[TUESDAY + timedelta(weeks=week) for week in range(3)],
        *[date(2026, 12, 11) + timedelta(weeks=2 * number) for number in range(3)],
    ]
    assert (texted(comes), texted(early)) == (["series_changed"], [])
    (notice,) = db.session.scalars(select(Notification).where(Notification.person_id == comes.id))
    assert (notice.data["runs"], notice.data["cancelled"]) == (5, True)
    assert "School" in page.as_(comes).get("/notifications").words


def test_from_the_first_run_on_it_stays_the_same_series(page, owner, hills, work_off):
    change(page, owner, hills[0], starts_on="2026-11-24", repeats="weeks", every_weeks="2")
    work_off()
    assert len(list(db.session.scalars(select(Series)))) == 1
    assert on(everything()) == [TUESDAY + timedelta(weeks=2 * number) for number in range(4)]


def test_until_a_new_rhythm_begins_far_ahead_the_old_one_goes_on(page, owner, hills, work_off):
    change(page, owner, hills[0], starts_on="2027-03-04", repeats="weekly", days=["thu"])
    for days in range(0, 120, 20):
        with clock.frozen(NOW + timedelta(days=days)):
            continue_series()
            work_off()
    tuesdays = [TUESDAY + timedelta(weeks=week) for week in range(15)]
    thursdays = [date(2027, 3, 4) + timedelta(weeks=week) for week in range(5)]
    assert on(everything())[:20] == tuesdays + thursdays


def test_neither_what_was_called_off_nor_what_is_gone_comes_back(page, owner, hills, work_off):
    page.as_(owner).post(f"/runs/{hills[2].id}/cancel", {"reason": "Snow"}, 303)
    gone = hills[3].starts_local.date()
    db.session.delete(hills[3])
    db.session.flush()
    change(page, owner, hills[0], starts_on="2026-12-01", repeats="weekly", days=["tue", "fri"])
    work_off()
    days = on(everything())
    assert hills[2].starts_local.date() not in days and gone not in days
    assert {date(2026, 12, 4), date(2026, 12, 22)} <= set(days)


@pytest.mark.parametrize(("days_later", "left"), [(0, 4), (7, 3), (14, 2), (21, 1)])
def test_a_series_that_ends_after_some_times_ends_so_too_when_only_its_days_change(
    page, owner, work_off, days_later, left
):
    run = first_run(owner, starts_local=datetime.combine(TUESDAY, time(6)), rule={"count": 4})
    work_off()
    with clock.frozen(NOW + timedelta(days=days_later)):
        answer = change(page, owner, run, days=["tue"]).follow()
        work_off()
        continue_series()
        work_off()
    assert on(everything()) == [TUESDAY + timedelta(weeks=week) for week in range(4)]
    assert "until" in answer.words or f"{left} times" in answer.words


def test_a_series_whose_count_is_used_up_begins_again(page, owner, work_off):
    run = first_run(owner, starts_local=datetime.combine(TUESDAY, time(6)), rule={"count": 2})
    work_off()
    change(page, owner, run, starts_on="2027-01-05", repeats="weekly", times="3")
    with clock.frozen(NOW + timedelta(days=30)):
        continue_series()
        work_off()
    first, second = TUESDAY, date(2027, 1, 5)
    assert on(everything()) == [
        first,
        first + timedelta(weeks=1),
        *[second + timedelta(weeks=week) for week in range(3)],
    ]


def test_the_form_says_how_it_is_now(page, owner, hills):
    values = page.as_(owner).get(f"/series/{hills[0].series_id}/rule", 200).form().values
    assert (values["repeats"], values.getlist("days"), values["starts_on"]) == ("weekly", ["tue"], "2026-11-24")


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"starts_on": "2026-12-09", "days": ["tue"]}, "days", "on a Wednesday"),
        ({"starts_on": "2026-11-17"}, "starts_on", "in the coming year"),
        ({"starts_on": "2028-11-21"}, "starts_on", "in the coming year"),
        ({"starts_on": "someday"}, "starts_on", "Enter the day in words"),
        ({"repeats": "weeks", "every_weeks": ""}, "every_weeks", "How many weeks"),
        ({"ends_on": "2026-11-20"}, "ends_on", "before the first"),
    ],
)
def test_what_makes_no_rhythm_is_refused_beside_its_field(page, owner, hills, fields, field, says):
    answer = change(page, owner, hills[0], 422, **fields)
    assert says in answer.text[answer.text.index(f'id="{field}-error"') :][:400]
    assert len(everything()) == 8


def test_a_series_that_has_ended_has_no_rhythm(page, owner, hills):
    page.as_(owner).post(f"/series/{hills[0].series_id}/end", status=303)
    assert page.as_(owner).get(f"/series/{hills[0].series_id}/rule").status == 303
    answer = page.as_(owner).post(
        f"/series/{hills[0].series_id}/rule", {"starts_on": "2026-12-01", "repeats": "weekly"}
    )
    assert answer.status == 303
    assert len(list(db.session.scalars(select(Series)))) == 1
