"""Hampa as `make run` starts it, on a database of its own, for a real browser to visit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import httpx

from hampa.platform.locale.phone import parse

ROOT = Path(__file__).parents[2]
START_SECONDS = 300
"""Long enough for a machine that does much else: with the demo community it is 20 s on a quiet one."""
SMS_SECONDS = 20


@cache
def asking() -> httpx.Client:
    """Return one client for all questions: each that is made reads all the certificates that are trusted."""
    return httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))  # noqa: S501


@dataclass(frozen=True)
class Site:
    """A running site and what its gateway delivered."""

    url: str

    def messages(self, phone: str) -> list[dict[str, str]]:
        """Return the SMS to a number, newest first."""
        number = quote(parse(phone, "IR"))
        answer = asking().get(f"{self.url}/dev/outbox?format=json&to={number}").raise_for_status()
        return list(answer.json()["messages"])

    def message(self, phone: str, purpose: str, *, after: int = 0) -> str:
        """Return the newest SMS of a purpose to a number, once there are more than `after` of them."""
        end = time.monotonic() + SMS_SECONDS
        while time.monotonic() < end:
            found = [one["text"] for one in self.messages(phone) if one["purpose"] == purpose]
            if len(found) > after:
                return found[0]
            time.sleep(0.1)
        had = [(one["purpose"], one["text"]) for one in self.messages(phone)]
        raise AssertionError(f"no SMS of purpose {purpose} to {phone} within {SMS_SECONDS} s; there were {had}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(environment: dict[str, str], log: Path, *, demo: bool = False) -> Iterator[Site]:
    """Web and worker in processes of their own, in development, until the end of the block."""
    port = free_port()
    environ = {
        **os.environ,
        **environment,
        "HAMPA_ENV": "development",
        "HAMPA_PAGE_VISITOR_LIMIT": "1000000",
        "HAMPA_PAGE_PERSON_LIMIT": "1000000",
        "HAMPA_DEMO": "1" if demo else "0",
        "HAMPA_WEB_WORKERS": "1",
        "HAMPA_CODE_WAIT": "1",
        "HAMPA_BASE_URL": f"http://localhost:{port}",  # a name: browsers make no passkeys for a number
        "PORT": str(port),
    }
    with log.open("wb") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "hampa", "up"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", program, log)
        yield Site(f"http://localhost:{port}")
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(30)


def _wait_until_ready(url: str, program: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and program.poll() is None:
        try:
            if asking().get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the site did not start:\n{log.read_text()[-3000:]}")
