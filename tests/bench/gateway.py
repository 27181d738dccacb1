"""Figure 15: what pages feel of an SMS gateway that is slow, refuses or is away, beside one that takes all at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from sqlalchemy import delete, func, insert, select

from hampa.outbox.models import PRIORITIES, OutboxMessage
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests import sms_gateway
from tests.bench import load
from tests.bench.figures import SMALL, Tell, prepared
from tests.bench.servers import ROOT, serving_hampa

A_SECOND = 5
"""Messages that fall due each second."""
CLIENTS = 2
STARTING = 5.0
"""Seconds until the worker has noticed a change."""
ROUND = 20.0


def refused(_call: sms_gateway.Call) -> sms_gateway.Reply:
    """Answer 503 to three calls of ten."""
    return sms_gateway.Reply(503 if random.random() < 0.3 else 200)


def slow(_call: sms_gateway.Call) -> sms_gateway.Reply:
    """Answer after half a minute."""
    time.sleep(30)
    return sms_gateway.Reply()


def away(_call: sms_gateway.Call) -> sms_gateway.Reply:
    """Break the connection."""
    raise ConnectionResetError


TROUBLES: dict[str, Callable[[sms_gateway.Call], sms_gateway.Reply]] = {
    "30 s slow": slow, "that refuses 30 %": refused, "that is away": away,
}  # fmt: skip


def troubled_gateway(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the 95th percentile of pages beside a worker whose gateway is in trouble, and beside a good one."""
    ours = prepared(home, SMALL, 8)
    with sms_gateway.running() as gateway:
        variables = ours.environment | {"HAMPA_SMS_GATEWAY": "webhook", "HAMPA_SMS_WEBHOOK_URL": gateway.url}
        with serving_hampa(variables) as (port, _pid), working(variables), falling_due(ours.app):
            with ours.app.app_context():
                runs = list(db.session.scalars(select(Run.id).order_by(Run.id).limit(20)))
                db.session.remove()
            paths = ["/runs", "/login", "/notifications", *(f"/runs/{run_id}" for run_id in runs)]
            while not gateway.calls:
                percentile_95(port, paths, ours.cookies, min(STARTING, seconds))
            for name, answer in TROUBLES.items():
                beside: dict[bool, list[float]] = {True: [], False: []}
                for number in range(max(1, rounds - 2)):
                    for is_good in (True, False) if number % 2 else (False, True):
                        gateway.answer = (lambda _call: sms_gateway.Reply()) if is_good else answer
                        time.sleep(min(STARTING, seconds))
                        beside[is_good].append(percentile_95(port, paths, ours.cookies, min(ROUND, 7 * seconds)))
                good, bad = median(beside[True]), median(beside[False])
                note = f"{bad:.1f} ms, {good:.1f} ms beside a good one"
                tell(f"pages' p95 beside a gateway {name}", bad / good, "× good", most=1.1, note=note)


def percentile_95(port: int, paths: list[str], cookies: list[str], seconds: float) -> float:
    """Return the 95th percentile of the milliseconds that requests of a few steady clients take."""
    took: list[float] = []
    stop = time.perf_counter() + seconds

    def ask(offset: int) -> None:
        client, number = load.Client(port), offset
        while time.perf_counter() < stop:
            number += 1
            client.be(cookies[number % len(cookies)])
            began = time.perf_counter()
            status, _size = client.get(paths[number % len(paths)])
            took.append((time.perf_counter() - began) * 1000 if status in (200, 303) else 30_000)
            time.sleep(0.02)
        client.close()

    threads = [threading.Thread(target=ask, args=(7 * number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return quantiles(took, n=20)[-1]


@contextmanager
def working(variables: dict[str, str]) -> Iterator[None]:
    """Run a worker as production does."""
    process = subprocess.Popen(
        [sys.executable, "worker.py"],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def falling_due(app: Flask) -> Iterator[None]:
    """Write messages at a steady pace, and see at the end that some were sent."""
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(1.0):
            with app.app_context():
                write_some()

    def write_some() -> None:
        message = {
            "purpose": "run_changed",
            "locale": "fa",
            "template": "auth/sms/budget_spent.txt",
            "data": {"most": 500},
            "priority": PRIORITIES["normal"],
            "next_attempt_at": clock.now(),
        }
        rows = [
            message | {"recipient": f"+98912{random.randrange(10**7):07}", "key": f"bench:{uuid.uuid4()}"}
            for _ in range(A_SECOND)
        ]
        db.session.execute(insert(OutboxMessage), rows)
        jobs.notify_workers(jobs.NORMAL)
        db.session.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()
        with app.app_context():
            sent = db.session.scalar(select(func.count()).where(OutboxMessage.status == "sent"))
            db.session.execute(delete(OutboxMessage).where(OutboxMessage.key.startswith("bench:")))
            db.session.commit()
            db.engine.dispose()
    if not sent:
        raise RuntimeError("the worker sent nothing")
