"""The worker's processes: some that answer the bell, one that goes round by itself, and one that minds them.

Listeners are RQ workers: they wait at Redis and look when a bell rings. The rounds need no Redis: every second or
two they look into each queue for what no ring announced, what became due, and what a dead worker left. All look in
the same way (`platform.work`), so any number of workers may run, on any number of machines.

On SIGTERM or SIGINT nothing new is begun, what has been begun is ended, and all is over within `GRACE_SECONDS`; a
process that takes longer is killed, and its leases run out. Processes whose parent is gone end likewise.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from flask import Flask, current_app
from redis import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.timeouts import BaseDeathPenalty
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import queue, redis, work

GRACE_SECONDS = 18.0
AWAY_SECONDS = 2.0
"""How long to wait before trying a database or a Redis again that did not answer."""
SLICE_SECONDS = 5.0
"""A look lasts about so long; then whoever looks may turn to a more urgent queue."""
ROUND_SECONDS = {queue.URGENT: 1.0, queue.NORMAL: 2.0}
TICK_SECONDS = 0.5
RESTART_SECONDS = 1.0

log = logging.getLogger(__name__)
stop = threading.Event()
"""Set when this process is to end."""

Compose = Callable[[], Flask]
Part = Callable[[Flask], None]


def run(compose: Compose, concurrency: int) -> None:
    """Keep `concurrency` listeners and one that goes round, until told to end. `compose` makes the app."""
    told = _told_to_end()
    # Each child composes its own app: no connection, lock or thread is shared across the fork.
    forking = multiprocessing.get_context("fork")

    def begin(part: Part) -> BaseProcess:
        child = forking.Process(target=_child, args=(part, compose, os.getpid()), name=part.__name__)
        child.start()
        return child

    children = {begin(part): part for part in [listen] * concurrency + [go_round]}
    log.info("worker %d has begun, with %d listeners", os.getpid(), concurrency)
    while told not in wait([told, *(child.sentinel for child in children)]):
        for child in [child for child in children if not child.is_alive()]:
            log.error("%s (%s) ended with %s: beginning another", child.name, child.pid, child.exitcode)
            part = children.pop(child)
            if not wait([told], timeout=RESTART_SECONDS):
                children[begin(part)] = part
    _end(list(children))
    log.info("worker %d has ended", os.getpid())


def _end(children: list[BaseProcess]) -> None:
    for child in children:
        child.terminate()
    latest = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.join(max(0.0, latest - time.monotonic()))
        if child.is_alive():
            log.error("%s (%s) did not end in time: killed", child.name, child.pid)
            child.kill()
            child.join()


def _child(part: Part, compose: Compose, parent: int) -> None:
    told = _told_to_end()
    threading.Thread(target=_mind, args=(told, parent), daemon=True).start()
    part(compose())


def _told_to_end() -> int:
    """A file descriptor that can be read from once SIGTERM or SIGINT (Ctrl-C reaches all of us) has come.

    A Python handler that set `stop` could find its lock held by the very thread that it interrupts.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _handle_nothing()
    return reading


def _handle_nothing() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)


def _mind(told: int, parent: int) -> None:
    """Stop when told to, or when the parent, killed, can't tell; and end, whatever still hangs then."""
    while not wait([told], timeout=TICK_SECONDS):
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)  # what waits at Redis wakes up too
    stop.set()
    time.sleep(GRACE_SECONDS)
    os._exit(1)


# The rounds


def go_round(app: Flask) -> None:
    """Look into each queue again and again, and queue what comes round."""
    threads = [
        threading.Thread(target=_rounds, args=(app, name, seconds), name=name)
        for name, seconds in ROUND_SECONDS.items()
    ]
    for thread in threads:
        thread.start()
    already: dict[str, int] = {}
    while not stop.is_set():
        _patiently(app, lambda: work.defer_what_comes_round(already))
        stop.wait(1.0)
    for thread in threads:
        thread.join()


def _rounds(app: Flask, name: str, seconds: float) -> None:
    while not stop.is_set():
        done = _patiently(app, lambda: work.look(name, until_slice_ends()))
        if not done:
            stop.wait(seconds)


def _patiently(app: Flask, do: Callable[[], Any]) -> Any:
    """Do it in a context of its own. When the database is away, wait; a worker is not restarted for that."""
    try:
        with app.app_context():
            return do()
    except SQLAlchemyError as reason:
        log.warning("the database does not answer (%s): trying again", type(reason).__name__)
    except Exception:
        log.exception("a round failed")
    stop.wait(AWAY_SECONDS)
    return None


def until_slice_ends() -> Callable[[], bool]:
    """Says whether it is time to stop: the slice is over, or the process is to end."""
    latest = time.monotonic() + SLICE_SECONDS
    return lambda: stop.is_set() or time.monotonic() > latest


# Listeners


class NoDeathPenalty(BaseDeathPenalty):
    """RQ would break off what takes long by a signal, which could fall between a gateway's yes and our commit."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class Listener(SimpleWorker):
    """An RQ worker that needs nothing of RQ but the bell."""

    death_penalty_class = NoDeathPenalty
    max_connection_wait_time = 5 * AWAY_SECONDS
    log_result_lifespan = False

    def check_for_suspension(self, burst: bool) -> None:
        """Called before each wait at Redis; a signal may have come before RQ's handlers were in place."""
        if stop.is_set():
            raise StopRequested
        super().check_for_suspension(burst)

    def subscribe(self) -> None:
        """RQ's remote commands are not used: that saves a thread and a connection."""


def listen(app: Flask) -> None:
    """Answer bells, urgent ones first. While Redis is away the rounds do everything."""
    with app.app_context():
        while not stop.is_set():
            try:
                client = redis.patient()
                queues = [queue.bell(name, client) for name in queue.QUEUES]
                Listener(queues, connection=client, worker_ttl=30, log_job_description=False).work(
                    logging_level="WARNING"
                )
            except RedisError as reason:
                log.warning("Redis does not answer (%s): no bells until it does", type(reason).__name__)
            _handle_nothing()  # RQ has put its own handlers in their place
            stop.wait(AWAY_SECONDS)


def answer(name: str) -> None:
    """The bell of queue `name` rang: look. This is what RQ calls."""
    stopping = until_slice_ends()
    try:
        with current_app.app_context():
            done = work.look(name, stopping)
    except SQLAlchemyError as reason:
        log.warning("the database does not answer (%s): leaving it to the rounds", type(reason).__name__)
        return
    if done and stopping():
        queue.ring_now(name)  # the slice is over, the work perhaps is not
