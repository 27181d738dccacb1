"""Gateways that fail rest, a second one takes over, and what waited leaves once they work again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from hampa.outbox import jobs, queries
from hampa.outbox.actions.writing import send_mail
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import breaker
from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.delivery.breaker import FAILURES, FIRST_REST, LONGEST_REST, GatewayState
from hampa.platform.variables import PartPrice, Price
from tests.outbox.conftest import ScriptedGateway, fresh, send, write

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEAD = Outcome(Answer.RETRY, error="no connection")
HANGING = Outcome(Answer.UNKNOWN, error="no answer: ReadTimeout")
NO_CREDIT = Outcome(Answer.RETRY, error="status 418: no credit", fault=Fault.ACCOUNT)
REFUSED = Outcome(Answer.REFUSED, error="no such number")
SECOND = timedelta(seconds=1)
Given = Callable[..., None]


@pytest.fixture
def given(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Change settings for this test."""

    def change(**values: Any) -> None:
        changed = app.extensions["hampa.settings"].model_copy(update=values)
        monkeypatch.setitem(app.extensions, "hampa.settings", changed)

    return change


@pytest.fixture
def second(app: Flask, given: Given) -> Iterator[ScriptedGateway]:
    """Yield the gateway that takes over."""
    other = ScriptedGateway()
    other.name = "twilio"
    before = app.extensions.get("hampa.gateway.twilio")
    app.extensions["hampa.gateway.twilio"] = other
    given(sms_second_gateway="twilio")
    yield other
    app.extensions["hampa.gateway.twilio"] = before


def state(name: str = "scripted") -> GatewayState:
    db.session.expire_all()
    return db.session.scalars(select(GatewayState).where(GatewayState.name == name)).one()


def statuses() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutboxMessage.status).order_by(OutboxMessage.created_at)))


def die(gateway: ScriptedGateway, answer: Outcome = DEAD) -> None:
    """Let a gateway fail from now on."""
    gateway.script = [answer] * 1_000


def test_a_dead_gateway_gets_ten_calls_at_most(db_session: Session, gateway: ScriptedGateway) -> None:
    gateway.parallel = 1
    die(gateway)
    for _ in range(40):
        write()
    with clock.frozen(clock.now()):
        for _ in range(5):
            send()
    assert FAILURES <= len(gateway.sent) <= 10
    assert state().is_open and state().reason == "no connection"
    assert statuses() == ["pending"] * 40
    untried = [one for one in db.session.scalars(select(OutboxMessage)) if one.attempts == 0]
    assert len(untried) >= 30, "what waits loses no try"


def test_many_workers_at_once_know_of_it(real_database: Flask, gateway: ScriptedGateway) -> None:
    gateway.parallel = 8
    die(gateway)
    with real_database.app_context():
        for _ in range(40):
            write()
        for _ in range(3):
            send("normal")
        assert len(gateway.sent) <= 10


@pytest.mark.parametrize("answer", [REFUSED, Outcome(Answer.RETRY, error="odd", fault=Fault.MESSAGE)])
def test_messages_that_fail_for_their_own_sake_say_nothing_of_the_gateway(
    db_session: Session, gateway: ScriptedGateway, answer: Outcome
) -> None:
    die(gateway, answer)
    for _ in range(20):
        write()
    send()
    assert len(gateway.sent) == 20
    assert breaker.gateway_states() == []


def test_an_answer_in_between_begins_the_count_anew(db_session: Session, gateway: ScriptedGateway) -> None:
    gateway.script = [*[DEAD] * (FAILURES - 1), Outcome(Answer.TAKEN), *[DEAD] * (FAILURES - 1)]
    for _ in range(2 * FAILURES):
        write()
    send()
    assert not state().is_open
    assert len(gateway.sent) == 2 * FAILURES


def test_one_message_at_a_time_finds_out_whether_it_works_again_and_rests_grow(
    db_session: Session, gateway: ScriptedGateway
) -> None:
    die(gateway)
    for _ in range(40):
        write()
    rests, now = [], clock.now()
    with clock.frozen(now):
        send()
    calls = len(gateway.sent)
    for _ in range(6):
        until = state().rests_until
        assert until is not None
        rests.append(until - now)
        now = until + SECOND
        with clock.frozen(now):
            send()
            send()
        calls += 1
        assert len(gateway.sent) == calls, "one probe, and no more until its rest is over"
    assert rests[0] == FIRST_REST and rests[1] == 2 * FIRST_REST and rests[-1] == LONGEST_REST
    gateway.script = []
    with clock.frozen(now + LONGEST_REST + SECOND):
        send()
    assert (state().is_open, state().failures) == (False, 0)


