"""Reminders of check-ins: when they come, to whom, each once; their settings; and the nudge that tells nobody anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from hampa.checkin_choices.actions import choose_for_all, choose_in_crew
from hampa.checkin_reminders import jobs
from hampa.checkin_reminders.actions import nudging
from hampa.checkin_reminders.models import CheckInNudge, CheckInReminder
from hampa.checkin_reminders.queries.due import due_reminder, moments_of
from hampa.crews.models import INACTIVE
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.periods import period_on
from tests.factories.checkins import make_check_in
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person

TEHRAN = ZoneInfo("Asia/Tehran")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = TEHRAN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(kind="check_in_open"):
    """Return the ids of who was told, as often as they were."""
    return sorted(db.session.scalars(select(Notification.person_id).where(Notification.type == kind)))


def run_at(moment: datetime) -> list:
    """Run the job three times at a moment, and return who was reminded since the last call."""
    before = told()
    with clock.frozen(moment):
        for _each in range(3):
            jobs.remind()
    after = told()
    for one in before:
        after.remove(one)
    return after


@pytest.mark.parametrize(
    ("frequency", "day", "moments"),
    [
        ("weekly", "2026-11-28", ["2026-11-28 09:00", "2026-12-01 09:00", "2026-12-03 09:00"]),
        ("biweekly", "2026-11-28", ["2026-11-28 09:00", "2026-12-01 09:00", "2026-12-03 09:00"]),
        ("daily", "2026-11-28", ["2026-11-28 18:00"]),
    ],
)
def test_when_reminders_come(frequency, day, moments):
    period = period_on(date.fromisoformat(day), frequency, first_day=6, zone=TEHRAN)
    assert period.starts_on <= date.fromisoformat(day)
    shift = date.fromisoformat(day) - period.starts_on
    assert [moment + shift for _day, moment in moments_of(period, frequency)] == [at(one) for one in moments]


@pytest.mark.parametrize("week", ["2026-03-23", "2026-10-19"])
def test_clocks_that_change_within_a_week_move_no_reminder(week):
    """Clocks in Berlin go forward on Sunday 29 March, and back on Sunday 25 October."""
    monday = date.fromisoformat(week)
    for first_day in (1, 6):
        period = period_on(monday + timedelta(days=6), "weekly", first_day=first_day, zone=BERLIN)
        local = [moment.astimezone(BERLIN) for _day, moment in moments_of(period, "weekly")]
        assert [(one.date() - period.starts_on).days for one in local] == [0, 3, 5]
        assert {one.time() for one in local} == {time(9)}


def test_who_has_not_answered_is_reminded_three_times_each_once(db_session):
    awake = {"quiet_from": time(0), "quiet_to": time(0)}
    late = make_person(**awake | {"quiet_from": time(22), "quiet_to": time(11)})
    admin, answers, gone, deaf, off, nowhere, leaving, newer = (make_person(**awake) for _each in range(8))
    crew = make_crew(admin, answers, late, off, nowhere, leaving, first_day=6, frequency="weekly")
    quiet = make_crew(deaf, first_day=6, closed_at=at("2026-11-01 12:00"))
    for member, given in ((gone, {"status": INACTIVE}), (deaf, {"notices": False})):
        add_member(crew, member, joined_at=at("2026-10-01 12:00"), **given)
    for member in (admin, answers, late, off, nowhere, leaving):
        db.session.execute(
            db.text("UPDATE crew_memberships SET joined_at = :at WHERE person_id = :id"),
            {"at": at("2026-10-01 12:00"), "id": member.id},
        )
    add_member(crew, newer, joined_at=at("2026-11-28 10:00"))
    leaving.state = "suspended"
    choose_in_crew(off, crew.id, reminders=False)
    choose_for_all(nowhere, reminders=False)
    db.session.flush()

    assert run_at(at("2026-11-28 08:59")) == []
    assert run_at(at("2026-11-28 09:00")) == sorted([admin.id, answers.id])
    # The quiet hours of one end at eleven; another joined meanwhile and is spared the first reminder.
    assert run_at(at("2026-11-28 10:59")) == []
    assert run_at(at("2026-11-28 11:00")) == [late.id]
    with clock.frozen(at("2026-11-30 12:00")):
        make_check_in(answers, crew)
    # The worker was away in the morning. Nobody hears of what is more than a day late.
    assert run_at(at("2026-12-01 15:00")) == sorted([admin.id, late.id, newer.id])
    assert run_at(at("2026-12-02 10:00")) == []
    assert run_at(at("2026-12-03 11:00")) == sorted([admin.id, late.id, newer.id])
    assert run_at(at("2026-12-04 23:00")) == []
    # The next week is another period.
    assert run_at(at("2026-12-05 11:00")) == sorted([admin.id, answers.id, late.id, newer.id])
    assert db.session.scalar(select(func.count()).where(CheckInReminder.crew_id == quiet.id)) == 0
    ends = set(db.session.scalars(select(Notification.expires_at).where(Notification.type == "check_in_open")))
    assert ends == {at("2026-12-05 00:00"), at("2026-12-12 00:00")}
    with clock.frozen(at("2027-02-01 12:00")):
        jobs.delete_old_reminders()
    assert not db.session.scalar(select(func.count()).select_from(CheckInReminder))


def test_reminders_cost_no_statement_for_each_person(db_session, statements):
    counts = []
    for size in (1, 2, 12):
        people = [make_person(quiet_from=time(0), quiet_to=time(0)) for _each in range(size)]
        crew = make_crew(*people, first_day=6)
        db.session.execute(
            db.text("UPDATE crew_memberships SET joined_at = '2026-10-01' WHERE crew_id = :id"), {"id": crew.id}
        )
        with clock.frozen(at("2026-11-28 09:00")), statements() as made:
            due = due_reminder(crew)
            assert due is not None
            assert jobs.reminding.remind([due], 500) == size
        counts.append(len(made))
    assert counts[1] == counts[2]


def test_a_reminder_opens_the_form_and_the_choices_are_kept(page, owner, companion):
    with clock.frozen(at("2026-11-28 12:00")):
        crew = make_crew(owner, companion, name="Dawn Patrol", first_day=6)
        member = page.as_(companion)
        path, account = f"/crews/{crew.id}/check-in/settings", "/me/check-ins/settings"
        assert "never your answers" in member.get(path, 200).words
        member.post(path, {"asking": "everybody"}, 422)
        member.post(path, {"asking": "shared"}, 303)
        assert 'value="shared" checked' in str(member.get(path, 200).text).replace("  ", " ")
        member.post(account, {"sharing": "nonsense", "reminders": "y"}, 422)
        member.post(account, {"sharing": "crew"}, 303)
        assert "Reminders are off for all your check-ins." in member.get(path, 200).words
        form = member.get(f"/crews/{crew.id}/check-in", 200)
        chosen = {
            one.get("name"): one.get("value")
            for one in form.all("input", type="radio")
            if one.get("checked") is not None
        }
        assert (chosen["sharing"], chosen["asking"]) == ("crew", "shared")
        joined = "UPDATE crew_memberships SET joined_at = '2026-10-01'"
        db.session.execute(db.text(joined))
        jobs.remind()
        assert "Dawn Patrol" in page.as_(owner).get("/notifications", 200).words


def test_a_nudge_reaches_each_once_a_fortnight_and_tells_the_organiser_nothing(page, owner, companion, work):
    with clock.frozen(at("2026-12-02 12:00")):
        silent, answers, off = make_person(), make_person(), make_person()
        crew = make_crew(owner, companion, silent, answers, off, first_day=6)
        make_check_in(answers, crew, sharing="private")
        choose_in_crew(off, crew.id, reminders=False)
        db.session.commit()
        path, shown = f"/crews/{crew.id}/check-ins/nudge", f"/crews/{crew.id}"
        member, organiser = page.as_(companion), page.as_(owner)
        member.post(path, {}, 403)
        assert "Nudge for" not in member.get(shown, 200).words
        organiser.get(path, 200).form(path).submit(status=303)
        first = organiser.get(shown, 200).words
        assert "Whoever hasn't checked in" in first
        work()
        assert told("check_in_nudge") == sorted([companion.id, silent.id])
        for member in (companion, silent):
            make_check_in(member, crew)
        organiser.get(path, 200).form(path).submit(status=303)
        # Of nobody who was left it says the same: what is shown does not depend on who has answered.
        assert organiser.get(shown, 200).words == first
        refused = organiser.get(path, 200).form(path).submit(status=429)
        assert "already been nudged today" in refused.words
        work()
        assert len(told("check_in_nudge")) == 2
    for days, reached in ((13, 0), (14, 2)):
        with clock.frozen(at("2026-12-02 12:00") + timedelta(days=days, seconds=1)):
            nudging.ask_to_nudge(owner, crew.id)
            db.session.commit()
            work()
            # Who had answered that week is nudged on the thirteenth day for the first time.
            again = [one for one in told("check_in_nudge") if one in (companion.id, silent.id)]
            assert len(again) == 2 + reached


def test_of_two_nudges_at_once_one_reaches_a_person(db_session):
    with clock.frozen(at("2026-12-02 12:00")):
        admin, other = make_person(), make_person()
        crew = make_crew(admin, other, first_day=6)
        rounds = [nudging.ask_to_nudge(admin, crew.id) for _each in range(2)]
        assert [nudging.nudge(one) for one in rounds] == [1, 0]
        assert db.session.scalar(select(func.count()).select_from(CheckInNudge)) == 1
