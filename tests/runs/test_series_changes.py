"""Changing and calling off runs of a series: this one, this and later ones, or all that have not begun."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.plans.actions import plan_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import Job, get_job
from hampa.runs.models.run import Run, RunOrganiser
from hampa.series.jobs import continue_series
from hampa.series.models import Series
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import take_part
from tests.factories.series import first_run
from tests.plans.saving import save

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TUESDAYS = [date(2026, 11, 24) + timedelta(weeks=week) for week in range(8)]


@pytest.fixture(autouse=True)
def _saturday():
    with clock.frozen(NOW):
        yield


def series_on(owner, work_off, day: date = TUESDAYS[0], **given) -> list[Run]:
    """Return a series of Sara's from a day on, at six in the morning, made eight weeks ahead."""
    run = first_run(owner, starts_local=datetime.combine(day, time(6)), title="Tuesday hills", **given)
    work_off()
    return runs_of(run.series_id)


@pytest.fixture
def hills(owner, work_off) -> list[Run]:
    """Every Tuesday at six in Tehran."""
    return series_on(owner, work_off)


def runs_of(series_id) -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).where(Run.series_id == series_id).order_by(Run.starts_at)))


def reloaded(runs: list[Run]) -> list[Run]:
    db.session.expire_all()
    return [db.session.get_one(Run, run.id) for run in runs]


def series_of(run: Run) -> Series:
    return db.session.get_one(Series, run.series_id, populate_existing=True)


def edit(page, person, run, scope, status=303, **fields):
    form = page.as_(person).get(f"/runs/{run.id}/edit", 200).form()
    if status == 303:
        return save(form, scope=scope, **fields)
    return form.fill(scope=scope, **fields).submit(status=status)


def told_of(person) -> list[Notification]:
    query = select(Notification).where(Notification.person_id == person.id, Notification.type != "run_joined")
    return list(db.session.scalars(query.order_by(Notification.created_at)))


def test_this_one_alone(page, owner, hills, work_off):
    edit(page, owner, hills[2], "one", starts_at="07:00", place="South gate")
    found = reloaded(hills)
    assert [f"{run.starts_local:%H}" for run in found] == ["06", "06", "07"] + ["06"] * 5
    assert {run.series_id for run in found} == {hills[0].series_id}
    assert "Every Tuesday at 6:00" in page.as_(None).get(f"/runs/{hills[2].id}").words


def test_all_follow_and_those_made_later_too(page, owner, hills, work_off):
    edit(page, owner, hills[3], "all", starts_at="07:15", title="Tuesday valley", capacity="12")
    found = reloaded(hills)
    assert {(run.title, run.capacity, f"{run.starts_local:%H:%M}") for run in found} == {
        ("Tuesday valley", 12, "07:15")
    }
    assert [run.starts_local.date() for run in found] == TUESDAYS
    with clock.frozen(NOW + timedelta(days=15)):
        continue_series()
        work_off()
        later = runs_of(hills[0].series_id)
        assert len(later) == 10
        assert {(run.title, run.capacity, f"{run.starts_local:%H:%M}") for run in later[8:]} == {
            ("Tuesday valley", 12, "07:15")
        }
        assert "Every Tuesday at 7:15" in page.as_(None).get(f"/series/{hills[0].series_id}").words


def test_what_a_run_was_given_on_its_own_stays(page, owner, hills):
    edit(page, owner, hills[1], "one", place="South gate")
    edit(page, owner, hills[2], "one", starts_on="2026-12-09", starts_at="18:00")
    edit(page, owner, hills[4], "all", place="East gate", starts_at="07:00", level="regular")
    found = reloaded(hills)
    assert [run.place for run in found] == ["East gate", "South gate"] + ["East gate"] * 6
    assert [f"{run.starts_local:%d %H}" for run in found][:4] == ["24 07", "01 07", "09 18", "15 07"]
    assert {run.level for run in found} == {"regular"}


def test_those_that_have_begun_or_are_called_off_stay_as_they_are(page, owner, hills, work_off):
    page.as_(owner).post(f"/runs/{hills[3].id}/cancel", {"reason": "Snow"}, 303)
    with clock.frozen(NOW + timedelta(days=12)):
        edit(page, owner, hills[5], "all", starts_at="07:00")
    assert [f"{run.starts_local:%H}" for run in reloaded(hills)] == ["06", "06", "07", "06"] + ["07"] * 4