def test_all_leave_within_two_minutes_of_the_recovery(db_session: Session, gateway: ScriptedGateway) -> None:
    """A gateway is dead for five minutes; workers poll every two seconds."""
    with clock.frozen(NOON):
        die(gateway)
        notices = [write() for _ in range(60)]
        codes = [write("code", expires_at=NOON + timedelta(minutes=minutes)) for minutes in (2, 4, 20)]
    for seconds in range(0, 300, 10):
        with clock.frozen(NOON + timedelta(seconds=seconds)):
            send()
    assert len(gateway.sent) < FAILURES + 12
    gateway.script, gateway.sent = [], []
    for seconds in range(300, 420, 10):
        with clock.frozen(NOON + timedelta(seconds=seconds)):
            send()
            jobs.hurry_after_recovery()
    assert {fresh(message).status for message in notices} == {"sent"}
    assert [fresh(message).status for message in codes] == ["expired", "expired", "sent"]
    assert all(sms.purpose != "sign_in_code" or sms.idempotency_key == str(codes[2].id) for sms in gateway.sent)


def test_what_was_put_off_by_a_gateway_that_fails_now_and_then_leaves_soon_too(
    db_session: Session, gateway: ScriptedGateway
) -> None:
    with clock.frozen(NOON):
        message = write()
        gateway.script = [DEAD]
        send()
    with clock.frozen(NOON + timedelta(seconds=80)):
        gateway.script = [DEAD]
        send()
        assert fresh(message).next_attempt_at > clock.now() + timedelta(seconds=100)
        jobs.hurry_after_recovery()
        assert fresh(message).next_attempt_at > clock.now() + timedelta(seconds=100), "it still fails"
        write()
        send()
    with clock.frozen(NOON + timedelta(seconds=90)):
        jobs.hurry_after_recovery()
    with clock.frozen(NOON + timedelta(seconds=111)):
        send()
    assert fresh(message).status == "sent"


def test_a_gateway_that_takes_no_more_is_left_alone_for_as_long_as_it_wants(
    db_session: Session, gateway: ScriptedGateway
) -> None:
    gateway.script = [Outcome(Answer.RETRY, error="slow down", retry_after=30, fault=Fault.LIMIT)]
    with clock.frozen(NOON):
        for _ in range(10):
            write()
        send()
    assert len(gateway.sent) == 1
    assert (state().rests_until, state().failures, state().opened_at) == (NOON + timedelta(seconds=30), 0, None)
    with clock.frozen(NOON + timedelta(seconds=29)):
        assert send() == 0
    with clock.frozen(NOON + timedelta(seconds=31)):
        send()
    assert statuses().count("sent") == 9


def test_other_kinds_of_messages_go_on(db_session: Session, gateway: ScriptedGateway, mails: ScriptedGateway) -> None:
    mails.name = "mails"
    die(gateway)
    for _ in range(20):
        write()
    send()
    mail = send_mail(
        "a@example.org", "tests/mail/plain.txt", {"word": "x"}, purpose="t", key="m", locale="en", secret="s"
    )
    db.session.commit()
    send()
    assert mail is not None and fresh(mail).status == "sent"


# A second gateway


def test_a_second_gateway_takes_over_when_the_first_refuses_the_account(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway
) -> None:
    gateway.script = [NO_CREDIT]
    code, notice = write("code"), write()
    send()
    assert len(gateway.sent) == 1, "it rests at once"
    assert len(second.sent) == 2
    assert (fresh(code).status, code.provider, code.attempts) == ("sent", "twilio", 1)
    assert (fresh(notice).status, notice.provider) == ("sent", "twilio")
    assert state().opened_at is not None


def test_a_second_gateway_takes_over_while_the_first_rests(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway
) -> None:
    die(gateway)
    for _ in range(30):
        write()
    with clock.frozen(clock.now()):
        send()
    assert len(gateway.sent) == FAILURES
    assert len(second.sent) == 30 - FAILURES


def test_a_second_gateway_gets_nothing_that_the_first_refused_for_the_number(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway
) -> None:
    gateway.script = [REFUSED]
    message = write()
    send()
    assert (fresh(message).status, second.sent) == ("failed", [])


