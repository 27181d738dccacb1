"""Jobs that tell followers, and members of crews, of new runs."""

import uuid
from datetime import date, timedelta

from hampa.follows import actions
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job


@job("follows.find_new_runs", every=timedelta(minutes=1))
def find_new_runs() -> None:
    """Enqueue the telling of runs that are new, some in each transaction."""
    for claim in (actions.claim_new_runs, actions.claim_crew_runs):
        while claim():
            db.session.commit()
    db.session.commit()


@job("follows.tell_new_runs")
def tell_new_runs(run_ids: list[uuid.UUID], day: date, *, of_series: bool, after: uuid.UUID | None = None) -> None:
    """Tell some followers of new runs, and the others in the next job."""
    last = actions.tell_followers(run_ids, day.isoformat(), of_series=of_series, after=after)
    if last is not None:
        enqueue("follows.tell_new_runs", run_ids=run_ids, day=day, of_series=of_series, after=last)
    db.session.commit()


@job("follows.tell_crew_run")
def tell_crew_run(run_id: uuid.UUID, after: uuid.UUID | None = None) -> None:
    """Tell some members of a crew of its new run, and the others in the next job."""
    last = actions.tell_crew(run_id, after)
    if last is not None:
        enqueue("follows.tell_crew_run", run_id=run_id, after=last)
    db.session.commit()
