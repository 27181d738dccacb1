"""Several deeds in one instant: what locks and constraints decide, and not who was read first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

from hampa.platform.db import db
from hampa.platform.errors import DomainError


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
