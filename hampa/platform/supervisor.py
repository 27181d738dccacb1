"""Supervision of a few programs: start them, restart those that end, and end all of them in time.

`make run`, `make serve` and the worker use it.
"""

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

from hampa.platform import logs

GRACE_SECONDS = 4.0
LOOK_SECONDS = 0.2
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 10.0
LONG_LIFE_SECONDS = 30.0
FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}
"""By glibc's default each thread has a heap, whose free memory the others can't use: 5 MB more for a web process."""
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = logs.get_logger(__name__)


class Stopping(Protocol):
    """A `StopSignal`, or an event of `threading`, that ends a supervisor."""

    def wait(self, timeout: float, /) -> bool:
        """Wait for at most `timeout` seconds; return whether it is set."""
        ...


class StopSignal:
    """An event that one of `STOP_SIGNALS` sets; any thread may wait for it.

    The signal's number arrives through a pipe: a Python handler that set an event could find its lock held by the
    thread that it interrupts.
    """

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        for end in (self.reading, self.writing):
            os.set_blocking(end, False)
        self._is_set = False

    def wait(self, timeout: float) -> bool:
        """Wait for at most `timeout` seconds; return whether it is set. May return early when it is not."""
        if not self._is_set and wait([self.reading], timeout):
            with contextlib.suppress(BlockingIOError):  # another thread has read it
                # Other signals, such as the alarm of a time limit, arrive through the pipe too.
                self._is_set = self._is_set or not set(STOP_SIGNALS).isdisjoint(os.read(self.reading, 1024))
        return self._is_set

    def send(self) -> None:
        """Send the signal to this process itself."""
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopSignal]:
    """Let Ctrl-C, SIGTERM and a closed terminal set the stop signal during the block instead of ending the process."""
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
    """Make Python ignore the stop signals; their numbers still arrive at the `StopSignal`."""
    for kind in STOP_SIGNALS:
        signal.signal(kind, lambda *_: None)


@dataclass
class Program:
    """A program to keep running: a command, which gets a session of its own, or a function, which runs in a fork.

    `rest` is the seconds before it is restarted.
    """

    name: str
    command: Sequence[str] | Callable[[], None]
    process: subprocess.Popen[bytes] | BaseProcess | None = None
    started_at: float = 0.0
    rest: float = field(default=FIRST_REST_SECONDS)

    @property
    def runs(self) -> bool:
        """Return whether its process runs."""
        return self.process is not None and self.status is None

    @property
    def status(self) -> int | None:
        """Return the exit status, or None while it runs."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        return self.process.exitcode if self.process is not None else None

    def start(self, environ: Mapping[str, str]) -> None:
        """Start the process; a Ctrl-C, which is for the supervisor, does not reach a command's session."""
        if callable(self.command):
            self.process = multiprocessing.get_context("fork").Process(target=self.command, name=self.name)
            self.process.start()
        else:
            self.process = subprocess.Popen(
                self.command,
                env={**FEW_HEAPS, **environ},
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one call into the kernel, which needs no lock
            )
        self.started_at = time.monotonic()

    def terminate(self) -> None:
        """Send the process SIGTERM."""
        if self.process is not None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill the process, and all that a command started, and wait for its end."""
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
    grace_seconds: float = GRACE_SECONDS,
) -> None:
    """Keep the programs running until `stopping` is set, then end them within `grace_seconds`.

    `announced` is called again and again until it returns that it has announced the start to people.
    """
    is_announced = False
    try:
        for program in programs:
            program.start(environ)
        while not stopping.wait(LOOK_SECONDS):
            is_announced = is_announced or announced()
            for program in programs:
                if not program.runs:
                    _restart(program, environ, stopping)
    finally:
        end(programs, grace_seconds)


def end(programs: Sequence[Program], grace_seconds: float) -> None:
    """Send all programs SIGTERM at once, and kill those that have not ended in time."""
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
    """Restart a program after a rest that grows while it keeps ending soon after its start."""
    if time.monotonic() - program.started_at > LONG_LIFE_SECONDS:
        program.rest = FIRST_REST_SECONDS
    log.warning("program ended, starting it again", program=program.name, status=program.status, rest=program.rest)
    program.kill()
    if not stopping.wait(program.rest):
        program.start(environ)
    program.rest = min(program.rest * 2, LONGEST_REST_SECONDS)


def end_with_parent() -> None:
    """Make the kernel end this process when its parent ends, even by SIGKILL; on Linux only."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
