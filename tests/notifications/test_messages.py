"""Notifications by SMS and mail: many rows of the outbox at once, and who is left out."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hampa.notifications.actions.messages import send_sms_many
from hampa.notifications.models import get_kind
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, redis
from hampa.platform.db import db
from hampa.platform.jobs.enqueueing import wakeup_queue
from tests.factories.notifications import DATA
from tests.factories.people import make_person

RUN_ID = uuid.uuid4()


def tighten(app: Any, monkeypatch: pytest.MonkeyPatch, **settings: int) -> None:
    tight = app.extensions["hampa.settings"].model_copy(update=settings)
    monkeypatch.setitem(app.extensions, "hampa.settings", tight)


def write(people: Any, key: str, kind: str = "run_changed", **given: Any) -> int:
    details: dict[str, Any] = {"subject_id": RUN_ID, "actor_id": None, "expires_at": None} | given
    return send_sms_many(people, get_kind(kind), DATA[kind], key=key, **details)


def test_many_are_written_in_one_statement_each_in_their_language(db_session: Session, statements: Any) -> None:
    persian = make_person(locale="fa")
    english = make_person(locale="en")
    make_person(state="banned")
    make_person(last_sign_in_at=None)
    write(select(Person.id), "warm-up:1")
    db_session.execute(delete(OutboxMessage))
    expires_at = clock.now() + timedelta(hours=2)
    with statements() as seen:
        written = write(select(Person.id), "run:7:2", expires_at=expires_at)
    assert (written, len(seen)) == (2, 1)
    assert write(select(Person.id), "run:7:2") == 0

    db.session.commit()
    messages = {message.person_id: message for message in db.session.scalars(select(OutboxMessage))}
    assert messages.keys() == {persian.id, english.id}
    message = messages[persian.id]
    assert (message.recipient, message.locale, message.data["subject"]) == (persian.phone, "fa", str(RUN_ID))
    assert (message.status, message.priority, message.expires_at, message.version) == ("pending", 2, expires_at, 1)
    assert message.key == f"run:7:2:{persian.id}"
    assert wakeup_queue("normal", redis.redis()).count == 1


def test_who_floods_a_person_keeps_nothing_from_them_that_others_do(
    db_session: Session, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tighten(app, monkeypatch, sms_per_person_day=2)
    person = make_person()
    flooder, other = make_person(), make_person()

    def send(actor: Person, number: int) -> int:
        people = select(Person.id).where(Person.id == person.id)
        return write(people, f"{actor.id}:{number}", actor_id=actor.id)

    assert [send(flooder, number) for number in range(4)] == [1, 1, 0, 0]
    assert send(other, 0) == 1
    assert sum(send(make_person(), 0) for _ in range(8)) == 5, "four times as many by all together"


def test_a_person_gets_so_many_parts_a_day_of_whatever_kinds(
    db_session: Session, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tighten(app, monkeypatch, sms_parts_per_person_day=4)
    person, other = make_person(), make_person()
    assert write([person.id], "one", kind="run_changed") == 1
    db.session.scalars(select(OutboxMessage)).one().segments = 3
    db.session.commit()
    assert write([person.id], "two", kind="run_cancelled") == 1
    assert write([person.id, other.id], "three", kind="run_changed") == 1, "the other's alone"
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert write([person.id], "four", kind="run_changed") == 1


def test_what_an_organiser_writes_to_many_goes_after_other_messages(db_session: Session) -> None:
    person = make_person()
    write([person.id], "one", kind="run_changed")
    write([person.id], "two", kind="organiser_message")
    assert list(db.session.scalars(select(OutboxMessage.priority).order_by(OutboxMessage.created_at))) == [2, 3]