def test_this_and_later_ones_become_a_series_of_their_own(page, owner, stranger, hills, work_off):
    page.as_(stranger).post(f"/series/{hills[0].series_id}/join", status=303)
    edit(page, owner, hills[3], "later", starts_at="07:00")
    found = reloaded(hills)
    assert [f"{run.starts_local:%H}" for run in found] == ["06"] * 3 + ["07"] * 5
    before, after = series_of(found[0]), series_of(found[3])
    assert before.id != after.id
    assert [run.series_id for run in found] == [before.id] * 3 + [after.id] * 5
    assert before.rule == "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;UNTIL=20261214T202959Z;WKST=MO"
    with clock.frozen(NOW + timedelta(days=15)):
        continue_series()
        work_off()
        assert len(runs_of(before.id)) == 3
        later = runs_of(after.id)
        assert [f"{run.starts_local:%H}" for run in later] == ["07"] * 7
        assert all(run.taken == 1 for run in later), "who comes every time does so in what was split off"


def test_later_from_the_first_one_on_is_the_whole_series(page, owner, hills):
    edit(page, owner, hills[0], "later", starts_at="07:00")
    assert {run.series_id for run in reloaded(hills)} == {hills[0].series_id}


def test_a_count_is_shared_between_the_two_halves(page, owner, work_off):
    runs = series_on(owner, work_off, rule={"count": 5})
    edit(page, owner, runs[2], "later", place="East gate")
    found = reloaded(runs)
    assert series_of(found[0]).rule.split(";")[3] == "UNTIL=20261207T202959Z"
    assert series_of(found[2]).recurrence.count == 3


def test_each_concerned_is_told_once_and_those_who_come_by_sms(page, owner, hills, work_off, texted):
    regular, once, curious, other = (make_person() for _ in range(4))
    for run in hills:
        take_part(run, regular)
    take_part(hills[5], once)
    take_part(hills[5], curious, "INTERESTED")
    take_part(hills[0], other, "LEFT")
    edit(page, owner, hills[3], "later", starts_at="07:00")
    work_off()
    assert [[notice.type for notice in told_of(person)] for person in (regular, once, curious, other)] == [
        ["series_changed"],
        ["series_changed"],
        ["series_changed"],
        [],
    ]
    assert [texted(person) for person in (regular, once, curious)] == [["series_changed"], ["series_changed"], []]
    sent = select(OutboxMessage).where(OutboxMessage.recipient.in_([regular.phone, once.phone]))
    assert {one.recipient: "link" in one.data for one in db.session.scalars(sent)} == {
        regular.phone: True,  # who is in the first of these runs takes it or leaves it in one tap
        once.phone: False,
    }
    (notice,) = told_of(regular)
    assert (notice.data["runs"], notice.data["changes"]) == (5, ["starts_local"])
    answer = page.as_(regular).get("/notifications")
    assert "5 runs have changed: time" in answer.words
    assert "Tuesday 15 December, 7:00" in answer.words
    opened = page.as_(regular).get(f"/notifications/{notice.id}")
    assert opened.location == f"/series/{reloaded(hills)[3].series_id}"


def test_participations_go_along_when_the_time_moves(page, owner, hills, states):
    comes = take_part(hills[4])
    edit(page, owner, hills[0], "all", starts_at="07:00")
    assert states(hills[4]) == {comes.id: "GOING"}
    assert reloaded(hills)[4].taken == 1


def test_saving_without_a_change_changes_nothing(page, owner, hills, work_off):
    comes = take_part(hills[4])
    edit(page, owner, hills[0], "all")
    edit(page, owner, hills[3], "later")
    work_off()
    assert {(run.sequence, run.series_id) for run in reloaded(hills)} == {(0, hills[0].series_id)}
    assert told_of(comes) == []


@pytest.mark.parametrize("scope", ["later", "all"])
def test_too_few_places_in_one_of_them_are_refused_with_its_day(page, owner, hills, scope):
    for _ in range(4):
        take_part(hills[5])
    answer = edit(page, owner, hills[2], scope, 422, capacity="3")
    assert "29 December: 4 people have a place already" in answer.error_of("capacity")
    assert {run.capacity for run in reloaded(hills)} == {None}


@pytest.mark.parametrize("scope", ["later", "all"])
def test_of_two_who_save_at_once_the_later_one_sees_both_versions(page, owner, hills, scope):
    form = page.as_(owner).get(f"/runs/{hills[2].id}/edit").form()
    edit(page, owner, hills[2], "all", place="East gate")
    answer = form.fill(scope=scope, place="South gate").submit(status=409)
    assert "saved elsewhere" in answer.words
    assert answer.form().values["scope"] == scope


