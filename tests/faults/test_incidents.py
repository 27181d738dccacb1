"""Alerts of incidents with real workers: one killed at its moment, and the next with a clock that is an hour off."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from hampa.incidents.models import Incident
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import make_crew
from tests.factories.incidents import make_incident
from tests.factories.people import make_person
from tests.faults.conftest import PAUSE, Work, goes_round, pause_at, somebody_waits
from tests.faults.workers import wait_until
from tests.sms_gateway import SmsGateway

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

HOUR = 3600
IN_TIME = 60.0
"""Seconds: the promise of the escalation."""


def incidents(ago: timedelta, count: int) -> list[Incident]:
    """So many incidents in crews with an admin, reported this long ago, of which nobody has heard since."""
    with clock.frozen(clock.now() - ago):
        made = []
        for _each in range(count):
            writer = make_person()
            made.append(make_incident(writer, crew_id=make_crew(make_person(), writer).id, severity=2))
    db.session.commit()
    return made


def steps(incident: Incident) -> set[int]:
    """Return the steps that somebody was told of."""
    return {row.data["step"] for row in told(incident)}


def told(incident: Incident) -> list[Notification]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification).where(Notification.subject_id == incident.id)))


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_each_step_is_taken_once_and_in_time(work: Work, gateway: SmsGateway, off: int) -> None:
    """The first worker is killed in the middle of a step; the clock of the next, which is alone, is an hour off.

    After 25 minutes two steps are due, and the third is not.
    """
    due, new = incidents(timedelta(minutes=25), 5), incidents(timedelta(0), 5)
    before = {incident.id: len(told(incident)) for incident in due}
    pause_at("incident_alerts", "UPDATE", "NEW.steps = 1")
    with db.engine.begin() as holder:
        holder.execute(text(f"SELECT pg_advisory_xact_lock({PAUSE})"))
        with work() as worker:
            wait_until(somebody_waits)
            worker.signal_all(signal.SIGKILL)
    assert not any(steps(incident) & {1, 2} for incident in due)
    with work(program=("tests/faults/wrong_clock.py", str(off))):
        wait_until(lambda: all(2 in steps(incident) for incident in due), IN_TIME)
        goes_round("after that")
    with work():
        goes_round("by a right clock")
    assert all(steps(incident) & {1, 2, 3} == {1, 2} for incident in due)
    assert not any(steps(incident) & {1, 2, 3} for incident in new)
    for incident in due:
        rows = [(row.person_id, row.data["step"]) for row in told(incident)]
        assert len(rows) == len(set(rows)) > before[incident.id], "nobody was told of a step twice"
    assert gateway
