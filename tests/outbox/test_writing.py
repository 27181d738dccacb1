"""A message is written in the transaction that causes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hampa.outbox.actions.claims import claim_due, record_results
from hampa.outbox.actions.writing import send_sms, update_recipient
from hampa.outbox.models import DeliveryResult, OutboxMessage
from hampa.platform import clock, jobs, redis
from hampa.platform.db import db
from hampa.platform.jobs.enqueueing import wakeup_queue
from tests.factories.people import make_person
from tests.outbox.conftest import write


def test_a_message_is_there_when_its_cause_is_committed_and_gone_with_it_otherwise(db_session: Session) -> None:
    write()
    send_sms("+989121234567", "tests/sms/plain.txt", {}, purpose="test", key="other", locale="en")
    db.session.rollback()
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


def test_of_several_with_one_key_the_first_is_kept_and_given_back(db_session: Session) -> None:
    first = write(key="run:7", data={"word": "first"})
    second = write(key="run:7", data={"word": "second"})
    assert second.id == first.id
    assert second.data == {"word": "first"}


@pytest.mark.parametrize(
    ("priority", "queue"), [("code", "urgent"), ("safety", "urgent"), ("normal", "normal"), ("bulk", "normal")]
)
def test_the_workers_of_its_queue_are_notified(db_session: Session, priority: str, queue: str) -> None:
    write(priority=priority)
    wakeups = {name: wakeup_queue(name, redis.redis()).count for name in jobs.QUEUES}
    assert wakeups == {name: int(name == queue) for name in jobs.QUEUES}


def test_a_secret_is_not_readable_in_the_row(db_session: Session) -> None:
    message = write("code", secret="314159")
    assert message.secret is not None
    written = {column.name: str(getattr(message, column.name)) for column in OutboxMessage.__table__.columns}
    assert not [name for name, value in written.items() if "314159" in value]


def test_what_is_no_number_is_refused_by_the_database(db_session: Session) -> None:
    with pytest.raises(IntegrityError, match="ck_outbox_messages_recipient"), db.session.begin_nested():
        write(to="0912 123 4567")


def test_what_a_worker_holds_is_tried_again_with_the_new_number(db_session: Session) -> None:
    person = make_person()
    message = write(to=person.phone, person_id=person.id)
    [held] = claim_due("normal", 1)
    update_recipient(person.id, person.phone, "+989121110005")
    put_off = DeliveryResult("pending", "put off", next_attempt_at=clock.now())
    assert record_results([(held, put_off)]) == {message.id}
    db.session.refresh(message)
    assert (message.status, message.recipient) == ("pending", "+989121110005")


def tighten(app: Any, monkeypatch: pytest.MonkeyPatch, **settings: int) -> None:
    tight = app.extensions["hampa.settings"].model_copy(update=settings)
    monkeypatch.setitem(app.extensions, "hampa.settings", tight)


def test_a_number_gets_so_many_of_a_purpose_wherever_they_are_written(
    db_session: Session, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tighten(app, monkeypatch, sms_per_person_day=2)

    def send(key: str, to: str = "+989121234567", **options: Any) -> OutboxMessage | None:
        values = {"purpose": "test", "locale": "en", **options}
        return send_sms(to, "tests/sms/plain.txt", {"word": "x"}, key=key, **values)

    first, second, third = (send(key) for key in ("one", "two", "three"))
    assert first is not None
    assert second is not None
    assert third is None
    assert send("one") is first, "what was written is written"
    assert send("other", purpose="other") is not None
    assert send("other number", to="+989121234568") is not None
    assert send("safety", priority="safety") is not None, "its callers keep room for it"
    assert send("few", priority="safety", most_a_day=2) is None
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert send("the day after") is not None
