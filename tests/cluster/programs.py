"""Programs of the cluster: each a process, or a family of them, with a log; started, ended, killed and watched."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from hampa.platform.supervisor import end_with_parent

PAUSE_SECONDS = 0.2
START_SECONDS = 60.0


class ClusterError(Exception):
    """A part of the cluster that is missing or does not start; the message is for whoever called."""


@dataclass
class Program:
    """A program of one machine: its command, its environment, and the user it runs as (None: this process's own)."""

    name: str
    command: Sequence[str]
    log: Path
    environ: Mapping[str, str]
    folder: Path
    user: int | None = None
    group: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = field(default=False)
    """Whether it should run: what ends by itself is started again."""

    @property
    def runs(self) -> bool:
        """Return whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process, which ends when this one is killed."""
        as_user: dict[str, Any] = {}
        if self.user is not None:
            as_user = {"user": self.user, "group": self.group, "extra_groups": []}
        self.wanted = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one call into the kernel, which needs no lock
                **as_user,
            )

    def family(self) -> list[psutil.Process]:
        """Return its process and all that it started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.process is not None and self.runs:
                first = psutil.Process(self.process.pid)
                return [first, *first.children(recursive=True)]
        return []

    def end(self) -> float:
        """Ask the process to end, and return the seconds that it took; what is left then is killed."""
        self.wanted = False
        begun, process, family = time.monotonic(), self.process, self.family()
        if process is not None and self.runs:
            process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.stop_seconds)
        _kill(process, family)
        return time.monotonic() - begun

    def kill(self) -> float:
        """Kill -9 all of its processes at once, as if its machine had lost its power; return when that was."""
        # The watcher may start another process before this one is gone.
        return _kill(self.process, self.family())


def _kill(process: subprocess.Popen[bytes] | None, family: list[psutil.Process]) -> float:
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    moment = time.monotonic()
    if process is not None:
        process.wait(30)
    psutil.wait_procs(family[1:], timeout=30)
    return moment


def wait_until(true: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until something is true; raise ClusterError, which says `what` did not come, after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise ClusterError(f"{what}: not within {seconds:.0f} s")
        time.sleep(PAUSE_SECONDS)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without settings of Hampa, PostgreSQL and languages, and with `more`."""
    others = ("HAMPA_", "PG", "LC_", "LANG", "DATABASE_URL", "REDIS_URL", "PORT")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)} | dict(more)
