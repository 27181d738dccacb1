"""Alerts of incidents with real workers: one killed at its moment, and one whose clock is an hour off."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from hampa.incidents.models import Incident, IncidentAlert
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import make_crew
from tests.factories.incidents import make_incident
from tests.factories.people import make_person
from tests.faults.conftest import PAUSE, Work, pause_at, somebody_waits
from tests.faults.workers import wait_until
from tests.sms_gateway import SmsGateway

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

IN_TIME = 60.0
"""Seconds: the promise of the escalation."""


def alerts(after: timedelta, count: int) -> list[Incident]:
    """So many incidents in crews with two admins, whose next step is due after this time."""
    made = []
    for _each in range(count):
        writer = make_person()
        made.append(make_incident(writer, crew_id=make_crew(make_person(), writer).id, severity=2))
        mine = IncidentAlert.incident_id == made[-1].id
        db.session.execute(update(IncidentAlert).where(mine).values(next_at=clock.now() + after, version=1))
    db.session.commit()
    return made


def steps(incident: Incident) -> list[int]:
    """Return the steps that people were told of, one for each notification."""
    db.session.rollback()
    rows = db.session.scalars(select(Notification).where(Notification.subject_id == incident.id))
    return sorted(row.data["step"] for row in rows)


def test_a_step_is_taken_once_and_in_time(work: Work, gateway: SmsGateway) -> None:
    """The first worker is killed in the middle of it; of the two that follow, one has a clock an hour ahead."""
    due, later = alerts(timedelta(seconds=1), 5), alerts(timedelta(minutes=30), 5)
    pause_at("incident_alerts", "UPDATE", "NEW.steps = 1")
    with db.engine.begin() as holder:
        holder.execute(text(f"SELECT pg_advisory_xact_lock({PAUSE})"))
        with work() as worker:
            wait_until(somebody_waits)
            worker.signal_all(signal.SIGKILL)
    assert not any(steps(incident) for incident in due)
    with work(), work(program=("tests/faults/wrong_clock.py", "3600")):
        wait_until(lambda: all(steps(incident) for incident in due), IN_TIME)
    assert {tuple(steps(incident)) for incident in due} == {(1,)}
    assert not any(steps(incident) for incident in later)
    assert gateway
