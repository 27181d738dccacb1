"""What a worker would do, done by a test."""

from __future__ import annotations

from contextvars import Context

from flask import Flask, current_app

from hampa.platform import jobs
from hampa.platform.db import db
from hampa.platform.jobs.polling import poll
from hampa.platform.jobs.running import run_due


def work_off() -> int:
    """Do what is due in all queues, as a worker does it; return how much that was."""
    db.session.commit()
    return Context().run(_work_off_queues, current_app._get_current_object())  # type: ignore[attr-defined]


def _work_off_queues(app: Flask) -> int:
    done = 0
    with app.app_context():
        while found := sum(do(name, lambda: False) for name in jobs.QUEUES for do in (run_due, poll)):
            done += found
    return done
