"""Figure 30: what others wait for while 500 clients are slow or silent, as `flask hampa serve` runs without a proxy."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from tests.bench.servers import ROOT, await_answer, free_port
from tests.slow_clients import KINDS, attacked, percentile_95, visit

CLIENTS = 500
SECONDS = 15.0
"""Longer than the time that slow clients are given, so that it ends within a round."""
ONE, MANY = ("127.0.0.1",), tuple(f"127.0.0.{number}" for number in range(2, 52))


def slow_clients(environment: dict[str, str], tell: Callable[..., None]) -> None:
    """Attack a server with each kind of slow client, then with all at once, from one address and from fifty."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(10 * CLIENTS, hard), hard))
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "hampa", "serve"],
        cwd=ROOT,
        env=os.environ | environment | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await_answer(port, "/healthz", process, 60)
        for kinds in (*((kind,) for kind in KINDS), tuple(KINDS)):
            for addresses in (ONE, MANY):
                seconds, unanswered = others_wait(port, kinds, addresses)
                what = " and ".join(kinds).replace("_", " ")
                name = f"others' p95, {CLIENTS} clients {what}, addresses: {len(addresses)}"
                note = f"{len(seconds)} requests, {unanswered} of them without an answer"
                tell(name, percentile_95(seconds), "s", most=1, note=note)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def others_wait(port: int, kinds: tuple[str, ...], addresses: tuple[str, ...]) -> tuple[list[float], int]:
    """Return the seconds of others' requests during an attack, and how many had no answer of status 200."""
    seconds, unanswered = [], 0
    with ExitStack() as attacks:
        for kind in kinds:
            attacks.enter_context(attacked(port, kind, CLIENTS, addresses))
        stop = time.monotonic() + SECONDS
        while time.monotonic() < stop:
            for path in ("/healthz", "/runs", "/login"):
                status, took = visit(port, path)
                seconds.append(took)
                unanswered += status != 200
                time.sleep(0.05)
    return seconds, unanswered
