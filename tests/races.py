"""Several deeds in one instant: what locks and constraints decide, and not who was read first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from flask import Flask
from sqlalchemy import text

from hampa.platform.db import db
from hampa.platform.errors import DomainError

WAITS_FOR_US = text(
    "SELECT exists (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)
"""Whether a session waits for a lock of this one: other tests, in the same server, wait for their own."""


def at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[str]:
    """Do all of it in one instant, each as a request of its own that commits; how each ended, in the same order."""
    start = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> str:
        with app.app_context():
            start.wait(30)
            try:
                deed()
                db.session.commit()
                return "done"
            except DomainError as refusal:
                db.session.rollback()
                return type(refusal).__name__

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(one, deeds))


@contextmanager
def waiting_for_us(app: Flask, deed: Callable[[], object]) -> Iterator[Future[None]]:
    """Let the deed begin elsewhere, and go on once it waits for a lock that this session holds; its end is waited for."""

    def elsewhere() -> None:
        with app.app_context():
            deed()

    with ThreadPoolExecutor(1) as thread:
        begun = thread.submit(elsewhere)
        try:
            while not db.session.scalar(WAITS_FOR_US):
                assert not begun.done(), "it did not wait"
                time.sleep(0.01)
            yield begun
        finally:
            db.session.rollback()
        begun.result(20)
