"""Servers under measurement: the real ones, as processes of their own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from hampa.platform.serving import command
from tests.bench.load import Client

ROOT = Path(__file__).parents[2]
WORKERS = 2
BACKPRESSURE = 64


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving_hampa(environment: Mapping[str, str], port: int = 0) -> AbstractContextManager[tuple[int, int]]:
    """Hampa as production starts it, on a free port unless one is given; gives its port and process id."""
    return _running(port or free_port(), command(), {**environment, "HAMPA_WEB_WORKERS": str(WORKERS)}, "/healthz")


def serving(target: str, environment: Mapping[str, str]) -> AbstractContextManager[tuple[int, int]]:
    """`target` (`module:app`) on granian with as many processes; gives its port and process id."""
    port = free_port()
    granian = [
        str(Path(sys.executable).parent / "granian"),
        "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS),
        "--backpressure", str(BACKPRESSURE), "--log-level", "warning", target,
    ]  # fmt: skip
    return _running(port, granian, environment, "/")


@contextmanager
def _running(
    port: int, arguments: Sequence[str], environment: Mapping[str, str], path: str
) -> Iterator[tuple[int, int]]:
    environment = os.environ | dict(environment) | {"PORT": str(port)}
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        await_answer(port, path, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_answer(port: int, path: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until the server answers 200; raises `RuntimeError` when it does not."""
    stop = time.monotonic() + seconds
    while time.monotonic() < stop and process.poll() is None:
        client = Client(port)
        status, _ = client.get(path)
        client.close()
        if status == 200:
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {path} on port {port}")
