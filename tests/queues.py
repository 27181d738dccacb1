"""What a worker would do, done by a test."""

from __future__ import annotations

from contextvars import Context

from flask import Flask, current_app

from hampa.platform import queue, work
from hampa.platform.db import db


def work_off() -> int:
    """Do what is due in all queues, as a worker does it; return how much that was."""
    db.session.commit()
    return Context().run(_look_at_queues, current_app._get_current_object())  # type: ignore[attr-defined]


def _look_at_queues(app: Flask) -> int:
    done = 0
    with app.app_context():
        while found := sum(work.look(name, lambda: False) for name in queue.QUEUES):
            done += found
    return done
