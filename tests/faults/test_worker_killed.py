"""The worker is killed (-9) at each step of sending: nothing is lost, no code goes out twice.

Other messages go out once more at most, and only if the gateway had been asked and its answer was not yet recorded.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from hampa.outbox import queries
from hampa.outbox.models import OutboxMessage
from hampa.platform.db import db
from tests.faults.conftest import (
    PAUSE,
    Work,
    counts,
    let_leases_end,
    none_open,
    pause_at,
    somebody_waits,
    status_of,
    write,
)
from tests.faults.workers import wait_until
from tests.sms_gateway import Call, Reply, SmsGateway
from tests.turns import in_turn

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
"""How often it is killed at each step; FAULT_ROUNDS=50 is the drill of a quiet night."""

KINDS = in_turn(["code"], ["notice"])

Step = Callable[[Work, SmsGateway, OutboxMessage], None]


def while_taking(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker after it has marked the row, before it commits."""
    pause_at("outbox_messages", "UPDATE", "NEW.status = 'sending'")
    _kill_while_paused(work)


def before_asking(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker after it has claimed the message, before it has sent anything to the gateway."""
    _kill_when(work, gateway, "at_door")


def before_the_answer(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker when the gateway has the message, and has not answered."""
    _kill_when(work, gateway, "answer")


def after_the_answer(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker when the gateway has said yes, before the worker reads it."""
    answered = threading.Event()
    with work() as worker:

        def freeze(_call: Call) -> Reply:
            worker.signal_all(signal.SIGSTOP)
            return Reply()

        gateway.answer = freeze
        gateway.answered = lambda _call: answered.set()
        assert answered.wait(60)


def while_writing_down(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker after it has recorded the yes, before it commits."""
    pause_at("outbox_events", "INSERT", "true")
    _kill_while_paused(work)


def after_writing_down(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """All is done."""
    with work():
        wait_until(lambda: status_of(message) == "sent")


def while_ending(work: Work, gateway: SmsGateway, message: OutboxMessage) -> None:
    """Kill the worker after it was told to end, while it waits for an answer."""
    asked, ended = threading.Event(), threading.Event()

    def never(_call: Call) -> Reply:
        asked.set()
        ended.wait(60)
        return Reply()

    gateway.answer = never
    with work() as worker:
        assert asked.wait(60)
        worker.signal_all(signal.SIGTERM)
        wait_until(lambda: len(worker.children()) == 1)  # which waits for the answer; the other has ended
    ended.set()


STEPS: list[tuple[Step, int, int]] = [
    # killed there, calls for a code in all, calls for another message in all
    (while_taking, 1, 1),
    (before_asking, 0, 1),
    (before_the_answer, 1, 2),
    (after_the_answer, 1, 2),
    (while_writing_down, 1, 2),
    (after_writing_down, 1, 1),
    (while_ending, 1, 2),
]


@dataclass(frozen=True)
class Killed:
    """A message that a worker was killed over, and how often the gateway may have been asked for it in all."""

    step: Step
    kind: str
    message: OutboxMessage
    calls: int


def test_killed_at_each_step(work: Work, gateway: SmsGateway) -> None:
    """One worker a step is killed; then one comes for all that is left."""
    killed = []
    for (step, code_calls, notice_calls), kind, _nth in product(STEPS, KINDS, range(ROUNDS)):
        (message,) = write(kind)
        step(work, gateway, message)
        gateway.at_door, gateway.answer, gateway.answered = lambda: None, lambda _call: Reply(), lambda _call: None
        _unpause()
        let_leases_end(timedelta(hours=1))
        killed.append(Killed(step, kind, message, code_calls if kind == "code" else notice_calls))
    let_leases_end()
    with work():
        wait_until(none_open)
    faults = [f"{one.step.__name__}, {one.kind}: {fault}" for one in killed if (fault := _fault(gateway, one))]
    assert not faults, "\n".join(faults)


def _fault(gateway: SmsGateway, killed: Killed) -> str:
    """Return how a message breaks the promise, or an empty text."""
    message = killed.message
    status, calls = status_of(message), gateway.calls_for(str(message.id))
    history = [(event.what, event.detail) for event in queries.events_of(message.id)]
    heard = killed.kind == "notice" or killed.step in (while_taking, after_writing_down)
    promised = (
        ("sent", killed.calls, [("sent", None)])
        if heard
        else ("failed", killed.calls, [("failed", "the worker died while sending; a code is not sent twice")])
    )
    if killed.kind == "code" and message.secret is not None:
        return "the code is still there"
    return "" if (status, calls, history) == promised else f"{(status, calls, history)} and not {promised}"


def test_killed_again_and_again_at_any_moment(work: Work, gateway: SmsGateway) -> None:
    chance = random.Random(11)
    messages = write("code", 60) + write("notice", 240)
    gateway.answer = lambda _call: time.sleep(0.01) or Reply()
    kills = 0
    while kills < 4:
        with work():
            began = len(gateway.calls)
            wait_until(lambda began=began: len(gateway.calls) > began or none_open())  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.4))
        kills += 1
        let_leases_end()
    with work():
        wait_until(none_open)

    calls = {message.id: gateway.calls_for(str(message.id)) for message in messages}
    codes = [message for message in messages if message.purpose == "sign_in_code"]
    notices = [message for message in messages if message.purpose != "sign_in_code"]
    assert max(calls[code.id] for code in codes) == 1
    assert {status_of(code) for code in codes} <= {"sent", "failed"}
    assert {status_of(notice) for notice in notices} == {"sent"}
    # Only what was at the gateway at the moment of a kill can have gone there again.
    assert sum(calls[notice.id] - 1 for notice in notices) <= kills * 2 * 8
    assert counts().keys() <= {"sent", "failed"}


def _kill_while_paused(work: Work) -> None:
    with db.engine.begin() as holder:
        holder.execute(text(f"SELECT pg_advisory_xact_lock({PAUSE})"))
        with work():
            wait_until(somebody_waits)


def _kill_when(work: Work, gateway: SmsGateway, moment: str) -> None:
    reached, killed = threading.Event(), threading.Event()

    def hold(*_given: Call) -> Reply:
        reached.set()
        killed.wait(60)
        raise ConnectionError("the caller is dead")

    setattr(gateway, moment, hold)
    with work():
        assert reached.wait(60)
    killed.set()


def _unpause() -> None:
    db.session.execute(text("DROP FUNCTION IF EXISTS pause CASCADE"))
    db.session.commit()