@pytest.mark.parametrize("fault", [Fault.GATEWAY, Fault.ACCOUNT])
def test_a_code_that_the_first_may_have_taken_is_not_given_to_the_second(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway, fault: Fault
) -> None:
    gateway.script = [Outcome(Answer.UNKNOWN, error="no answer", fault=fault)]
    message = write("code")
    send()
    with clock.shifted(timedelta(seconds=20)):
        send()
    assert (fresh(message).status, second.sent) == ("failed", [])


def test_while_both_rest_everything_waits_without_a_try(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway
) -> None:
    die(gateway, NO_CREDIT)
    die(second, NO_CREDIT)
    for _ in range(10):
        write()
    with clock.frozen(clock.now()):
        for _ in range(3):
            send()
    assert (len(gateway.sent), len(second.sent)) == (1, 1)
    assert statuses() == ["pending"] * 10


def test_the_first_gateway_is_probed_though_the_second_works(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway
) -> None:
    gateway.script = [NO_CREDIT]
    with clock.frozen(NOON):
        write()
        send()
    with clock.frozen(NOON + LONGEST_REST + SECOND):
        for _ in range(5):
            write()
        send()
    assert (len(gateway.sent), len(second.sent)) == (1 + 5, 1)
    assert not state().is_open


# Different gateways by number


def test_numbers_go_by_the_gateway_of_their_country(
    db_session: Session, gateway: ScriptedGateway, second: ScriptedGateway, given: Given
) -> None:
    given(sms_second_gateway="", sms_routes=(("+49", "twilio"),))
    die(gateway)
    with clock.frozen(NOON):
        for _ in range(15):
            write()
        send()
        berlin = write(to="+4915735981234")
        send()
        assert (fresh(berlin).status, berlin.provider) == ("sent", "twilio")
    assert [sms.to for sms in second.sent] == ["+4915735981234"]
    die(second)
    gateway.script = []
    with clock.frozen(NOON + timedelta(minutes=5)):
        for nth in range(15):
            write(to=f"+49157359812{nth:02}")
        send()
    assert len(second.sent) == 1 + FAILURES
    assert statuses().count("sent") >= 1 + 10, "Tehran's go on"


# What they cost


def test_the_price_of_a_message_is_that_of_its_gateway_country_and_parts(
    db_session: Session, gateway: ScriptedGateway, given: Given
) -> None:
    prices = (
        PartPrice("twilio", "", Price(Decimal("0.1"), "EUR")),
        PartPrice("", "+98", Price(Decimal(1000), "IRR")),
        PartPrice("", "+98912", Price(Decimal(1500), "IRR")),
    )
    given(sms_prices=prices, sms_price=Price(Decimal("0.07"), "USD"))
    mine, long, other = write(), write(data={"word": "س" * 100}), write(to="+4915735981234")
    gateway.name = "kavenegar"
    send()
    assert [(fresh(one).price, one.currency) for one in (mine, long, other)] == [
        (1500, "IRR"),
        (3000, "IRR"),
        (Decimal("0.07"), "USD"),
    ]
    assert queries.spent_today() == {"IRR": Decimal(4500), "USD": Decimal("0.07")}
    with clock.shifted(timedelta(days=1)):
        assert queries.spent_today() == {}


def test_messages_to_many_wait_for_the_next_day_when_the_budget_is_used(
    db_session: Session, gateway: ScriptedGateway, given: Given
) -> None:
    given(sms_price=Price(Decimal(1), "EUR"), sms_budget_day=(Price(Decimal(3), "EUR"),))
    with clock.frozen(NOON):
        for _ in range(4):
            write(priority="bulk")
            send()
        (late,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.status == "pending"))
        assert (late.attempts, late.last_error) == (0, "the day's budget is used")
        assert late.next_attempt_at == datetime(2026, 11, 21, 20, 30, tzinfo=UTC), "midnight in Tehran"
        for priority in ("normal", "safety", "code"):
            write("code" if priority == "code" else "plain", priority=priority)
        send()
        assert len(gateway.sent) == 6
    with clock.frozen(late.next_attempt_at + SECOND):
        send()
    assert fresh(late).status == "sent"


def test_no_connection_is_held_and_little_is_asked_while_a_gateway_rests(
    real_database: Flask, gateway: ScriptedGateway
) -> None:
    die(gateway)
    with real_database.app_context():
        for _ in range(30):
            write()
        send("normal")
        pool: Any = db.engine.pool
        assert pool.checkedout() == 0
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        assert send("normal") == 0
        assert len(statements) <= 4
        assert not [sql for sql in statements if sql.startswith("INSERT")]
