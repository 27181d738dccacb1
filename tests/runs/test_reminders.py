"""Reminders: when they come, who gets them, and that each comes once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from hampa.joining import actions as joining
from hampa.outbox import jobs as outbox
from hampa.outbox.models import OutboxMessage
from hampa.plans import actions as plans
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.reminders import jobs
from hampa.reminders.models import Reminder
from hampa.reminders.queries import ReminderSettings
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part

TEHRAN = ZoneInfo("Asia/Tehran")
NIGHT = ("22:00", "07:00")


def at(text: str, zone: str = "Asia/Tehran") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("starts", "quiet", "expected"),
    [
        # Four in the morning is in the quiet hours, ten to ten close to the evening's: one.
        ("2026-11-28 06:00", NIGHT, {"evening": "2026-11-27 20:00"}),
        ("2026-11-28 08:59", NIGHT, {"evening": "2026-11-27 20:00"}),
        ("2026-11-28 09:00", NIGHT, {"evening": "2026-11-27 20:00", "soon": "2026-11-28 07:00"}),
        ("2026-11-28 18:00", NIGHT, {"evening": "2026-11-27 20:00", "soon": "2026-11-28 16:00"}),
        # Close to midnight the two come close by themselves.
        ("2026-11-28 00:30", ("00:00", "00:00"), {"evening": "2026-11-27 20:00"}),
        ("2026-11-28 01:00", ("00:00", "00:00"), {"evening": "2026-11-27 20:00", "soon": "2026-11-27 23:00"}),
        # No quiet hours; early ones; some at noon; some that hold both.
        ("2026-11-28 06:00", ("07:00", "07:00"), {"evening": "2026-11-27 20:00", "soon": "2026-11-28 04:00"}),
        ("2026-11-28 06:00", ("19:30", "06:30"), {"evening": "2026-11-27 19:20"}),
        ("2026-11-28 15:00", ("12:30", "14:00"), {"evening": "2026-11-27 20:00", "soon": "2026-11-28 12:20"}),
        ("2026-11-28 09:00", ("18:00", "10:00"), {"evening": "2026-11-27 17:50"}),
    ],
)
def test_when_reminders_come(starts, quiet, expected):
    habit = ReminderSettings("Asia/Tehran", *map(time.fromisoformat, quiet))
    assert habit.reminders(at(starts)) == {kind: at(text) for kind, text in expected.items()}


def test_the_evening_is_that_of_their_own_clock_across_a_change_of_it():
    habit = ReminderSettings("Europe/Berlin", time(22), time(7))
    berlin = "Europe/Berlin"
    assert habit.reminders(at("2026-10-25 12:00", berlin)) == {
        "evening": at("2026-10-24 20:00", berlin),
        "soon": at("2026-10-25 10:00", berlin),
    }
    # A run at seven in Tehran starts at half past four in Berlin.
    assert habit.reminders(at("2026-11-28 07:00")) == {"evening": at("2026-11-27 20:00", berlin)}


@pytest.fixture
def remind(db_session):
    """Return a function that runs the job of reminders at a moment, and returns how many SMS that made."""

    def do(moment: datetime) -> int:
        before = reminders()
        with clock.frozen(moment):
            jobs.remind()
        return reminders() - before

    return do


def reminders(person=None) -> int:
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.purpose == "run_reminder")
    if person is not None:
        query = query.where(OutboxMessage.person_id == person.id)
    return db.session.scalar(query)


def evening_before(run: Run) -> datetime:
    """Eight in the evening there, the day before."""
    eve = run.starts_local.date() - timedelta(days=1)
    return datetime.combine(eve, time(20), TEHRAN).astimezone(UTC)


def before(run: Run, **ago: int) -> datetime:
    return run.starts_at.astimezone(UTC) - timedelta(**ago)


def test_who_goes_is_reminded_the_evening_before_with_a_link_of_their_own(remind, page, told, texted, states):
    run = make_run(title="Lake loop", starts_local=in_days(3, 6))
    sara, reza = take_part(run), take_part(run, make_person(locale="fa", name="رضا"))
    others = [take_part(run, status=status) for status in ("INTERESTED", "WAITLISTED", "LEFT")]
    assert remind(evening_before(run) - timedelta(minutes=1)) == 0
    assert remind(evening_before(run)) == 2
    assert (told(sara), texted(reza)) == (["run_reminder"], ["run_reminder"])
    assert [told(one) for one in others] == [[], [], []]
    with clock.frozen(evening_before(run)):
        outbox.send_due("normal", lambda: False)
    texts = dict(db.session.execute(select(ConsoleDelivery.recipient, ConsoleDelivery.text)).all())
    assert "Lake loop, tomorrow" in texts[sara.phone]
    assert "هنوز می‌آیی؟" in texts[reza.phone]
    links = {who: text.partition("\n")[0].split()[-1] for who, text in texts.items()}
    assert len(set(links.values())) == 2
    page.post("/go/" + links[sara.phone].rsplit("/", 1)[1], {"answer": "no"}, 303)
    assert states(run)[sara.id] == "LEFT"
    assert "Don't forget: Lake loop" in page.as_(sara).get("/notifications").words


def test_each_comes_once_whatever_happens(remind, db_session):
    run = make_run(starts_local=in_days(3, 18))
    sara = take_part(run)
    assert remind(evening_before(run)) == 1
    for minutes in (0, 1, 30, 59):
        assert remind(evening_before(run) + timedelta(minutes=minutes)) == 0
    # She deletes what she was told: that is no reason to tell her again.
    db_session.execute(text("DELETE FROM notifications"))
    assert remind(evening_before(run) + timedelta(minutes=5)) == 0
    assert remind(before(run, hours=2)) == 1
    assert remind(before(run, hours=1, minutes=30)) == 0
    assert reminders(sara) == 2


def test_the_database_decides_that_it_comes_once(remind, db_session):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run)
    remind(evening_before(run))
    (note,) = db_session.scalars(select(Reminder)).all()
    db_session.add(Reminder(run_id=note.run_id, person_id=note.person_id, kind=note.kind, start=note.start))
    with pytest.raises(IntegrityError, match="uq_run_reminders"):
        db_session.flush()


def test_a_worker_that_was_away_makes_up_for_an_hour_and_no_more(remind):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run)
    assert remind(evening_before(run) + timedelta(hours=1)) == 0
    assert remind(evening_before(run) + timedelta(minutes=59)) == 1


def test_nobody_is_reminded_in_their_quiet_hours_by_a_worker_that_was_away(remind):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run, make_person(quiet_from=time(20, 30)))
    assert remind(evening_before(run) + timedelta(minutes=31)) == 0
    assert remind(evening_before(run) + timedelta(minutes=29)) == 1


def test_who_turned_them_off_left_or_is_suspended_is_not_reminded(remind):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run, make_person(reminders=False))
    take_part(run, make_person(state="suspended"))
    leaves = take_part(run)
    db.session.commit()
    joining.leave_run(leaves, run.id)
    assert remind(evening_before(run)) == 0


@pytest.mark.parametrize("change", [{"cancelled_at": True}, {"starts_at": timedelta(days=7)}])
def test_a_run_that_changes_while_others_are_reminded_of_reminds_nobody(remind, monkeypatch, change):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run)
    with clock.frozen(evening_before(run)):
        found = jobs.queries.due_reminders()
    moment = evening_before(run)
    for name, value in change.items():
        setattr(run, name, moment if value is True else run.starts_at + value)
    db.session.commit()
    monkeypatch.setattr(jobs.queries, "due_reminders", lambda: found)
    assert remind(moment) == 0


def test_a_cancelled_run_reminds_nobody(remind):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run)
    run.cancelled_at = clock.now()
    assert remind(evening_before(run)) == 0


def test_who_joins_after_the_evening_knows_of_it_anyway(remind):
    run = make_run(starts_local=in_days(3, 18))
    with clock.frozen(evening_before(run) + timedelta(minutes=5)):
        late = take_part(run)
    assert remind(evening_before(run) + timedelta(minutes=6)) == 0
    assert remind(before(run, hours=2)) == 1
    assert reminders(late) == 1


def test_reminders_follow_a_moved_start(remind, owner):
    run = make_run(owner, starts_local=in_days(3, 18))
    take_part(run)
    old_evening, old_soon = evening_before(run), before(run, hours=2)
    move(run, owner, in_days(4, 18))
    assert remind(old_evening) == 0
    assert remind(old_soon) == 0
    assert remind(evening_before(run)) == 1
    assert remind(before(run, hours=2)) == 1


def test_a_run_that_moves_by_half_an_hour_does_not_ask_again_that_evening(remind, owner):
    run = make_run(owner, starts_local=in_days(3, 18))
    take_part(run)
    assert remind(evening_before(run)) == 1
    move(run, owner, in_days(3, 18, 30))
    assert remind(evening_before(run) + timedelta(minutes=10)) == 0
    assert remind(before(run, hours=2, minutes=30)) == 0
    assert remind(before(run, hours=2)) == 1


def test_everybody_by_their_own_quiet_hours_and_zone(remind):
    run = make_run(starts_local=in_days(3, 18))
    early = take_part(run, make_person(quiet_from=time(19)))
    berlin = take_part(run, make_person(timezone="Europe/Berlin"))
    tehran = take_part(run)
    assert remind(evening_before(run) - timedelta(minutes=70)) == 1
    assert reminders(early) == 1
    assert remind(evening_before(run)) == 1
    assert reminders(tehran) == 1
    eve = run.starts_at.astimezone(ZoneInfo("Europe/Berlin")).date() - timedelta(days=1)
    assert remind(datetime.combine(eve, time(20), ZoneInfo("Europe/Berlin")).astimezone(UTC)) == 1
    assert reminders(berlin) == 1


def test_many_are_reminded_in_as_many_statements_as_few(statements, db_session):
    counted = []
    for size in (2, 40):
        run = make_run(starts_local=in_days(3, 18))
        for _ in range(size):
            take_part(run)
        db_session.commit()
        with statements() as seen, clock.frozen(evening_before(run)):
            jobs.remind()
        counted.append(len(seen))
        run.cancelled_at = clock.now()
    assert counted[0] == counted[1] <= 8
    assert reminders() == 42


def test_notes_of_reminders_are_forgotten_after_the_run(remind, db_session):
    run = make_run(starts_local=in_days(3, 18))
    take_part(run)
    remind(evening_before(run))
    with clock.frozen(evening_before(run) + timedelta(days=13)):
        jobs.delete_old_reminders()
    assert db_session.scalar(select(func.count()).select_from(Reminder)) == 1
    with clock.frozen(evening_before(run) + timedelta(days=15)):
        jobs.delete_old_reminders()
    assert db_session.scalar(select(func.count()).select_from(Reminder)) == 0


def move(run: Run, organiser, starts_local: datetime) -> None:
    plan = plans.RunPlan(title=run.title, place=run.place, timezone=run.timezone, starts_local=starts_local)
    plans.change_run(organiser, run.id, plan, run.sequence)
    db.session.commit()
