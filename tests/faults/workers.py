"""Real workers, to be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


class Worker:
    """`python worker.py`, in a session of its own so that all of its processes can be reached at once."""

    def __init__(
        self, environ: Mapping[str, str], log: Path, concurrency: int = 1, program: Sequence[str] = ("worker.py",)
    ) -> None:
        self._path = log
        self._log = log.open("ab")
        self._parent = subprocess.Popen(
            [sys.executable, *program, "--concurrency", str(concurrency)],
            cwd=ROOT,
            env={**os.environ, **environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._parent.pid

    def processes(self) -> list[psutil.Process]:
        """Parent and children that are alive, found by their session: children may have outlived the parent."""
        return [process for process in psutil.process_iter() if _belongs(process, self.pid)]

    def children(self) -> list[psutil.Process]:
        return [process for process in self.processes() if process.pid != self.pid]

    def signal_all(self, what: signal.Signals) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(what)

    def said(self) -> str:
        """What all of them wrote to their log so far."""
        return self._path.read_text()

    def kill(self) -> None:
        """Kill -9 all of it, and wait until it is gone."""
        self.signal_all(signal.SIGKILL)
        self._parent.wait(10)
        wait_until(lambda: not self.processes())
        self._log.close()

    def end(self) -> None:
        """Ask it to end, which it does within 20 seconds, leaving nobody behind."""
        self._parent.terminate()
        assert self._parent.wait(20) == 0
        assert not self.processes()
        self._log.close()


def _belongs(process: psutil.Process, session: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        return process.status() != psutil.STATUS_ZOMBIE and os.getsid(process.pid) == session
    return False


def wait_until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Sixty seconds are for a busy machine; all of this takes a few."""
    latest = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < latest, "it did not come to pass in time"
        time.sleep(0.02)


@contextlib.contextmanager
def working(
    environ: Mapping[str, str], log: Path, concurrency: int = 1, program: Sequence[str] = ("worker.py",)
) -> Iterator[Worker]:
    """A worker that is gone afterwards, whatever happens; what it said is shown when the test fails."""
    worker = Worker(environ, log, concurrency, program)
    try:
        yield worker
    except BaseException:
        worker.kill()
        print(worker.said()[-6000:])
        raise
    worker.kill()
