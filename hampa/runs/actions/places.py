"""Places in a run: taken, offered and waited for. All of it is decided under the run's lock.

After each change `allocate_places` sees to it that nobody who fits waits while a place is free and not offered.
`set_status` keeps the counts in the run's row.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import identity_key

from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.locale.quiet_hours import QuietHours, waking_end
from hampa.runs.actions.snapshots import invalidate_listing, personal_links, run_snapshot
from hampa.runs.models.participation import (
    GOING,
    INTERESTED,
    LEFT,
    OFFERED,
    REQUESTED,
    WAITLISTED,
    Participation,
)
from hampa.runs.models.run import Run

AT_ONCE_UNTIL = timedelta(hours=3)
"""Before the start: until then places are given at once where people want that; later they are offered."""
LONGEST_OFFER = timedelta(hours=2)
SHORTEST_OFFER = timedelta(minutes=10)
CLOCK_RUNS_AT_NIGHT = timedelta(hours=12)
"""Before the start: from then on an offer's clock does not stand still in quiet hours."""
GIVEN_AT_ONCE = 200
"""How many people are given places at a time; the worker goes on with the rest."""
LOOKED_AT = 100
"""How many people of the waitlist are read at a time; those who do not fit are skipped."""


def free_places(run: Run) -> int | None:
    """Return how many places are neither taken nor offered; None for a run without a limit."""
    return None if run.capacity is None else run.capacity - run.taken


def fits(run: Run, seats: int) -> bool:
    """Return whether so many more places are free."""
    free = free_places(run)
    return free is None or seats <= free


def set_status(run: Run, participation: Participation, status: str, *, keep_rank: bool = False) -> None:
    """Set the status of a participation and keep the run's counts; unless `keep_rank`, it goes to the end of the order.

    Call `allocate_places` when all is set.
    """
    seats = participation.seats
    _count(run, participation.status, -seats)
    participation.status = status
    _count(run, status, seats)
    if status != LEFT and not keep_rank:
        participation.rank = run.next_rank
        run.next_rank += 1
    participation.left_at = clock.now() if status == LEFT else None
    participation.offer_ends_at = participation.still_in_at = None
    db.session.add(participation)
    invalidate_listing()


def change_guests(run: Run, participation: Participation, guests: int) -> None:
    """Set the number of guests and keep the run's counts. Call `allocate_places` when all is set."""
    _count(run, participation.status, -participation.seats)
    participation.guests = guests
    _count(run, participation.status, participation.seats)
    invalidate_listing()


def allocate_places(run: Run) -> bool:
    """End offers whose time is over, then give free places to those who are next in line and fit.

    Return False when there are more of them than are handled at once. The worker goes on then, and until it is done
    nobody else is given a place.
    """
    db.session.flush()
    now = clock.now()
    if run.cancelled_at is not None or run.starts_at <= now:
        return True
    if run.offered:
        _end_offers(run, now)
    chosen: list[uuid.UUID] = []
    all_allocated = True
    for together in _next_in_line(run) if run.waiting else ():
        if len(chosen) >= GIVEN_AT_ONCE:
            all_allocated = False
            enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{chosen[0]}", run_id=run.id)
            break
        chosen += together
    _give(run, chosen, now)
    db.session.flush()
    return all_allocated


def end_offers_by_start(runs: Sequence[Run]) -> None:
    """End the offers of runs whose start has moved by that start, the latest."""
    with_offers = [run.id for run in runs if run.offered]
    if with_offers:
        db.session.execute(
            update(Participation)
            .where(
                Participation.run_id.in_(with_offers),
                Participation.run_id == Run.id,
                Participation.status == OFFERED,
                Participation.offer_ends_at > Run.starts_at,
            )
            .values(offer_ends_at=Run.starts_at)
            .execution_options(synchronize_session="fetch")
        )


def _count(run: Run, status: str, seats: int) -> None:
    """Add one person with so many seats to the run's counts, or with negative `seats` take one away."""
    people = 1 if seats > 0 else -1
    if status in (GOING, OFFERED):
        run.taken += seats
    if status == OFFERED:
        run.offered += seats
    elif status == WAITLISTED:
        run.waiting += people
    elif status == REQUESTED:
        run.requested += people
    elif status == INTERESTED:
        run.interested += people


def _end_offers(run: Run, now: datetime) -> None:
    """Turn offers whose time is over into INTERESTED; these people may join again like anybody else."""
    lapsed = db.session.execute(
        update(Participation)
        .where(Participation.run_id == run.id, Participation.status == OFFERED, Participation.offer_ends_at <= now)
        .values(status=INTERESTED, offer_ends_at=None, updated_at=now, version=Participation.version + 1)
        .returning(Participation.guests)
        .execution_options(synchronize_session="fetch")
    ).scalars()
    seats = [1 + guests for guests in lapsed]
    run.taken -= sum(seats)
    run.offered -= sum(seats)
    run.interested += len(seats)
    invalidate_listing()


