"""The calendar feed of somebody with five hundred runs, as calendar programs ask for it all day long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, text

from hampa.calendars.actions import open_feed
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.bench import figures, load

RUNS, MOST_TIMES = 500, 10.0

JOIN = """
INSERT INTO participations (id, run_id, person_id, status, rank)
SELECT gen_random_uuid(), runs.id, :person, 'GOING', 1000
FROM (SELECT id FROM runs ORDER BY starts_at, id LIMIT :runs) runs
ON CONFLICT DO NOTHING
"""


def feed(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int) -> None:
    """Measure the feed of 500 runs against a run's page of the same person, by CPU time a request."""
    with figures.site(home, figures.SMALL, signed_in=1) as ours:
        with ours.app.app_context():
            person = db.session.scalars(select(Person).order_by(Person.phone).limit(1)).one()
            db.session.execute(text(JOIN), {"person": person.id, "runs": RUNS})
            address = f"/runs.ics?token={open_feed(person)}"
            page = f"/runs/{db.session.scalar(select(Run.id).order_by(Run.starts_at).limit(1))}"
            db.session.commit()
            db.engine.dispose()
        answer = load.pages(ours.port, [address], seconds=0.2, clients=1)
        found = figures.against(
            (ours.port, ours.pid, [address], ""), (ours.port, ours.pid, [page], ours.cookies[0]), seconds, rounds
        )
        note = f"CPU {found.cost:.1f} ms a feed of {answer.size // 1024} KB, {found.other_cost:.1f} ms a page"
        tell(f"feed of {RUNS} runs", found.cost / found.other_cost, "× a page", most=MOST_TIMES, note=note)
