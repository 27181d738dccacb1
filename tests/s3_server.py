"""An S3 service on this machine: moto's server, which speaks the protocol over HTTP and keeps all in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

FOLDER = Path(__file__).parents[1] / ".venv" / "s3"
"""Its packages, apart from ours: one of them needs an older python-dateutil (see requirements-s3.txt)."""


@contextmanager
def running() -> Iterator[str]:
    """Run the server and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(FOLDER)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _answering(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait()


def _answering(address: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with suppress(httpx.TransportError):
            httpx.get(address, timeout=5)
            return address
        time.sleep(0.1)
    raise RuntimeError("the S3 server does not start: is .venv/s3 there? `make test` installs it")