def _next_in_line(run: Run) -> Iterator[list[uuid.UUID]]:
    """Yield the participations that get the free places, alone or as a pair, in the order of the waitlist.

    People who need more places than are free are skipped. Two who wait for each other get two places or none; such a
    pair stands where the later of the two does, so that nobody is overtaken.
    """
    free = free_places(run)
    if free is not None and free <= 0:
        return
    mine, other = aliased(Participation), aliased(Participation)
    stands_at = func.greatest(mine.rank, func.coalesce(other.rank, 0))
    seats = 1 + mine.guests + func.coalesce(1 + other.guests, 0)
    query = (
        select(mine.id, other.id.label("other_id"), stands_at.label("stands_at"), seats.label("seats"))
        .outerjoin(
            other,
            (other.run_id == mine.run_id)
            & (other.person_id == mine.together_with_id)
            & (other.together_with_id == mine.person_id)
            & (other.status == WAITLISTED),
        )
        .where(mine.run_id == run.id, mine.status == WAITLISTED)
        .order_by(stands_at, mine.rank)
        .limit(LOOKED_AT)
    )
    at = 0
    while free is None or free > 0:
        fitting = query.where(stands_at > at)
        rows = db.session.execute(fitting if free is None else fitting.where(seats <= free)).all()
        if not rows:
            return
        for row in rows:
            # Of a pair the second row says nothing new: the two stand at the same place.
            if row.stands_at > at and (free is None or row.seats <= free):
                free = None if free is None else free - row.seats
                yield [row.id] if row.other_id is None else [row.id, row.other_id]
            at = row.stands_at


def _give(run: Run, chosen: Sequence[uuid.UUID], now: datetime) -> None:
    """Give places to those who want them at once while there is time, and offer them to the others."""
    if not chosen:
        return
    rows = db.session.execute(
        select(
            Participation.id,
            Participation.person_id,
            Participation.guests,
            Participation.rank,
            Participation.take_at_once,
            Person.quiet_from,
            Person.quiet_to,
            Person.timezone,
        )
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.id.in_(chosen))
        .order_by(Participation.rank)
    ).all()
    in_time = run.starts_at - now > AT_ONCE_UNTIL
    taken = [row for row in rows if row.take_at_once and in_time]
    offered = [row for row in rows if not (row.take_at_once and in_time)]
    run.taken += sum(1 + row.guests for row in rows)
    run.offered += sum(1 + row.guests for row in offered)
    run.waiting -= len(rows)
    if taken:
        _write([{"of": row.id, "to": GOING, "until": None} for row in taken], now)
        notify_promoted(run, [row.person_id for row in taken], max(row.rank for row in taken))
    if offered:
        _offer(run, offered, now)
    invalidate_listing()


def _offer(run: Run, rows: Sequence[Any], now: datetime) -> None:
    """Hold a place for each until the person answers or the offer ends, and allocate places again then."""
    ends = {row.id: offer_end(run.starts_at, row, now) for row in rows}
    _write([{"of": row.id, "to": OFFERED, "until": ends[row.id]} for row in rows], now)
    rows_by_end = defaultdict(list)
    for row in rows:
        rows_by_end[ends[row.id]].append(row)
    for until, offered in rows_by_end.items():
        nth = max(row.rank for row in offered)  # two offers to one person may end at the same moment: the start
        notify(
            [row.person_id for row in offered],
            "run_offered",
            subject_id=run.id,
            data={**run_snapshot(run), "until": until.isoformat()},
            event=f"{run.id}:{until.isoformat()}:{nth}",
            expires_at=until,
            personal_sms_data=personal_links(run),
        )
        enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{until.isoformat()}", at=until, run_id=run.id)


def offer_end(starts_at: datetime, person: Any, now: datetime) -> datetime:
    """Return when an offer made now to `person` (their quiet hours and zone) ends.

    It lasts half the time to the start, two hours at most and ten minutes at least. In the person's quiet hours the
    clock stands still unless the start is near. No offer ends after the start.
    """
    duration = max(SHORTEST_OFFER, min(LONGEST_OFFER, (starts_at - now) / 2))
    hours = QuietHours(person.quiet_from, person.quiet_to, ZoneInfo(person.timezone))
    return min(waking_end(now, duration, hours, starts_at - CLOCK_RUNS_AT_NIGHT), starts_at)


def _write(rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Set the status and the end of the offer of many participations in one statement."""
    table = Participation.__table__
    db.session.execute(
        update(table)
        .where(table.c.id == bindparam("of"))
        .values(
            status=bindparam("to"),
            offer_ends_at=bindparam("until"),
            updated_at=now,
            version=table.c.version + 1,
        ),
        list(rows),
    )
    for row in rows:
        known = db.session.identity_map.get(identity_key(Participation, row["of"]))
        if known is not None:
            db.session.expire(known)


def notify_promoted(run: Run, people: Sequence[uuid.UUID], nth: int) -> None:
    """Notify people that they have a place now; `nth` tells this time from earlier ones."""
    notify(
        people,
        "run_promoted",
        subject_id=run.id,
        data=run_snapshot(run),
        event=f"{run.id}:{nth}",
        expires_at=run.ends_at,
        personal_sms_data=personal_links(run),
    )
