"""The supervisor: restarts who dies, ends all in time, and takes its programs with it when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hampa.platform import supervisor
from hampa.platform.supervisor import Program, StopSignal, stop_on_signals, supervise

CHECKOUT = Path(__file__).parents[2]
SLEEPER = "import time, os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"

pytestmark = pytest.mark.faults


def until(true: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(") ")[2][0] != "Z"


class Running:
    """A supervisor in a thread, over one program that writes down the number of each process it was."""

    def __init__(self, folder: Path, code: str | Callable[[], None], grace_seconds: float = 4.0) -> None:
        self.told, self.grace_seconds = 0, grace_seconds
        self.notes = folder / "pids"
        self.stopping = threading.Event()
        command = code if callable(code) else [sys.executable, "-c", code, str(self.notes)]
        self.program = Program("sleeper", command)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self.notes.read_text().split()] if self.notes.exists() else []

    def _run(self) -> None:
        supervise(
            [self.program], os.environ, self.stopping, announced=self._announced, grace_seconds=self.grace_seconds
        )

    def _announced(self) -> bool:
        self.told += 1
        return bool(self.pids)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path, SLEEPER)
    yield made
    made.stop()


def test_who_dies_is_started_again(running: Running) -> None:
    until(lambda: len(running.pids) == 1)
    os.kill(running.pids[0], signal.SIGKILL)
    until(lambda: len(running.pids) == 2)
    assert alive(running.pids[1])


def test_who_dies_young_rests_longer_each_time(tmp_path: Path) -> None:
    made = Running(tmp_path, "import sys; open(sys.argv[1], 'a').write('1\\n')")
    until(lambda: len(made.pids) == 3)
    rest = made.program.rest
    made.stop()
    assert rest >= supervisor.FIRST_REST_SECONDS * 4


def test_all_is_told_once(running: Running) -> None:
    until(lambda: running.pids)
    time.sleep(supervisor.LOOK_SECONDS * 2)
    told = running.told
    time.sleep(supervisor.LOOK_SECONDS * 3)
    assert running.told == told


def test_at_the_end_all_have_ended(running: Running) -> None:
    until(lambda: running.pids)
    running.stop()
    assert not alive(running.pids[0])


def test_who_does_not_listen_is_killed_in_time(tmp_path: Path) -> None:
    made = Running(tmp_path, STUBBORN, grace_seconds=0.5)
    until(lambda: made.pids)
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 3
    assert not alive(made.pids[0])


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}, sys.argv[1]]); {SLEEPER}"
    made = Running(tmp_path, code)
    until(lambda: len(made.pids) == 2)
    made.stop()
    until(lambda: not any(alive(pid) for pid in made.pids))


def test_a_function_is_kept_running_in_a_fork(tmp_path: Path) -> None:
    running = Running(tmp_path, lambda: sleep_in_fork(tmp_path / "pids"))
    until(lambda: len(running.pids) == 1)
    os.kill(running.pids[0], signal.SIGKILL)
    until(lambda: len(running.pids) == 2)
    running.stop()
    assert not alive(running.pids[1])


def sleep_in_fork(notes: Path) -> None:
    with notes.open("a") as file:
        file.write(f"{os.getpid()}\n")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    time.sleep(60)


def test_signals_only_set_the_stop_signal() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as stopping:
        assert not stopping.wait(0)
        os.kill(os.getpid(), signal.SIGTERM)
        until(lambda: stopping.wait(0.1))
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_alarm_does_not_set_the_stop_signal() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    with stop_on_signals() as stopping:
        os.kill(os.getpid(), signal.SIGALRM)
        assert not stopping.wait(0.1)
        assert not stopping.wait(0)
    signal.signal(signal.SIGALRM, before)


def test_each_waiting_thread_learns_of_the_stop_signal() -> None:
    learned: list[bool] = []

    def wait(stopping: StopSignal) -> None:
        while not stopping.wait(0.1):
            pass
        learned.append(True)

    with stop_on_signals() as stopping:
        threads = [threading.Thread(target=wait, args=(stopping,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        os.kill(os.getpid(), signal.SIGTERM)
        for thread in threads:
            thread.join(5)
    assert learned == [True] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent is gone")
def test_its_programs_end_when_it_is_killed(tmp_path: Path) -> None:
    notes = tmp_path / "pids"
    code = (
        "import os, sys, threading; from hampa.platform.supervisor import Program, supervise; "
        f"supervise([Program('sleeper', [sys.executable, '-c', {SLEEPER!r}, {str(notes)!r}])],"
        " os.environ, threading.Event(), announced=lambda: True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT) as parent:
        until(lambda: notes.exists() and notes.read_text().strip())
        parent.kill()
    until(lambda: not alive(int(notes.read_text())))
