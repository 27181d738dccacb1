"""Real workers, to be killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
# Each worker is a process of its own, forked from one that has imported the app: importing it again and again was
# half of the time of these tests.
forked_ready = multiprocessing.get_context("forkserver")
forked_ready.set_forkserver_preload(["tests.faults.preloaded", "tests.faults.workers"])


def run_program(arguments: Sequence[str], environ: Mapping[str, str], log: str) -> None:
    """Become `python` with these arguments, in a session of its own so that all of its processes can be reached."""
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = list(arguments)
    runpy.run_path(arguments[0], run_name="__main__")


class Worker:
    """`python worker.py`, with whatever it starts."""

    def __init__(
        self, environ: Mapping[str, str], log: Path, concurrency: int = 1, program: Sequence[str] = ("worker.py",)
    ) -> None:
        log.touch()
        self._path = log
        arguments = [*program, "--concurrency", str(concurrency)]
        self._parent = forked_ready.Process(target=run_program, args=(arguments, {**os.environ, **environ}, str(log)))
        self._parent.start()

    @property
    def pid(self) -> int:
        assert self._parent.pid is not None
        return self._parent.pid

    def processes(self) -> list[psutil.Process]:
        """Parent and children that are alive, found by their session: children may have outlived the parent."""
        return [process for pid in psutil.pids() if (process := _of_session(pid, self.pid))]

    def children(self) -> list[psutil.Process]:
        return [process for process in self.processes() if process.pid != self.pid]

    def signal_all(self, what: signal.Signals) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(what)

    def said(self) -> str:
        """Return what all processes have written to their log so far."""
        return self._path.read_text()

    def kill(self) -> None:
        """Kill -9 all of it, and wait until it is gone."""
        self.signal_all(signal.SIGKILL)
        self._parent.kill()
        self._parent.join(10)
        wait_until(lambda: not self.processes())

    def end(self) -> None:
        """Ask it to end, which it does within 20 seconds, leaving nobody behind."""
        self._parent.terminate()
        self._parent.join(20)
        assert self._parent.exitcode == 0
        assert not self.processes()


def _of_session(pid: int, session: int) -> psutil.Process | None:
    """Return the process with this number if it is alive and belongs to the session."""
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        if os.getsid(pid) == session and (found := psutil.Process(pid)).status() != psutil.STATUS_ZOMBIE:
            return found
    return None


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
    """Run a worker that is gone afterwards, whatever happens; its output is shown when the test fails."""
    worker = Worker(environ, log, concurrency, program)
    try:
        yield worker
    except BaseException:
        worker.kill()
        print(worker.said()[-6000:])
        raise
    worker.kill()
