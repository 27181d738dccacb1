"""Series: published by one form, made eight weeks ahead, each run once, at the same clock time all year."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from persiantools.jdatetime import JalaliDate
from sqlalchemy import func, select

from hampa.people.actions import block, reinstate, suspend
from hampa.people.models import Person
from hampa.plans.actions import PaceGroupPlan, RunPlan, plan_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.running import run_due
from hampa.platform.locale.recurrence import Rule
from hampa.platform.texts.cleaning import to_persian_digits
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run, RunOrganiser
from hampa.series.actions.series import create_series, make_runs
from hampa.series.jobs import continue_series
from hampa.series.models import Series
from tests.factories.base import made
from tests.factories.files import sample, sent
from tests.factories.people import make_person
from tests.factories.series import first_run
from tests.html import words
from tests.plans.saving import save
from tests.races import at_once

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
FORM = {"title": "Tuesday hills", "starts_on": "2026-11-24", "starts_at": "06:00", "place": "Chitgar, north gate"}


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


def the_series() -> Series:
    db.session.expire_all()
    return db.session.scalars(select(Series)).one()


def runs_made() -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).order_by(Run.starts_at)))


def days_made() -> list[date]:
    return [run.starts_local.date() for run in runs_made()]


def begin(organiser: Person, at: datetime, zone: str = "Asia/Tehran", **rule) -> Run:
    return first_run(organiser, starts_local=at, timezone=zone, rule=rule)


def tuesday(hour: int = 6, minute: int = 0, day: date = TUESDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a wall clock


def publish(page, person, status=303, **fields):
    return page.as_(person).get("/runs/new").form().fill(**FORM, **fields).submit(status=status)


def test_a_weekly_run_is_published_and_the_worker_makes_the_next_eight_weeks(page, owner, work_off):
    answer = publish(page, owner, repeats="weekly", days=["tue", "thu"])
    (first,) = runs_made()
    assert answer.location == f"/runs/{first.id}"
    assert (first.starts_local, first.occurrence_on) == (tuesday(), TUESDAY)
    work_off()
    days = [TUESDAY + timedelta(days=7 * week + extra) for week in range(8) for extra in (0, 2)]
    assert days_made() == [day for day in days if day <= NOW.date() + timedelta(weeks=8)]
    there = runs_made()
    assert {run.series_id for run in there} == {the_series().id}
    assert {(run.title, run.place, run.organiser_id) for run in there} == {(first.title, first.place, owner.id)}
    assert "Every Tuesday and Thursday at 6:00" in page.as_(None).get(f"/runs/{there[3].id}").words
    assert f"/runs/{there[4].id}" in page.as_(None).get(f"/runs/{there[3].id}").links


def test_without_repeats_it_is_one_run(page, owner):
    publish(page, owner, every_weeks="90", days=["fri"], ends_on="yesterday", times="x")
    (run,) = runs_made()
    assert (run.series_id, run.occurrence_on) == (None, None)
    assert "It repeats" not in page.as_(owner).get(f"/runs/{run.id}").words


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"repeats": "weekly"}, "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;WKST=MO"),
        ({"repeats": "weekly", "times": "12"}, "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;COUNT=12;WKST=MO"),
        ({"repeats": "weeks", "every_weeks": "3"}, "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU;WKST=MO"),
        ({"repeats": "monthly"}, "FREQ=MONTHLY;INTERVAL=1;BYDAY=4TU;WKST=MO"),
        ({"repeats": "monthly", "nth": "-1", "days": ["fri"]}, "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1TU;WKST=MO"),
        (
            {"repeats": "weekly", "ends_on": "2027-03-01"},
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;UNTIL=20270301T202959Z;WKST=MO",
        ),
    ],
)
def test_what_is_asked_for_becomes_a_rule(page, owner, fields, rule):
    publish(page, owner, **fields)
    assert the_series().rule == rule


def test_a_persian_week_begins_on_saturday(page):
    sara = make_person(locale="fa", calendar="solar")
    publish(page, sara, repeats="weeks", every_weeks="۲", ends_on="۱۴۰۶/۱/۱۵")
    assert the_series().rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270404T202959Z;WKST=SA"


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"repeats": "weekly", "days": ["fri"]}, "days", "on a Tuesday"),
        ({"repeats": "weeks"}, "every_weeks", "How many weeks"),
        ({"repeats": "weeks", "every_weeks": "1"}, "every_weeks", "from 2 to 26"),
        ({"repeats": "monthly", "nth": "1"}, "nth", "24 November"),
        ({"repeats": "weekly", "ends_on": "2026-11-20"}, "ends_on", "before the first"),
        ({"repeats": "weekly", "times": "1"}, "times", "from 2 to 520"),
        ({"repeats": "weekly", "times": "3", "ends_on": "2027-01-01"}, "times", "not both"),
    ],
)
def test_what_makes_no_rule_is_refused_beside_its_field(page, owner, fields, field, says):
    answer = publish(page, owner, status=422, **fields)
    assert says in words(answer.one(id=f"{field}-error"))
    opened = [fold for fold in answer.all("details", **{"class": "more"}) if "open" in fold.attrib]
    assert len(opened) == 1 and words(opened[0]).startswith("Repeats"), "the section with the error, and no other"
    assert runs_made() == []


@pytest.mark.parametrize("name", ["repeats", "days", "nth"])
def test_choices_that_are_not_offered_are_refused(page, owner, name):
    answer = page.as_(owner).post("/runs/new", FORM | {"repeats": "weekly", name: "yearly"})
    assert answer.status == 422
    assert runs_made() == []


def test_time_goes_on_and_each_run_is_made_once(owner, work_off):
    begin(owner, tuesday())
    for day in range(0, 70, 5):
        with clock.frozen(NOW + timedelta(days=day)):
            continue_series()
            continue_series()
            work_off()
            assert days_made()[-1] > (NOW + timedelta(days=day + 49)).date()
    assert days_made() == [TUESDAY + timedelta(weeks=week) for week in range(len(days_made()))]
    assert len(days_made()) == 17


def test_a_worker_that_was_away_makes_no_runs_that_are_past(owner, work_off):
    begin(owner, tuesday())
    with clock.frozen(NOW + timedelta(days=100)):
        continue_series()
        work_off()
        assert all(run.starts_at > clock.now() for run in runs_made()[1:])
        assert days_made()[1] == date(2027, 3, 2)


def test_a_series_of_who_is_shut_out_makes_no_runs_until_they_are_let_in_again(owner, work_off):
    begin(owner, tuesday())
    work_off()
    suspend(owner, "suspended", None)
    db.session.flush()
    before = days_made()
    with clock.frozen(NOW + timedelta(days=14)):
        continue_series()
        work_off()
        assert days_made() == before
        reinstate(owner)
        db.session.flush()
        continue_series()
        work_off()
        assert days_made() == [*before, before[-1] + timedelta(days=7), before[-1] + timedelta(days=14)]


@pytest.mark.parametrize(("rule", "runs"), [({"count": 3}, 3), ({"until": date(2026, 12, 15)}, 4)])
def test_a_rule_that_ends_is_done(owner, work_off, rule, runs):
    begin(owner, tuesday(), **rule)
    work_off()
    assert len(days_made()) == runs
    assert the_series().next_on is None


def test_a_run_that_was_moved_or_cancelled_or_is_gone_is_not_made_again(page, owner, work_off):
    begin(owner, tuesday())
    work_off()
    _first, moved, cancelled, gone, *_others = runs_made()
    save(page.as_(owner).get(f"/runs/{moved.id}/edit").form(), starts_on="2026-12-02")
    page.as_(owner).post(f"/runs/{cancelled.id}/cancel", {"reason": "Snow"}, 303)
    db.session.delete(gone)
    db.session.flush()
    before = days_made()
    assert before[1] == date(2026, 12, 2)
    make_runs(the_series().id)
    assert days_made() == before


def test_who_organises_one_with_its_owner_organises_the_next_too(owner, companion, work_off):
    first = begin(owner, tuesday())
    agreed = {"agreed_at": clock.now(), "for_series": True}
    made(RunOrganiser, run_id=first.id, person_id=companion.id, added_by_id=owner.id, **agreed)
    work_off()
    organising = select(RunOrganiser.person_id, RunOrganiser.agreed_at).where(
        RunOrganiser.run_id.in_(run.id for run in runs_made())
    )
    assert db.session.execute(organising).all() == [(companion.id, NOW)] * 8


def test_who_blocked_the_owner_or_is_shut_out_does_not_organise_the_next(owner, work_off):
    first, others = begin(owner, tuesday()), [make_person(), make_person(state="suspended")]
    for other in others:
        made(RunOrganiser, run_id=first.id, person_id=other.id, added_by_id=owner.id, agreed_at=clock.now())
    block(others[0], owner.id)
    work_off()
    assert len(runs_made()) == 8
    assert set(db.session.scalars(select(RunOrganiser.run_id))) == {first.id}


def test_each_run_has_the_route_of_the_first_once_it_was_read(page, owner, work_off):
    fields = FORM | {"repeats": "weekly", "times": "3", "route": sent(sample("komoot"), "hills.gpx")}
    page.as_(owner).post("/runs/new", fields, 303)
    work_off()
    with clock.frozen(NOW + timedelta(minutes=1)):
        work_off()
    there = runs_made()
    routes = db.session.scalars(select(RunRoute).where(RunRoute.run_id.in_(run.id for run in there))).all()
    assert len(there) == len(routes) == len({route.gpx for route in routes}) == 3
    assert len({route.distance_m for route in routes}) == 1
    (far,) = {run.distance_km for run in there}
    assert far is not None, "how far it is, each says as the first does"


def test_a_day_that_is_skipped_has_no_run(owner, work_off):
    begin(owner, tuesday())
    the_series().skipped = ["2026-12-08"]
    work_off()
    assert days_made()[:3] == [TUESDAY, date(2026, 12, 1), date(2026, 12, 15)]


def test_two_workers_at_once_make_each_run_once(real_database):
    with clock.frozen(NOW):
        first = begin(make_person(), tuesday())
        series_id: uuid.UUID = first.series_id
        db.session.commit()
        assert at_once(real_database, [lambda: make_runs(series_id)] * 6) == ["done"] * 6
    assert db.session.scalar(select(func.count()).select_from(Run)) == 8
    assert run_due("normal", lambda: False) == 1
    assert db.session.scalar(select(func.count()).select_from(Run)) == 8


def test_the_tables_refuse_a_second_run_of_a_day(owner, work_off):
    """The control: even without the series' lock no day has two runs."""
    begin(owner, tuesday())
    work_off()
    one, other, *_others = runs_made()
    other.occurrence_on = one.occurrence_on
    with pytest.raises(Exception, match="uq_runs_series_id_occurrence_on"):
        db.session.flush()


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Berlin", datetime(2027, 3, 1, tzinfo=UTC)),
        ("Australia/Sydney", datetime(2027, 3, 8, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 12, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2027, 4, 5, tzinfo=UTC)),
    ],
)
def test_over_a_change_of_clocks_it_stays_at_six_in_both_calendars(page, owner, work_off, zone, now):
    with clock.frozen(now):
        first = clock.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        begin(owner, tuesday(day=first), zone, days=(f"{first:%a}".lower(),))
        work_off()
        there = runs_made()
        assert {run.starts_at.astimezone(run.zone).time() for run in there} == {tuesday().time()}
        assert len({run.starts_at.time() for run in there}) == 2, "the clocks change in these eight weeks"
        persian = make_person(locale="fa", calendar="solar", timezone=zone)
        english = make_person(locale="en", calendar="gregorian", timezone=zone)
        for run in (there[0], there[-1]):
            day = run.starts_local.date()
            solar = to_persian_digits(str(JalaliDate(day).day))
            said = page.as_(persian).get(f"/runs/{run.id}").words
            assert "۶:۰۰" in said and f"{solar} " in said and "هر " in said
            said = page.as_(english).get(f"/runs/{run.id}").words
            assert "6:00" in said and f"{day.day} {day:%B}" in said and "at 6:00" in said


