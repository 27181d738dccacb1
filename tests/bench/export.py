"""What the copy of somebody with ten years of runs costs a worker: `python -m tests.bench.export`, with the settings of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from hampa.account.actions import exports
from hampa.account.jobs import make_export
from hampa.app import create_app
from hampa.people.models import Person
from hampa.platform import config
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.platform.migrations import upgrade
from tests.bench.memory import most_megabytes

RUNS, NOTICES, MESSAGES = 3_650, 30_000, 5_000

LIFE = (
    """
    INSERT INTO runs (id, organiser_id, title, description, starts_at, starts_local, timezone, place, short_code, search)
    SELECT gen_random_uuid(), :person, 'Run ' || day, repeat('Along the river and back, easy all the way. ', 100),
        now() - make_interval(days => day), now()::timestamp - make_interval(days => day), 'Asia/Tehran', 'Chitgar',
        'bench' || day, '' FROM generate_series(1, :runs) day
    """,
    """
    INSERT INTO participations (id, run_id, person_id, status, rank, note)
    SELECT gen_random_uuid(), id, :person, 'COMPLETED', 1, 'With a friend' FROM runs WHERE organiser_id = :person
    """,
    """
    INSERT INTO run_comments (id, run_id, author_id, text)
    SELECT gen_random_uuid(), id, :person, repeat('Well done. ', 20) FROM runs WHERE organiser_id = :person
    """,
    """
    INSERT INTO notifications (id, person_id, type, subject_id, data, event)
    SELECT gen_random_uuid(), :person, 'run_comment', gen_random_uuid(),
        jsonb_build_object('title', 'Run', 'line', repeat('Well done. ', 20)), 'bench' || nth
    FROM generate_series(1, :notices) nth
    """,
    """
    INSERT INTO outbox_messages
        (id, purpose, person_id, recipient, locale, template, data, key, priority, status, next_attempt_at)
    SELECT gen_random_uuid(), 'operator_alert', :person, '+989120000000', 'fa', 'auth/sms/budget_spent.txt',
        '{"most": 5}', 'bench' || nth, 2, 'sent', now() FROM generate_series(1, :messages) nth
    """,
)


@dataclass(frozen=True)
class Cost:
    """Seconds to make the copy, its size in bytes, and the most memory that the process ever had."""

    seconds: float
    megabytes: float
    size: int


def cost(variables: Mapping[str, str]) -> Cost:
    """Of a process of its own, which has loaded all that a worker has."""
    command = [sys.executable, "-m", "tests.bench.export"]
    done = subprocess.run(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def live() -> Person:
    """Somebody who ran every day for ten years."""
    person = Person(phone="+989120000000", name="Zarrin")
    db.session.add(person)
    db.session.flush()
    counts = {"runs": RUNS, "notices": NOTICES, "messages": MESSAGES}
    for statement in LIFE:
        db.session.execute(text(statement), {"person": person.id} | counts)
    return person


def main() -> None:
    """Make the copy as the job does, and print what it cost."""
    app = create_app(config.load(os.environ))
    with app.app_context():
        upgrade()
        export_id = exports.request_export(live()).id
        db.session.commit()
        began = time.perf_counter()
        make_export(export_id)
        seconds = time.perf_counter() - began
        file = f"exports/{export_id}.zip"
        size = storage.open_file(file).size
        storage.delete_now(file)
    megabytes = most_megabytes()
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "size": size}))


if __name__ == "__main__":
    main()
