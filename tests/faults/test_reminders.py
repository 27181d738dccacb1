"""Reminders with real workers: two at once, and one that is killed in the middle. Each comes once."""

from __future__ import annotations

import signal
from datetime import time, timedelta

import pytest
from sqlalchemy import select, text, update

from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.reminders.models import Reminder
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.faults.conftest import PAUSE, Work, none_open, pause_at, somebody_waits
from tests.faults.workers import wait_until
from tests.sms_gateway import SmsGateway

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

PEOPLE = 30


@pytest.fixture
def due(work: Work) -> None:
    """Make a run that starts in two hours, less some seconds, where it is afternoon; thirty people go."""
    now = clock.now()
    starts_at = now + timedelta(hours=2) - timedelta(seconds=30)
    ahead = (15 - starts_at.hour + 12) % 24 - 12
    zone = f"Etc/GMT{-ahead:+d}"
    starts_local = (starts_at + timedelta(hours=ahead)).replace(tzinfo=None)
    run = make_run(starts_at=starts_at, starts_local=starts_local, timezone=zone)
    for _ in range(PEOPLE):
        person = make_person(timezone=zone, quiet_from=time(0), quiet_to=time(0))
        take_part(run, person, updated_at=now - timedelta(hours=1))
    db.session.commit()


def reminders() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "run_reminder")))


def calls(gateway: SmsGateway) -> list[int]:
    return [gateway.calls_for(str(message.id)) for message in reminders()]


def test_two_workers_remind_each_once(due: None, work: Work, gateway: SmsGateway) -> None:
    with work(), work():
        wait_until(lambda: len(reminders()) == PEOPLE and none_open())
    assert calls(gateway) == [1] * PEOPLE


def test_killed_in_the_middle_it_begins_anew_and_nobody_hears_twice(due: None, work: Work, gateway: SmsGateway) -> None:
    pause_at("run_reminders", "INSERT", "true")
    with db.engine.begin() as holder:
        holder.execute(text(f"SELECT pg_advisory_xact_lock({PAUSE})"))
        with work() as worker:
            wait_until(somebody_waits)
            worker.signal_all(signal.SIGKILL)
    assert not reminders()
    # Two minutes pass: the lease of the job that the dead worker held.
    db.session.execute(update(Job).where(Job.status == "running").values(due_at=clock.now(), version=Job.version))
    db.session.commit()
    for _ in range(2):
        with work():
            wait_until(lambda: len(reminders()) == PEOPLE and none_open())
    assert calls(gateway) == [1] * PEOPLE
    assert len(db.session.scalars(select(Reminder.id)).all()) == PEOPLE
