"""Sending: what goes to the gateway, in which order, and what is recorded."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from hampa.outbox import jobs, models, queries
from hampa.outbox.actions import claims
from hampa.outbox.models import OutboxEvent, OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.delivery.base import Answer, Outcome, SmsMessage
from hampa.platform.delivery.console import ConsoleGateway
from hampa.platform.delivery.gateways import get_gateway, use_gateway
from tests.factories.people import make_person
from tests.outbox.conftest import ScriptedGateway, fresh, let_die, send, write

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def history(message: OutboxMessage) -> list[tuple[str, str | None]]:
    return [(event.what, event.detail) for event in queries.events_of(message.id)]


def test_a_message_is_sent_and_its_history_says_so(db_session: Session, gateway: ScriptedGateway) -> None:
    message = write(to="+989121234567", data={"word": "hello"})
    assert send() == 1
    (sms,) = gateway.sent
    assert (sms.to, sms.text, sms.template, sms.params) == (
        "+989121234567",
        "hello",
        "tests/sms/plain.txt",
        {"word": "hello"},
    )
    assert sms.idempotency_key == str(message.id)
    fresh(message)
    assert (message.status, message.attempts, message.provider, message.provider_id) == ("sent", 1, "scripted", "p1")
    assert (message.segments, message.last_error) == (1, None)
    assert message.sent_at is not None
    assert history(message) == [("sent", None)]
    assert send() == 0


def test_a_code_is_wiped_when_it_was_sent(db_session: Session, gateway: ScriptedGateway) -> None:
    message = write("code", secret="314159")
    send()
    assert (gateway.sent[0].text, gateway.sent[0].params) == ("Code 314159", {"word": "hello", "secret": "314159"})
    assert gateway.sent[0].veiled == "Code ••••••"
    assert fresh(message).secret is None


@pytest.mark.parametrize(
    ("script", "status"),
    [([Outcome(Answer.REFUSED)], "failed"), ([Outcome(Answer.UNKNOWN)], "failed"), ([], "expired")],
)
def test_a_code_is_wiped_however_it_ends(
    db_session: Session, gateway: ScriptedGateway, script: list[Outcome], status: str
) -> None:
    gateway.script = script
    message = write("code", expires_at=clock.now() + timedelta(minutes=0 if status == "expired" else 5))
    send()
    assert (fresh(message).status, message.secret) == (status, None)
    assert len(gateway.sent) == (status != "expired")


def test_a_code_that_was_not_taken_keeps_its_secret_for_the_next_try(
    db_session: Session, gateway: ScriptedGateway
) -> None:
    gateway.script = [Outcome(Answer.RETRY, error="busy")]
    with clock.frozen(NOON):
        message = write("code", expires_at=NOON + timedelta(minutes=5))
        send()
        assert (fresh(message).status, message.last_error) == ("pending", "busy")
        assert send() == 0
    with clock.frozen(NOON + timedelta(seconds=2)):
        send()
    assert [sms.text for sms in gateway.sent] == ["Code 123456"] * 2
    assert history(message) == [("put off", "busy"), ("sent", None)]


def test_what_a_gateway_quotes_of_a_code_is_not_kept(
    db_session: Session, gateway: ScriptedGateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.script = [Outcome(Answer.REFUSED, error="can't deliver 'Code 314159'")]
    message = write("code", secret="314159")
    send()
    assert history(message) == [("refused", "can't deliver 'Code ••••••'")]
    assert fresh(message).last_error == "can't deliver 'Code ••••••'"
    assert "314159" not in caplog.text


def test_urgent_ones_go_first_then_by_time(db_session: Session, gateway: ScriptedGateway) -> None:
    for nth, priority in enumerate(("bulk", "normal", "safety", "code", "normal", "code")):
        with clock.frozen(NOON + timedelta(seconds=nth)):
            write(data={"word": f"{priority} {nth}"}, priority=priority)
    with clock.frozen(NOON + timedelta(minutes=1)):
        send()
    assert [sms.text for sms in gateway.sent] == ["code 3", "code 5", "safety 2", "normal 1", "normal 4", "bulk 0"]


def test_a_text_is_written_as_its_reader_reads_when_it_is_sent(db_session: Session, gateway: ScriptedGateway) -> None:
    at = datetime(2026, 11, 27, 6, 0, tzinfo=UTC).isoformat()
    gregorian = make_person(locale="fa", calendar="gregorian")
    for locale, person_id in (("fa", None), ("en", None), ("fa", gregorian.id)):
        write("when", data={"at": at}, locale=locale, person_id=person_id)
    send()
    assert [sms.text for sms in gateway.sent] == ["۶ آذر", "27 November", "۲۷ نوامبر"]


def test_a_text_that_can_not_be_written_fails_alone(db_session: Session, gateway: ScriptedGateway) -> None:
    broken, well = write("broken"), write()
    send()
    assert (fresh(broken).status, broken.last_error) == ("failed", "it can't be written: UndefinedError")
    assert fresh(well).status == "sent"


def test_a_secret_sealed_with_another_key_fails(db_session: Session, gateway: ScriptedGateway) -> None:
    message = write("code")
    message.secret = b"sealed by another"
    db.session.commit()
    send()
    assert fresh(message).status == "failed"
    assert gateway.sent == []


def test_a_gateway_that_breaks_counts_as_no_answer(db_session: Session, gateway: ScriptedGateway) -> None:
    def break_down(_message: SmsMessage) -> None:
        raise KeyError("unforeseen")

    gateway.during = break_down
    message = write()
    send()
    assert (fresh(message).status, message.last_error) == ("pending", "KeyError in the gateway")


@pytest.mark.parametrize(
    "odd",
    [
        Outcome(Answer.RETRY, error="answered 503: \x00\ud800", retry_after=float("inf")),
        Outcome(Answer.TAKEN, provider_id="\x00\udfff" + "9" * 10_000),
    ],
    ids=["refused", "taken"],
)
def test_words_that_can_not_be_stored_lose_no_answer_that_came_with_them(
    real_database: Flask, gateway: ScriptedGateway, odd: Outcome
) -> None:
    together = threading.Barrier(4)

    def wait_for_the_others(_message: SmsMessage) -> None:
        together.wait(10)

    gateway.parallel, gateway.script, gateway.during = 4, [odd], wait_for_the_others
    with real_database.app_context():
        for _ in range(4):
            write()
        send("normal")
        kept = db.session.scalars(select(OutboxMessage)).all()
        assert sorted(message.status for message in kept) == ["pending"] * (odd.answer is Answer.RETRY) + ["sent"] * (
            4 - (odd.answer is Answer.RETRY)
        )
        assert all(len(message.provider_id or "") <= jobs.LONGEST_WORDS for message in kept)


def test_the_code_of_a_dead_worker_is_not_sent_twice(db_session: Session, gateway: ScriptedGateway) -> None:
    message = write("code")
    let_die(message, NOON)
    with clock.frozen(NOON - timedelta(seconds=1)):
        assert send() == 0
    with clock.frozen(NOON):
        send()
    assert gateway.sent == []
    assert (fresh(message).status, message.secret) == ("failed", None)
    assert history(message) == [("failed", "the worker died while sending; a code is not sent twice")]


def test_others_of_a_dead_worker_are_sent_again_with_the_same_key(
    db_session: Session, gateway: ScriptedGateway
) -> None:
    message = write()
    send()
    let_die(message, NOON)
    with clock.frozen(NOON):
        send()
    assert [sms.idempotency_key for sms in gateway.sent] == [str(message.id)] * 2
    assert fresh(message).status == "sent"


def test_who_comes_back_from_the_dead_writes_nothing_down(
    db_session: Session, gateway: ScriptedGateway, caplog: pytest.LogCaptureFixture
) -> None:
    message = write()

    def lose_it_to_another(_message: SmsMessage) -> None:
        with clock.shifted(models.LEASE):
            assert len(claims.claim_due("normal", 1)) == 1
            db.session.commit()

    gateway.during = lose_it_to_another
    send()
    assert (fresh(message).status, message.attempts, history(message)) == ("sending", 2, [])
    assert "another worker has it" in caplog.text


def test_a_demo_person_gets_nothing_through_a_real_gateway(db_session: Session, gateway: ScriptedGateway) -> None:
    demo = make_person(is_demo=True)
    moved = make_person(is_demo=True, phone="+989127654321")
    by_number, by_account = write(to=demo.phone), write(to="+989127654322", person_id=moved.id)
    send()
    assert gateway.sent == []
    assert {fresh(by_number).provider, fresh(by_account).provider} == {"console"}
    assert {delivery.recipient for delivery in console.deliveries()} == {demo.phone, "+989127654322"}


def test_who_is_told_to_stop_takes_nothing(db_session: Session, gateway: ScriptedGateway) -> None:
    write()
    assert jobs.send_due("normal", lambda: True) == 0
    assert gateway.sent == []


def test_no_connection_is_held_while_the_gateway_is_asked(real_database: Flask, gateway: ScriptedGateway) -> None:
    gateway.parallel = 4
    held: list[int] = []
    with real_database.app_context():
        pool: Any = db.engine.pool
        gateway.during = lambda _message: held.append(pool.checkedout())
        for _ in range(8):
            write()
        send("normal")
    # Whoever else is at the gateway holds none either; only the one that writes answers down may, and just then.
    assert len(held) == 8
    assert held[0] == 0
    assert max(held) <= 1


def test_each_answer_is_committed_before_the_next_message_is_begun(
    real_database: Flask, gateway: ScriptedGateway
) -> None:
    seen_by_others: list[int] = []
    with real_database.app_context():
        others = db.engine

        def look(_message: SmsMessage) -> None:
            with others.connect() as connection:
                sent = select(func.count()).where(OutboxMessage.status == "sent")
                seen_by_others.append(connection.execute(sent).scalar_one())

        gateway.during = look
        for _ in range(5):
            write()
        send("normal")
    assert seen_by_others == [0, 1, 2, 3, 4]


def test_many_workers_at_once_send_each_message_once(real_database: Flask, gateway: ScriptedGateway) -> None:
    gateway.parallel = 4
    with real_database.app_context():
        for _ in range(80):
            write()

    def work() -> None:
        with real_database.app_context():
            send("normal")

    workers = [threading.Thread(target=work) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(gateway.sent) == len({sms.idempotency_key for sms in gateway.sent}) == 80
    with real_database.app_context():
        assert queries.message_counts() == {"sent": 80}


def test_what_another_worker_is_about_to_take_is_passed_over_and_not_waited_for(real_database: Flask) -> None:
    with real_database.app_context():
        for _ in range(6):
            write()
        claimed = {message.id for message in claims.claim_due("normal", 4)}
        with ThreadPoolExecutor(1) as thread:
            elsewhere = thread.submit(claim_elsewhere, real_database).result(10)
        db.session.commit()
    assert (len(claimed), len(elsewhere)) == (4, 2)
    assert not claimed & elsewhere


def claim_elsewhere(app: Flask) -> set[uuid.UUID]:
    """Claim messages in another connection, which gives up after a second of waiting for a lock."""
    with app.app_context():
        db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
        claimed = {message.id for message in claims.claim_due("normal", 4)}
        db.session.commit()
        return claimed


def test_a_slow_answer_does_not_hold_up_the_others(real_database: Flask, gateway: ScriptedGateway) -> None:
    gateway.parallel = 4
    others_are_sent = threading.Event()

    def wait_at_the_first(message: SmsMessage) -> None:
        if message.text == "slow":
            others_are_sent.wait(10)
        elif len(gateway.sent) == 20:
            others_are_sent.set()

    gateway.during = wait_at_the_first
    with real_database.app_context():
        write(data={"word": "slow"})
        for _ in range(19):
            write()
        send("normal")
        assert others_are_sent.is_set()
        assert queries.message_counts() == {"sent": 20}


def test_an_answer_is_written_down_once_the_database_is_back(
    db_session: Session, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_results, times = claims.record_results, []

    def away_twice(*call: Any) -> set[uuid.UUID]:
        times.append(clock.now())
        if len(times) < 3:
            raise OperationalError("UPDATE", {}, Exception("server closed the connection"))
        return record_results(*call)

    message = write()
    monkeypatch.setattr(claims, "record_results", away_twice)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    send()
    assert (fresh(message).status, len(gateway.sent), len(times)) == ("sent", 1, 3)


def test_taking_looks_at_no_message_that_is_not_due(real_database: Flask, gateway: ScriptedGateway) -> None:
    with real_database.app_context():
        later = clock.now() + timedelta(hours=1)
        db.session.execute(
            text(
                "INSERT INTO outbox_messages (id, purpose, recipient, locale, template, data, key, priority,"
                " next_attempt_at) SELECT gen_random_uuid(), 'test', '+989121234567', 'en', 'x', '{}', 'k' || n, 2,"
                " :later FROM generate_series(1, 5000) n"
            ),
            {"later": later},
        )
        db.session.commit()
        db.session.execute(text("ANALYZE outbox_messages"))
        write(priority="bulk")
        statements = []
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
        send("normal")
        sql, parameters = next((sql, parameters) for sql, parameters in statements if "SKIP LOCKED" in sql)
        with db.engine.connect() as connection:
            plan = "\n".join(
                row[0]
                for row in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}", parameters)
            )
    assert len(gateway.sent) == 1
    assert "ix_outbox_messages_due" in plan
    assert "Rows Removed by Filter" not in plan


def test_what_ended_long_ago_is_forgotten_with_its_history(db_session: Session, gateway: ScriptedGateway) -> None:
    old, recent, waiting = write(), write(), write()
    send()
    old.created_at = clock.now() - timedelta(days=91)
    waiting.status, waiting.created_at = "pending", clock.now() - timedelta(days=91)
    db.session.commit()
    jobs.delete_old_messages()
    assert set(db.session.scalars(select(OutboxMessage.id))) == {recent.id, waiting.id}
    assert set(db.session.scalars(select(OutboxEvent.message_id))) == {recent.id, waiting.id}


def test_what_the_console_delivered_is_forgotten_after_a_week(app: Flask, db_session: Session) -> None:
    use_gateway(app, "sms", ConsoleGateway())
    old, recent = write(to="+989121234567"), write(to="+989127654321")
    send()
    (delivery_of_old,) = console.deliveries(old.recipient)
    delivery_of_old.created_at = clock.now() - timedelta(days=7)
    db.session.commit()
    jobs.delete_old_messages()
    assert [delivery.recipient for delivery in console.deliveries()] == [recent.recipient]


def test_the_gateway_of_the_settings_is_kept(app: Flask) -> None:
    with app.app_context():
        assert get_gateway("sms") is get_gateway("sms")
        assert get_gateway("sms").name == "console"
