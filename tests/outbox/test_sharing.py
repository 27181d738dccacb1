"""A gateway that shares out its places: who keeps it waiting keeps nobody else waiting."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.outbox.models import OutboxMessage
from hampa.platform.delivery.base import Outcome
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.delivery.pacing import Pacing
from tests.factories.people import make_person
from tests.outbox.conftest import ScriptedGateway, send, write


class SharingGateway(ScriptedGateway):
    """A gateway that shares out its places; to one person it sends nothing before another has theirs."""

    def __init__(self, slow: str) -> None:
        super().__init__(parallel=8)
        self.slow, self.pacing, self.others = slow, Pacing(), threading.Event()

    def begin(self, message: Any) -> float:
        return self.pacing.begin(message.idempotency_key, [f"person {message.to}"])

    def send(self, message: Any) -> Outcome:
        if message.to == self.slow:
            assert self.others.wait(20)
        else:
            self.others.set()
        self.pacing.end(message.idempotency_key)
        return super().send(message)


def test_who_keeps_a_gateway_waiting_keeps_nobody_else_waiting(
    app: Flask, db_session: Session, gateway: ScriptedGateway
) -> None:
    slow, other = make_person(), make_person()
    for _ in range(12):
        write(to=slow.phone, person_id=slow.id)
    write(to=other.phone, person_id=other.id)
    shared = SharingGateway(slow.phone)
    use_gateway(app, "sms", shared)
    send()
    first = [message.to for message in shared.sent[:3]]
    assert other.phone in first, "two are at the gateway for the slow one, and no more"
    messages = db_session.scalars(select(OutboxMessage).filter_by(person_id=slow.id)).all()
    assert {message.attempts for message in messages} <= {0, 1}, "who waits for a place loses no try"
    assert "others have their turn" in {message.last_error for message in messages if message.status == "pending"}
