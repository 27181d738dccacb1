"""Telling ten thousand people of a change: statements, memory, and what pages feel of it."""

from __future__ import annotations

import random
import threading
import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import Engine

from hampa.notifications.models import Notification
from hampa.plans.jobs import notify_changed
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.bench import load
from tests.bench.figures import SMALL, Tell, site
from tests.bench.memory import forget_peak, most_megabytes

PARTICIPANTS = 10_000

FILL_PEOPLE = """
INSERT INTO people (id, phone, name, city, locale, timezone, calendar, last_sign_in_at)
SELECT gen_random_uuid(), '+98936' || lpad(n::text, 7, '0'), 'Crowd ' || n, 'Tehran', 'fa', 'Asia/Tehran', 'solar', now()
FROM generate_series(1, :people) n ON CONFLICT DO NOTHING
"""

FILL_RUN = """
INSERT INTO participations (id, run_id, person_id, status, rank)
SELECT gen_random_uuid(), :run, id, 'GOING', 1000 + row_number() OVER ()
FROM people WHERE name LIKE 'Crowd %' ON CONFLICT DO NOTHING
"""


def telling(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure a change of a run with 10,000 people: the job's statements, memory and time, and pages meanwhile."""
    with site(home, SMALL) as ours, ours.app.app_context():
        run_id = crowd()
        alone = median_ms(ours.port, run_id, max(1.0, seconds))
        told: dict[str, float] = {}
        worker = threading.Thread(target=tell_all, args=(ours.app, run_id, told))
        worker.start()
        beside = median_ms(ours.port, run_id, 0, until=worker)
        worker.join()
        db.engine.dispose()
    tell("telling 10,000: statements", told["statements"], "", most=15)
    tell("telling 10,000: memory it takes", told["megabytes"], "MB", most=20, note=f"{told['seconds']:.1f} s")
    tell("a page while they are told", beside / alone, "× alone", most=3, note=f"{alone:.1f} ms alone")


def crowd() -> uuid.UUID:
    """Return a run without a limit, to which ten thousand come; in an app context."""
    run_id = db.session.scalars(select(Run.id).where(Run.capacity.is_(None)).order_by(Run.id).limit(1)).one()
    db.session.execute(text(FILL_PEOPLE), {"people": PARTICIPANTS})
    db.session.execute(text(FILL_RUN), {"run": run_id})
    counted = "UPDATE runs SET next_rank = 20000, taken = (SELECT count(*) FROM participations WHERE run_id = :run)"
    db.session.execute(text(counted + " WHERE id = :run"), {"run": run_id})
    db.session.commit()
    return run_id


def tell_all(app: Flask, run_id: uuid.UUID, told: dict[str, float]) -> None:
    """Run the worker's job, with SMS, and note what it asked, grew by and took."""
    statements = 0

    def count(*_given: Any) -> None:
        nonlocal statements
        statements += threading.current_thread() is me

    me = threading.current_thread()
    event.listen(Engine, "before_cursor_execute", count)
    forget_peak()
    before, started = most_megabytes(), time.perf_counter()
    with app.app_context():
        notify_changed(run_id, random.randrange(1, 2**31), ["place"])
        told["people"] = db.session.scalar(select(func.count()).where(Notification.subject_id == run_id)) or 0
        db.engine.dispose()
    told |= {"seconds": time.perf_counter() - started, "megabytes": most_megabytes() - before}
    event.remove(Engine, "before_cursor_execute", count)
    told["statements"] = statements - 1
    if told["people"] < PARTICIPANTS:
        raise RuntimeError(f"{told['people']} were told, not {PARTICIPANTS}")


def median_ms(port: int, run_id: uuid.UUID, seconds: float, until: threading.Thread | None = None) -> float:
    """How long the run's page takes, asked for some seconds, or while a thread is at work."""
    client, took, stop = load.Client(port), [], time.perf_counter() + seconds
    while not took or time.perf_counter() < stop or (until is not None and until.is_alive()):
        started = time.perf_counter()
        status, _size = client.get(f"/runs/{run_id}")
        if status != 200:
            raise RuntimeError(f"a run's page answered {status}")
        took.append((time.perf_counter() - started) * 1000)
    client.close()
    return median(took)
