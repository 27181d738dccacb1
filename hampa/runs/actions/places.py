"""Places in a run: who has one, who is next, and what is offered to whom. All of it under the run's lock.

After each change `settle` sees to it that nobody who fits waits while a place is free and not offered.
Whoever takes part stands in the counts of the run's row, which `put` keeps.
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
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.quiet import QuietHours, waking_end
from hampa.runs.actions.notices import own_links, snapshot, touch_listing
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
from hampa.runs.queries.runs import why_closed

AT_ONCE_UNTIL = timedelta(hours=3)
"""Before the start: until then a place is taken for who asked for that, later they must say yes."""
LONGEST_OFFER = timedelta(hours=2)
SHORTEST_OFFER = timedelta(minutes=10)
CLOCK_RUNS_AT_NIGHT = timedelta(hours=12)
"""Before the start: from then on an offer's clock does not stand still in quiet hours."""
GIVEN_AT_ONCE = 200
"""How many are given places at a time; of more, the worker goes on."""
LOOKED_AT = 100
"""How many who wait are read at a time; those who do not fit are passed over."""


def refuse_closed(run: Run) -> None:
    """Raises Refused when nothing about who takes part changes any more."""
    reason = why_closed(run)
    if reason:
        raise Refused(reason)


def free_places(run: Run) -> int | None:
    """Places neither taken nor offered; None when there are as many as come."""
    return None if run.capacity is None else run.capacity - run.taken


def fits(run: Run, seats: int) -> bool:
    """Whether so many more places are free."""
    free = free_places(run)
    return free is None or seats <= free


def put(run: Run, who: Participation, status: str, *, keep_rank: bool = False) -> None:
    """Let somebody be in the run in another way and keep the counts; who comes anew stands at the end.

    `settle` the run when all is in place.
    """
    _count(run, who, -1)
    who.status = status
    _count(run, who, +1)
    if status != LEFT and not keep_rank:
        who.rank = run.next_rank
        run.next_rank += 1
    who.left_at = clock.now() if status == LEFT else None
    who.offer_ends_at = who.still_in_at = None
    db.session.add(who)
    touch_listing()


def change_guests(run: Run, who: Participation, guests: int) -> None:
    """Bring more guests or fewer. The run is to be settled then."""
    _count(run, who, -1)
    who.guests = guests
    _count(run, who, +1)
    touch_listing()


def settle(run: Run) -> bool:
    """Let offers lapse whose time is over, then give what is free to those who are next and fit.

    False when there are more of them than are seen to at once. The worker goes on then, and until it is through nobody
    else is given a place.
    """
    db.session.flush()
    now = clock.now()
    if run.cancelled_at is not None or run.starts_at <= now:
        return True
    if run.offered:
        _let_lapse(run, now)
    chosen: list[uuid.UUID] = []
    through = True
    for together in _next_in_line(run) if run.waiting else ():
        if len(chosen) >= GIVEN_AT_ONCE:
            through = False
            enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{chosen[0]}", run_id=run.id)
            break
        chosen += together
    _give(run, chosen, now)
    db.session.flush()
    return through


def end_offers_by_start(run: Run) -> None:
    """After the start has moved: no offer stands longer than until then."""
    db.session.execute(
        update(Participation)
        .where(
            Participation.run_id == run.id,
            Participation.status == OFFERED,
            Participation.offer_ends_at > run.starts_at,
        )
        .values(offer_ends_at=run.starts_at)
        .execution_options(synchronize_session="fetch")
    )


def _count(run: Run, who: Participation, sign: int) -> None:
    seats = sign * who.seats
    if who.status in (GOING, OFFERED):
        run.taken += seats
    if who.status == OFFERED:
        run.offered += seats
    elif who.status == WAITLISTED:
        run.waiting += sign
    elif who.status == REQUESTED:
        run.requested += sign
    elif who.status == INTERESTED:
        run.interested += sign


def _let_lapse(run: Run, now: datetime) -> None:
    """Who did not answer in time is interested from then on, and may join again like anybody else."""
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
    touch_listing()


def _next_in_line(run: Run) -> Iterator[list[uuid.UUID]]:
    """The participations that are given what is free, each alone or with the other of a pair: in the order of the queue,
    passing over who needs more than there is. Two who wait for each other come together, or not at all; such a pair
    stands where the later of the two does, so that nobody is passed.
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
    """Take places for those who asked for that while there is time, and offer them to the others."""
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
    there_is_time = run.starts_at - now > AT_ONCE_UNTIL
    taken = [row for row in rows if row.take_at_once and there_is_time]
    offered = [row for row in rows if not (row.take_at_once and there_is_time)]
    run.taken += sum(1 + row.guests for row in rows)
    run.offered += sum(1 + row.guests for row in offered)
    run.waiting -= len(rows)
    if taken:
        _write([{"of": row.id, "to": GOING, "until": None} for row in taken], now)
        tell_promoted(run, [row.person_id for row in taken], max(row.rank for row in taken))
    if offered:
        _offer(run, offered, now)
    touch_listing()


def _offer(run: Run, rows: Sequence[Any], now: datetime) -> None:
    """Hold a place for each until they answer, or their time is over; and look again then."""
    ends = {row.id: offer_end(run.starts_at, row, now) for row in rows}
    _write([{"of": row.id, "to": OFFERED, "until": ends[row.id]} for row in rows], now)
    asked = defaultdict(list)
    for row in rows:
        asked[ends[row.id]].append(row)
    for until, those in asked.items():
        nth = max(row.rank for row in those)  # two offers to one person may end at the same moment: the start
        notify(
            [row.person_id for row in those],
            "run_offered",
            subject_id=run.id,
            data={**snapshot(run), "until": until.isoformat()},
            event=f"run_offered:{run.id}:{until.isoformat()}:{nth}",
            sms=True,
            expires_at=until,
            own=own_links(run),
        )
        enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{until.isoformat()}", at=until, run_id=run.id)


def offer_end(starts_at: datetime, who: Any, now: datetime) -> datetime:
    """When an offer made now to `who` (quiet hours and zone of a person) ends: after half the time to
    the start, two hours at most and ten minutes at least; in their quiet hours the clock stands still
    unless the start is near; never after the start.
    """
    lasts = max(SHORTEST_OFFER, min(LONGEST_OFFER, (starts_at - now) / 2))
    hours = QuietHours(who.quiet_from, who.quiet_to, ZoneInfo(who.timezone))
    return min(waking_end(now, lasts, hours, starts_at - CLOCK_RUNS_AT_NIGHT), starts_at)


def _write(rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Change many participations, each to its own status and end of an offer, in one go."""
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


def tell_promoted(run: Run, people: Sequence[uuid.UUID], nth: int) -> None:
    """Tell people that they have a place now; `nth` makes this time another than the ones before."""
    notify(
        people,
        "run_promoted",
        subject_id=run.id,
        data=snapshot(run),
        event=f"run_promoted:{run.id}:{nth}",
        sms=True,
        expires_at=run.ends_at,
        own=own_links(run),
    )
