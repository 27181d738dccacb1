"""Run a few programs together: start them, restart the one that dies, end all of them in time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

GRACE_SECONDS = 4.0
LOOK_SECONDS = 0.2
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 10.0
LONG_LIFE_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

log = structlog.get_logger(__name__)


@dataclass
class Program:
    """A program that is to run, the process that runs it now, and how long it rests before it is started again."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    rest: float = field(default=FIRST_REST_SECONDS)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, environ: Mapping[str, str]) -> None:
        """In a session of its own: a Ctrl-C is for the supervisor, who ends its programs in order."""
        self.process = subprocess.Popen(
            self.command,
            env=environ,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one call into the kernel, which needs no lock
        )
        self.started_at = time.monotonic()

    def send(self, what: signal.Signals, *, to_all: bool = False) -> None:
        """To the program, or to it and everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if to_all else os.kill)(self.process.pid, what)


def supervise(
    programs: Sequence[Program],
    environ: Mapping[str, str],
    stopping: threading.Event,
    *,
    announced: Callable[[], bool],
) -> None:
    """Keep the programs running until `stopping` is set, then end them within `GRACE_SECONDS`.

    `announced` is called at each look until it says that it has told the people that all is up.
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
        end(programs)


def end(programs: Sequence[Program]) -> None:
    """Ask all of them at once to end, and kill what has not done so in time."""
    for program in programs:
        program.send(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(program.runs for program in programs) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS / 4)
    for program in programs:
        program.send(signal.SIGKILL, to_all=True)
        if program.process is not None:
            program.process.wait()


def _restart(program: Program, environ: Mapping[str, str], stopping: threading.Event) -> None:
    """Start it again, after a rest that grows while it keeps dying young."""
    lived = time.monotonic() - program.started_at
    if lived > LONG_LIFE_SECONDS:
        program.rest = FIRST_REST_SECONDS
    status = program.process.returncode if program.process else None
    log.warning("program ended, starting it again", program=program.name, status=status, rest=program.rest)
    program.send(signal.SIGKILL, to_all=True)
    if not stopping.wait(program.rest):
        program.start(environ)
    program.rest = min(program.rest * 2, LONGEST_REST_SECONDS)


@contextlib.contextmanager
def signals_set(stopping: threading.Event) -> Iterator[None]:
    """While this lasts, Ctrl-C, SIGTERM and a closed terminal set the event instead of ending us."""
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(kind, lambda *_: stopping.set()) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def end_with_parent() -> None:
    """From now on this process is ended when the one that started it is gone, killed with -9 too; on Linux."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
