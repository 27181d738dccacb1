"""What tests of runs look at: how somebody stands, who was told, and what the worker does with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform.jobs.running import run_due
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run


@pytest.fixture
def states(db_session: Session) -> Callable[[Run], dict[uuid.UUID, str]]:
    """How each person is in a run, in the order of coming."""

    def ask(run: Run) -> dict[uuid.UUID, str]:
        rows = db_session.execute(
            select(Participation.person_id, Participation.status)
            .where(Participation.run_id == run.id)
            .order_by(Participation.rank)
        )
        return {row.person_id: row.status for row in rows}

    return ask


@pytest.fixture
def told(db_session: Session) -> Callable[[Person], list[str]]:
    """Return a person's notifications in the app, the oldest first."""

    def ask(person: Person) -> list[str]:
        query = select(Notification.type).where(Notification.person_id == person.id)
        return list(db_session.scalars(query.order_by(Notification.created_at)))

    return ask


@pytest.fixture
def texted(db_session: Session) -> Callable[[Person], list[str]]:
    """Return a person's notifications by SMS, the oldest first."""

    def ask(person: Person) -> list[str]:
        query = select(OutboxMessage.purpose).where(OutboxMessage.recipient == person.phone)
        return list(db_session.scalars(query.order_by(OutboxMessage.created_at)))

    return ask


@pytest.fixture
def work_off(db_session: Session) -> Callable[[], int]:
    """Do what is waiting to be done, as a worker does."""

    def do() -> int:
        db_session.commit()
        return run_due("normal", lambda: False)

    return do
