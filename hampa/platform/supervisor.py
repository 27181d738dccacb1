"""Run a few programs together: start them, restart the one that ends, end all of them in time.

`make run`, `make serve` and the worker all stand on this.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Protocol

import structlog

GRACE_SECONDS = 4.0
LOOK_SECONDS = 0.2
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 10.0
LONG_LIFE_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = structlog.get_logger(__name__)


class Stopping(Protocol):
    """What tells a supervisor to end: a `StopSignal`, or an event of `threading`."""

    def wait(self, timeout: float, /) -> bool: ...


class StopSignal:
    """Set once one of `STOP_SIGNALS` has come; any thread may wait for it.

    The signal's number arrives through a pipe: a Python handler that set an event could find its lock held by the very
    thread that it interrupts.
    """

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        for end in (self.reading, self.writing):
            os.set_blocking(end, False)
        self._is_set = False

    def wait(self, timeout: float) -> bool:
        """Wait for so many seconds at most; return whether it is set. May return early when it is not."""
        if not self._is_set and wait([self.reading], timeout):
            with contextlib.suppress(BlockingIOError):  # another thread has read it
                # Other signals, such as the alarm of a time limit, come through the pipe too.
                self._is_set = self._is_set or not set(STOP_SIGNALS).isdisjoint(os.read(self.reading, 1024))
        return self._is_set

    def send(self) -> None:
        """Send the signal to this process itself."""
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopSignal]:
    """While this lasts, Ctrl-C, SIGTERM and a closed terminal set the stop signal instead of ending the process."""
    stopping = StopSignal()
    before = [signal.getsignal(kind) for kind in STOP_SIGNALS]
    handle_nothing()
    wakeup_before = signal.set_wakeup_fd(stopping.writing, warn_on_full_buffer=False)
    try:
        yield stopping
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for kind, handler in zip(STOP_SIGNALS, before, strict=True):
            signal.signal(kind, handler)


def handle_nothing() -> None:
    """Have Python do nothing about the stop signals; their numbers still arrive at the `StopSignal`."""
    for kind in STOP_SIGNALS:
        signal.signal(kind, lambda *_: None)


@dataclass
class Program:
    """A program to be kept running, its present process, and how long it rests before it is started again.

    It is a command, which runs in a session of its own, or a function, which runs in a fork.
    """

    name: str
    command: Sequence[str] | Callable[[], None]
    process: subprocess.Popen[bytes] | BaseProcess | None = None
    started_at: float = 0.0
    rest: float = field(default=FIRST_REST_SECONDS)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.status is None

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        return self.process.exitcode if self.process is not None else None

    def start(self, environ: Mapping[str, str]) -> None:
        """Start the process; a command's session keeps a Ctrl-C from it, which is for the supervisor."""
        if callable(self.command):
            self.process = multiprocessing.get_context("fork").Process(target=self.command, name=self.name)
            self.process.start()
        else:
            self.process = subprocess.Popen(
                self.command,
                env=environ,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one call into the kernel, which needs no lock
            )
        self.started_at = time.monotonic()

    def terminate(self) -> None:
        """Ask the process to end."""
        if self.process is not None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill the process, a command with everything it started, and wait until it is gone."""
        if isinstance(self.process, subprocess.Popen):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        elif self.process is not None:
            self.process.kill()
            self.process.join()


def supervise(
    programs: Sequence[Program],
    environ: Mapping[str, str],
    stopping: Stopping,
    *,
    announced: Callable[[], bool] = lambda: True,
    grace_seconds: float | None = None,
) -> None:
    """Keep the programs running until `stopping`, then end them within `GRACE_SECONDS` or as many as given.

    `announced` is called at each look until it returns that it has told people that all is up.
    """
    told = False
    try:
        for program in programs:
            program.start(environ)
        while not stopping.wait(LOOK_SECONDS):
            told = told or announced()
            for program in programs:
                if not program.runs:
                    _restart(program, environ, stopping)
    finally:
        end(programs, GRACE_SECONDS if grace_seconds is None else grace_seconds)


def end(programs: Sequence[Program], grace_seconds: float) -> None:
    """Ask all programs at once to end, and kill those that have not done so in time."""
    for program in programs:
        program.terminate()
    deadline = time.monotonic() + grace_seconds
    while any(program.runs for program in programs) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS / 4)
    for program in programs:
        if program.runs:
            log.error("program did not end in time: killed", program=program.name)
        program.kill()


def _restart(program: Program, environ: Mapping[str, str], stopping: Stopping) -> None:
    """Start it again, after a rest that grows while it keeps ending young."""
    if time.monotonic() - program.started_at > LONG_LIFE_SECONDS:
        program.rest = FIRST_REST_SECONDS
    log.warning("program ended, starting it again", program=program.name, status=program.status, rest=program.rest)
    program.kill()
    if not stopping.wait(program.rest):
        program.start(environ)
    program.rest = min(program.rest * 2, LONGEST_REST_SECONDS)


def end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone, killed with -9 too; on Linux."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