def test_when_joining_closes_moves_along_and_pace_groups_are_everybodys(page, owner, hills):
    groups = {"pace_groups-0-name": "Easy", "pace_groups-0-pace": "6:30"}
    edit(page, owner, hills[1], "all", starts_at="08:00", joining_closes="2026-11-30 20:00", **groups)
    plans = [plan_of(run) for run in reloaded(hills)]
    assert {plan.starts_local - plan.joining_closes for plan in plans} == {timedelta(hours=12)}
    assert {group.name for plan in plans for group in plan.pace_groups} == {"Easy"}
    edit(page, owner, hills[3], "one", joining_closes="2026-12-15 06:00")
    edit(page, owner, hills[1], "later", starts_at="09:00", joining_closes="2026-11-30 21:00")
    plans = [plan_of(run) for run in reloaded(hills)]
    hours = [(plan.starts_local - plan.joining_closes) / timedelta(hours=1) for plan in plans]
    assert hours == [12, 12, 12, 2, 12, 12, 12, 12]
    assert [plan.starts_local.hour for plan in plans] == [8] + [9] * 7


def test_the_day_of_the_week_moves_for_all(page, owner, hills, work_off, states):
    comes = take_part(hills[3])
    edit(page, owner, hills[2], "all", starts_on="2026-12-09")
    found = reloaded(hills)
    assert [run.starts_local.date() for run in found] == [day + timedelta(days=1) for day in TUESDAYS]
    assert states(hills[3]) == {comes.id: "GOING"}
    assert "Every Wednesday at 6:00" in page.as_(None).get(f"/series/{hills[0].series_id}").words
    with clock.frozen(NOW + timedelta(days=15)):
        continue_series()
        work_off()
        days = [run.starts_local.date() for run in runs_of(hills[0].series_id)]
        assert days == [TUESDAYS[0] + timedelta(days=1 + 7 * week) for week in range(10)]


@pytest.mark.parametrize("days", [-5, 1, 4])
def test_one_of_several_days_moves_and_no_run_is_made_twice(page, owner, work_off, days):
    """Sara runs on Tuesdays and Saturdays; her later Saturdays move, also to before the Tuesday of their week."""
    runs = series_on(owner, work_off, rule={"days": ("tue", "sat")})
    before = [run.starts_local.date() for run in runs]
    assert before[3] == date(2026, 12, 5)
    moved = before[3] + timedelta(days=days)
    edit(page, owner, runs[3], "later", starts_on=moved.isoformat())
    saturdays = {day for day in before[3:] if day.weekday() == 5}
    expected = [day + timedelta(days=days) if day in saturdays else day for day in before]
    assert [run.starts_local.date() for run in reloaded(runs)] == expected
    with clock.frozen(NOW + timedelta(days=10)):
        continue_series()
        work_off()
        everything = list(db.session.scalars(select(Run.occurrence_on)))
        assert len(everything) == len(set(everything)) > len(runs)
        later = runs_of(reloaded(runs)[3].series_id)
        assert {run.starts_local.weekday() for run in later} == {1, moved.weekday()}


@pytest.mark.parametrize("days", [7, -7])
def test_all_move_by_a_week(page, owner, work_off, days):
    runs = series_on(owner, work_off, day=date(2026, 12, 8))
    edit(page, owner, runs[0], "all", starts_on=(date(2026, 12, 8) + timedelta(days=days)).isoformat())
    moved = [date(2026, 12, 8) + timedelta(days=days, weeks=week) for week in range(len(runs))]
    assert [run.starts_local.date() for run in reloaded(runs)] == moved
    assert [run.occurrence_on for run in reloaded(runs)] == moved


def test_what_is_left_out_moves_too(page, owner, hills, work_off):
    page.as_(owner).post(f"/series/{hills[0].series_id}/skip", {"skip_on": "2027-01-26"}, 303)
    edit(page, owner, hills[2], "all", starts_on="2026-12-09")
    with clock.frozen(NOW + timedelta(days=20)):
        continue_series()
        work_off()
    days = [run.starts_local.date() for run in runs_of(hills[0].series_id)]
    assert date(2027, 1, 20) in days and date(2027, 1, 27) not in days and date(2027, 2, 3) in days


def test_a_run_that_has_begun_is_not_overtaken_by_the_others(page, owner, hills):
    with clock.frozen(NOW + timedelta(days=4)):
        answer = edit(page, owner, hills[3], "all", 422, starts_on="2026-12-08")
        assert "on that day already" in answer.error_of("starts_on")


def test_a_day_that_the_series_has_already_is_refused(page, owner, work_off):
    runs = series_on(owner, work_off, rule={"days": ("tue", "sat")})
    answer = edit(page, owner, runs[3], "all", 422, starts_on="2026-12-08")
    assert "on that day already" in answer.error_of("starts_on")


def test_a_monthly_run_moves_within_its_months(page, owner, work_off):
    runs = series_on(owner, work_off, day=date(2026, 11, 24), rule={"days": ("tue",), "nth": 4})
    assert [run.starts_local.date() for run in runs] == [date(2026, 11, 24), date(2026, 12, 22)]
    edit(page, owner, runs[0], "all", starts_on="2026-11-26")
    assert [run.starts_local.date() for run in reloaded(runs)] == [date(2026, 11, 26), date(2026, 12, 24)]
    words = page.as_(None).get(f"/series/{runs[0].series_id}").words
    assert "Every month on the fourth Thursday at 6:00" in words
    assert "within its month" in edit(page, owner, runs[0], "all", 422, starts_on="2026-12-01").error_of("starts_on")


