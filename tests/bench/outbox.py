"""How fast one worker empties the outbox, its history included, when the gateway costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from statistics import median

from sqlalchemy import delete, insert

from hampa.app import create_app
from hampa.outbox import jobs, queries
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock, config
from hampa.platform.db import db
from hampa.platform.delivery.base import Answer, Outcome, SmsMessage
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.migrations import upgrade
from hampa.platform.sms.webhook import WebhookGateway
from tests import sms_gateway

MESSAGES = 1_500
ROUNDS = 3


class AtOnce:
    """Takes every message at once."""

    name = "at once"
    parallel = 8

    def send(self, message: SmsMessage) -> Outcome:
        return Outcome(Answer.TAKEN, provider_id=message.idempotency_key)


def messages_a_second(variables: Mapping[str, str], *, through_http: bool) -> float:
    """Return the median of some rounds of claiming, rendering, sending and recording.

    The gateway takes a message at once, in this process or behind HTTP in another.
    """
    app = create_app(config.load(variables))
    with ExitStack() as stack:
        gateway = WebhookGateway(stack.enter_context(_http_gateway()), "") if through_http else AtOnce()
        use_gateway(app, "sms", gateway)
        stack.enter_context(app.app_context())
        upgrade()
        found = median(_round() for _ in range(ROUNDS))
        db.session.remove()
        db.engine.dispose()
    return found


@contextmanager
def _http_gateway() -> Iterator[str]:
    """Yield the URL of an HTTP gateway in a process of its own."""
    receive, send = Pipe(duplex=False)
    process = Process(target=_serve, args=(send,), daemon=True)
    process.start()
    try:
        yield str(receive.recv())
    finally:
        process.terminate()
        process.join()


def _serve(url: Connection) -> None:
    with sms_gateway.running() as gateway:
        url.send(gateway.url)
        threading.Event().wait()


def _round() -> float:
    db.session.execute(delete(OutboxMessage))
    now = clock.now()
    message = {
        "purpose": "run_changed",
        "locale": "fa",
        "template": "auth/sms/budget_spent.txt",
        "data": {"most": 500},
        "priority": 2,
        "next_attempt_at": now,
    }
    db.session.execute(
        insert(OutboxMessage),
        [message | {"recipient": f"+98912{1_000_000 + nth}", "key": f"bench:{nth}"} for nth in range(MESSAGES)],
    )
    db.session.commit()
    began = time.perf_counter()
    jobs.send_due("normal", lambda: False)
    passed = time.perf_counter() - began
    counted = queries.message_counts()
    if counted != {"sent": MESSAGES}:
        raise RuntimeError(f"not all were sent: {counted}")
    return MESSAGES / passed
