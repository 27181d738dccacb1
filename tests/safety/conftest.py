"""An evening in Tehran, on which Sara goes running and her mother waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.safety.models import Watch
from tests.factories.people import make_person

TEHRAN = ZoneInfo("Asia/Tehran")
MOTHER = "+989121234567"
FORM = {"expected_at": "20:30", "contact_name": "Maman", "contact_phone": "0912 123 4567", "place": ""}


def at(text: str) -> datetime:
    """Return a moment of that evening, or of another day, by the clocks of Tehran."""
    written = text if "-" in text else f"2026-12-04 {text}"
    return datetime.fromisoformat(written).replace(tzinfo=TEHRAN).astimezone(UTC)


@pytest.fixture
def sara(db_session: Session) -> Person:
    return make_person(name="Sara Karimi")


@pytest.fixture
def go_out(page, sara: Person) -> Callable[..., Watch]:
    """Sara sets it at six in the evening, as the form says."""

    def do(person: Person = sara, run=None, when: str = "18:00", **fields: str) -> Watch:
        url = f"/safety/new?run={run.id}" if run else "/safety/new"
        with clock.frozen(at(when)):
            page.as_(person).post(url, FORM | fields, 303)
        return watch_of(person)

    return do


def watch_of(person: Person) -> Watch:
    """Return the person's latest watch."""
    db.session.expire_all()
    return db.session.scalars(select(Watch).filter_by(person_id=person.id).order_by(Watch.id.desc())).first()


@pytest.fixture
def work_at(work: Callable[[], int]) -> Callable[[str], None]:
    """Work as a worker does at a moment, and send what is due."""

    def do(moment: str) -> None:
        with clock.frozen(at(moment)):
            work()

    return do


@pytest.fixture
def texts(db_session: Session) -> Callable[[str], list[str]]:
    """All that a number has got by SMS, the oldest first."""

    def ask(phone: str) -> list[str]:
        found = select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == phone)
        return list(db_session.scalars(found.order_by(ConsoleDelivery.created_at, ConsoleDelivery.id)))

    return ask