def test_a_time_that_clocks_skip_starts_when_they_have_gone_on(owner, work_off):
    """In Berlin on 28 March 2027 there is no 2:30; RFC 5545 has such a start an hour later by the clock."""
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        begin(owner, tuesday(2, 30, date(2027, 3, 7)), "Europe/Berlin", days=("sun",))
        work_off()
        walls = {run.occurrence_on: f"{run.starts_local:%d %H:%M}" for run in runs_made()}
        assert [walls[date(2027, 3, day)] for day in (21, 28)] == ["21 02:30", "28 03:30"]
        assert walls[date(2027, 4, 4)] == "04 02:30"


def test_where_clocks_skip_when_joining_closes_it_closes_when_they_have_gone_on(owner, work_off):
    """A series is not held up by the one day on which there is no such time."""
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        sunday = tuesday(7, 0, date(2027, 3, 7))
        plan = RunPlan(title="Sunday hills", starts_local=sunday, timezone="Europe/Berlin", place="Teufelsberg")
        plan = replace(plan, joining_closes=tuesday(2, 30, date(2027, 3, 7)))
        create_series(owner, plan, Rule(days=("sun",)))
        work_off()
        closes = {run.occurrence_on: plan_of(run).joining_closes for run in runs_made()}
        assert len(closes) == 8
        assert closes[date(2027, 3, 21)] == datetime(2027, 3, 21, 2, 30)  # noqa: DTZ001
        assert closes[date(2027, 3, 28)] == datetime(2027, 3, 28, 3, 30)  # noqa: DTZ001


def test_each_run_has_the_pace_groups_and_closes_as_long_before_its_start(owner, work_off):
    easy = PaceGroupPlan(name="Easy", pace=400, leader_id=owner.id, size=8)
    plan = RunPlan(
        title="Tuesday hills",
        starts_local=tuesday(),
        timezone="Asia/Tehran",
        place="Chitgar, north gate",
        joining_closes=tuesday() - timedelta(hours=10),
        pace_groups=(easy,),
        guests_allowed=1,
    )
    create_series(owner, plan, Rule(days=("tue",)))
    work_off()
    followed = [plan_of(run) for run in runs_made()]
    assert len(followed) == 8
    assert {plan.starts_local - plan.joining_closes for plan in followed} == {timedelta(hours=10)}
    assert {(plan.pace_groups, plan.guests_allowed) for plan in followed} == {((easy,), 1)}
