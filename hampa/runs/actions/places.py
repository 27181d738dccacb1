"""Places in a run: who has one, who is next. All of it under the run's lock."""

from __future__ import annotations

from sqlalchemy import select, update

from hampa.notifications.actions import notify
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.runs.actions.notices import snapshot, touch_listing
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import why_closed

COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested"}


def refuse_closed(run: Run) -> None:
    reason = why_closed(run)
    if reason:
        raise Refused(reason)


def put(run: Run, participation: Participation, status: str) -> None:
    """Let somebody be in the run in another way, at the end of its queue, and keep the counts."""
    before = participation.status
    if before in COUNTS:
        setattr(run, COUNTS[before], getattr(run, COUNTS[before]) - 1)
    if status in COUNTS:
        setattr(run, COUNTS[status], getattr(run, COUNTS[status]) + 1)
        participation.rank = run.next_rank
        run.next_rank += 1
    participation.status = status
    participation.left_at = clock.now() if status == LEFT else None
    db.session.add(participation)
    if before == GOING:
        move_up(run)
    touch_listing()


def move_up(run: Run) -> None:
    """Give free places to the first in line, and tell them."""
    free = run.waiting if run.capacity is None else run.capacity - run.taken
    if not run.waiting or free <= 0:
        return
    first = (
        select(Participation.id)
        .where(Participation.run_id == run.id, Participation.status == WAITLISTED)
        .order_by(Participation.rank)
        .limit(free)
    )
    moved = db.session.execute(
        update(Participation)
        .where(Participation.id.in_(first))
        .values(status=GOING, version=Participation.version + 1)
        .returning(Participation.person_id, Participation.rank)
        .execution_options(synchronize_session=False)
    ).all()
    run.taken += len(moved)
    run.waiting -= len(moved)
    notify(
        [person_id for person_id, _rank in moved],
        "run_promoted",
        subject_id=run.id,
        data=snapshot(run),
        event=f"run_promoted:{run.id}:{max(rank for _id, rank in moved)}",
        sms=True,
        expires_at=run.ends_at,
    )
