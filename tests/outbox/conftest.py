"""Templates of the outbox's tests, and a gateway whose answers a test scripts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from hampa.outbox import jobs
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OutboxMessage
from hampa.platform.db import db
from hampa.platform.delivery.base import Answer, Outcome
from hampa.platform.delivery.gateways import use_gateway

TEMPLATES = {
    "tests/sms/plain.txt": "{{ data.word }}\n",
    "tests/sms/code.txt": "Code {{ secret }}",
    "tests/sms/when.txt": "{{ data.at|moment|date('Asia/Tehran') }}",
    "tests/mail/plain.txt": "Word for you\n\n{{ data.word }} {{ secret }}\n",
    "tests/sms/broken.txt": "{{ data.nothing.at_all }}",
}


class ScriptedGateway:
    """A gateway that answers by its script, then yes, and keeps what it was sent."""

    name = "scripted"

    def __init__(self, parallel: int = 1) -> None:
        self.parallel = parallel
        self.script: list[Outcome] = []
        self.sent: list[Any] = []
        self.during: Callable[[Any], None] = lambda _message: None

    def send(self, message: Any) -> Outcome:
        self.sent.append(message)
        self.during(message)
        return self.script.pop(0) if self.script else Outcome(Answer.TAKEN, provider_id=f"p{len(self.sent)}")


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> Iterator[None]:
    before = app.jinja_env.loader
    assert before is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), before])
    yield
    app.jinja_env.loader = before


@pytest.fixture
def gateway(app: Flask) -> Iterator[ScriptedGateway]:
    before = app.extensions.pop("hampa.sms", None)
    scripted = ScriptedGateway()
    use_gateway(app, "sms", scripted)
    yield scripted
    app.extensions["hampa.sms"] = before


@pytest.fixture
def mails(app: Flask) -> Iterator[ScriptedGateway]:
    """Yield the scripted gateway of mail."""
    before = app.extensions.pop("hampa.mail", None)
    scripted = ScriptedGateway()
    use_gateway(app, "mail", scripted)
    yield scripted
    app.extensions["hampa.mail"] = before


_numbers = itertools.count(1)


def write(template: str = "plain", **options: Any) -> OutboxMessage:
    """Write a message into the outbox, and commit."""
    nth = next(_numbers)
    values: dict[str, Any] = {
        "to": f"+98912{1_000_000 + nth}",
        "data": {"word": "hello"},
        "purpose": "test",
        "key": f"test:{nth}",
        "locale": "en",
    }
    if template == "code":
        values |= {"purpose": "sign_in_code", "priority": "code", "secret": "123456"}
    values |= options
    message = send_sms(values.pop("to"), f"tests/sms/{template}.txt", values.pop("data"), **values)
    db.session.commit()
    return message


def send(*queues: str) -> int:
    """Send what is due, as a worker does, in these queues or in both."""
    return sum(jobs.send_due(queue, lambda: False) for queue in queues or ("urgent", "normal"))


def fresh(message: OutboxMessage) -> OutboxMessage:
    db.session.refresh(message)
    return message


def let_die(message: OutboxMessage, at: datetime) -> None:
    """Leave the message as a worker does that was killed while sending; the lease ends at `at`."""
    message.status, message.attempts, message.next_attempt_at = "sending", message.attempts + 1, at
    db.session.commit()