def test_a_run_that_is_gone_does_not_come_back_when_the_days_move(page, owner, hills, work_off):
    db.session.delete(hills[4])
    db.session.flush()
    edit(page, owner, hills[2], "all", starts_on="2026-12-09")
    with clock.frozen(NOW + timedelta(days=8)):
        continue_series()
        work_off()
    days = [run.starts_local.date() for run in runs_of(hills[0].series_id)]
    assert date(2026, 12, 23) not in days and date(2026, 12, 16) in days and date(2026, 12, 30) in days


def test_over_a_change_of_clocks_the_new_time_stays_too(page, owner, work_off):
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        runs = series_on(owner, work_off, day=date(2027, 3, 2), timezone="Europe/Berlin")
        edit(page, owner, runs[1], "all", starts_at="19:30")
        assert [f"{run.starts_at:%H:%M}" for run in reloaded(runs)] == ["18:30"] * 4 + ["17:30"] * 4


@pytest.mark.parametrize(("scope", "cancelled"), [("one", 1), ("later", 5), ("all", 8)])
def test_calling_off(page, owner, hills, work_off, texted, scope, cancelled):
    comes = make_person()
    for run in hills:
        take_part(run, comes)
    form = page.as_(owner).get(f"/runs/{hills[3].id}/cancel", 200).form()
    form.fill(scope=scope, reason="Snow on the road").submit(status=303)
    work_off()
    found = reloaded(hills)
    assert [run.cancelled_at is not None for run in found].count(True) == cancelled
    assert found[3].cancel_reason == "Snow on the road"
    kind = "run_cancelled" if scope == "one" else "series_changed"
    assert [notice.type for notice in told_of(comes)] == [kind]
    assert texted(comes) == [kind]
    with clock.frozen(NOW + timedelta(days=15)):
        continue_series()
        work_off()
        assert len(runs_of(hills[0].series_id)) == (10 if scope == "one" else 8)
    if scope != "one":
        assert f"{cancelled} runs are cancelled" in page.as_(comes).get("/notifications").words


def test_ending_a_series_keeps_the_runs_that_are_up(page, owner, hills, work_off):
    answer = page.as_(owner).get(f"/series/{hills[0].series_id}/end", 200)
    assert "8 runs are published" in answer.words
    answer.form().submit(status=303)
    with clock.frozen(NOW + timedelta(days=15)):
        continue_series()
        work_off()
    assert [run.cancelled_at for run in runs_of(hills[0].series_id)] == [None] * 8
    assert "Every time" not in page.as_(owner).get(f"/series/{hills[0].series_id}").words


def test_or_cancels_them_and_each_is_told_once(page, owner, hills, work_off, texted):
    comes = make_person()
    for run in hills[:2]:
        take_part(run, comes)
    form = page.as_(owner).get(f"/series/{hills[0].series_id}/end").form()
    form.fill(runs="cancel", reason="Moving away").submit(status=303)
    work_off()
    assert all(run.cancelled_at for run in reloaded(hills))
    assert (texted(comes), len(told_of(comes))) == (["series_changed"], 1)
    assert "Moving away" in page.as_(comes).get("/notifications").words


def test_others_are_not_asked_which_runs_they_mean(page, owner, hills, companion):
    """Who organises one run with Sara changes that run; her series stays hers."""
    made(RunOrganiser, run_id=hills[2].id, person_id=companion.id, added_by_id=owner.id, agreed_at=hills[2].created_at)
    form = page.as_(companion).get(f"/runs/{hills[2].id}/edit", 200).form()
    assert "scope" not in form.names
    page.as_(companion).post(f"/runs/{hills[2].id}/cancel", {"scope": "all"}, 303)
    assert [run.cancelled_at is not None for run in reloaded(hills)].count(True) == 1


def test_the_jobs_that_tell_are_safe_to_run_twice(page, owner, hills, work_off):
    comes = take_part(hills[2])
    edit(page, owner, hills[2], "all", starts_at="07:00")
    work_off()
    job = db.session.scalars(select(Job).where(Job.name == "runs.tell_series_changed")).one()
    get_job(job.name).run(job.args)
    assert len(told_of(comes)) == 1


def test_a_man_makes_no_series_one_for_women(page, owner, hills):
    owner.gender = "male"
    assert "Only women can set a run to women only" in edit(page, owner, hills[1], "all", 422, company="women").words
    assert {run.company for run in reloaded(hills)} == {"anyone"}
