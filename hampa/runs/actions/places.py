"""Places in a run: taken, offered and waited for; all decided under the run's lock.

`set_status` keeps the counts in the run's row. After each change `allocate_places` gives free places to the waitlist.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import identity_key

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.live import publish
from hampa.platform.locale.quiet_hours import QuietHours, add_awake_time
from hampa.runs.actions.events import Happening, tell
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import personal_link_ids, run_snapshot

GIVEN_UNTIL = timedelta(hours=3)
"""Time before the start until which places are given at once to people who want that; later they are offered."""
LONGEST_OFFER = timedelta(hours=2)
SHORTEST_OFFER = timedelta(minutes=10)
NIGHTS_COUNT_FROM = timedelta(hours=12)
"""Time before the start from which the clock of an offer runs in quiet hours too."""
BATCH_SIZE = 200
"""The number of people who are given places at a time; the worker goes on with the rest."""
SCAN_SIZE = 100
"""The number of people of the waitlist who are read at a time."""


LostPlace = Callable[[Run, uuid.UUID], None]

_after_lost_place: list[LostPlace] = []


def after_lost_place(function: LostPlace) -> LostPlace:
    """Have a function called with a locked run and the id of a person who has given up their place in it."""
    _after_lost_place.append(function)
    return function


def fits(run: Run, seats: int) -> bool:
    """Return whether this number of places is free."""
    return run.places_left is None or seats <= run.places_left


def set_status(
    run: Run, participation: Participation, status: str, *, keep_rank: bool = False, beyond: bool = False
) -> None:
    """Set the status of a participation and the run's counts; unless `keep_rank`, it goes to the end of the order.

    `beyond` lets the person in even if no place is free. The caller calls `allocate_places` afterwards.
    """
    seats, before, had_place = participation.seats, participation.status, participation.status == GOING
    _count(run, participation.status, -seats)
    participation.status = status
    _count(run, status, seats)
    if beyond and run.capacity is not None:
        run.beyond_capacity = max(0, run.taken - run.capacity)
    if status != LEFT and not keep_rank:
        participation.rank = run.next_rank
        run.next_rank += 1
    participation.left_at = clock.now() if status == LEFT else None
    if status not in (LEFT, REQUESTED):
        participation.removed_at = None  # only an organiser lets somebody in again
    if status == LEFT:
        participation.answers = {}
    participation.offer_ends_at = participation.still_in_at = None
    db.session.add(participation)
    invalidate_listing()
    if status != before:
        tell(run, "participant.changed", _change(participation.person_id, status, before))
    if had_place and status != GOING:
        publish(f"person:{participation.person_id}", "recheck")  # what is for those who go is not for them any more
        for told in _after_lost_place:
            told(run, participation.person_id)


def _change(person_id: uuid.UUID, status: str, before: str) -> Happening:
    return {"person_id": str(person_id), "status": status, "before": before}


def change_guests(run: Run, participation: Participation, guests: int) -> None:
    """Set the number of guests and the run's counts; the caller calls `allocate_places` afterwards."""
    _count(run, participation.status, -participation.seats)
    participation.guests = guests
    _count(run, participation.status, participation.seats)
    invalidate_listing()


def allocate_places(run: Run) -> bool:
    """End offers whose time is over, then give free places to the people who are next in line and fit.

    Once the run has begun no offer can be taken, and none is made. Return False when these are more than one batch. The worker then goes on, and nobody else is given a place before it
    is done.
    """
    db.session.flush()
    now = clock.now()
    if run.cancelled_at is not None:
        return True
    if run.offered:
        _end_offers(run, now)
    if run.starts_at <= now:
        return True
    chosen: list[uuid.UUID] = []
    all_allocated = True
    for together in _next_in_line(run) if run.waiting else ():
        if len(chosen) >= BATCH_SIZE:
            all_allocated = False
            enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{chosen[0]}", run_id=run.id)
            break
        chosen += together
    _allocate(run, chosen, now)
    db.session.flush()
    return all_allocated


def end_offers_by_start(runs: Sequence[Run]) -> None:
    """End the offers of runs whose start has moved by the new start at the latest."""
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
    """Add a person with this number of seats to the run's counts; negative `seats` remove the person."""
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
    fit_beyond_capacity(run)


def fit_beyond_capacity(run: Run) -> None:
    """Count no more people beyond the places than there are, once some have left or there are more places."""
    over = 0 if run.capacity is None else max(0, run.taken - run.capacity)
    run.beyond_capacity = min(run.beyond_capacity, over)


def _end_offers(run: Run, now: datetime) -> None:
    """Turn offers whose time is over into INTERESTED: those that have ended, and all once the run has begun."""
    offers = (Participation.run_id == run.id) & (Participation.status == OFFERED)
    ended = db.session.execute(
        update(Participation)
        .where(offers if run.starts_at <= now else offers & (Participation.offer_ends_at <= now))
        .values(status=INTERESTED, offer_ends_at=None, updated_at=now, version=Participation.version + 1)
        .returning(Participation.guests, Participation.person_id)
        .execution_options(synchronize_session="fetch")
    ).all()
    seats = [1 + guests for guests, _person_id in ended]
    run.taken -= sum(seats)
    run.offered -= sum(seats)
    run.interested += len(seats)
    fit_beyond_capacity(run)
    invalidate_listing()
    tell(run, "participant.changed", *(_change(person_id, INTERESTED, OFFERED) for _guests, person_id in ended))


def _next_in_line(run: Run) -> Iterator[list[uuid.UUID]]:
    """Yield the ids of the participations that get the free places, alone or as a pair, in the order of the waitlist.

    People who need more places than are free are skipped. Two people who wait for each other get two places or none;
    the pair has the rank of the later one, so that nobody is overtaken.
    """
    free = run.places_left
    if free is not None and free <= 0:
        return
    first, other = aliased(Participation), aliased(Participation)
    rank = func.greatest(first.rank, func.coalesce(other.rank, 0))
    seats = 1 + first.guests + func.coalesce(1 + other.guests, 0)
    query = (
        select(first.id, other.id.label("other_id"), rank.label("rank"), seats.label("seats"))
        .outerjoin(
            other,
            (other.run_id == first.run_id)
            & (other.person_id == first.together_with_id)
            & (other.together_with_id == first.person_id)
            & (other.status == WAITLISTED),
        )
        .where(first.run_id == run.id, first.status == WAITLISTED)
        .order_by(rank, first.rank)
        .limit(SCAN_SIZE)
    )
    last_rank = 0
    while free is None or free > 0:
        fitting = query.where(rank > last_rank)
        rows = db.session.execute(fitting if free is None else fitting.where(seats <= free)).all()
        if not rows:
            return
        for row in rows:
            # The second row of a pair has the rank of the first.
            if row.rank > last_rank and (free is None or row.seats <= free):
                free = None if free is None else free - row.seats
                yield [row.id] if row.other_id is None else [row.id, row.other_id]
            last_rank = row.rank


def _allocate(run: Run, chosen: Sequence[uuid.UUID], now: datetime) -> None:
    """Give places to people who want them at once while there is time, and offer places to the others."""
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
            Person.quiet_days,
            Person.timezone,
        )
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.id.in_(chosen))
        .order_by(Participation.rank)
    ).all()
    in_time = run.starts_at - now > GIVEN_UNTIL
    taken = [row for row in rows if row.take_at_once and in_time]
    offered = [row for row in rows if not (row.take_at_once and in_time)]
    run.taken += sum(1 + row.guests for row in rows)
    run.offered += sum(1 + row.guests for row in offered)
    run.waiting -= len(rows)
    if taken:
        _set_statuses([{"of": row.id, "to": GOING, "until": None} for row in taken], now)
        _notify_promoted(run, taken)
    if offered:
        _offer(run, offered, now)
    changes = [(row, GOING) for row in taken] + [(row, OFFERED) for row in offered]
    tell(run, "participant.changed", *(_change(row.person_id, status, WAITLISTED) for row, status in changes))
    invalidate_listing()


def _offer(run: Run, rows: Sequence[Any], now: datetime) -> None:
    """Offer a place to each until the offer ends, and enqueue the allocation of places for then."""
    ends = {row.id: offer_end(run.starts_at, row, now) for row in rows}
    _set_statuses([{"of": row.id, "to": OFFERED, "until": ends[row.id]} for row in rows], now)
    rows_by_end = defaultdict(list)
    for row in rows:
        rows_by_end[ends[row.id]].append(row)
    for until, offered in rows_by_end.items():
        last_rank = max(row.rank for row in offered)  # two offers to one person may end at the same moment: the start
        notify(
            [row.person_id for row in offered],
            "run_offered",
            subject_id=run.id,
            data={**run_snapshot(run), "until": until.isoformat()},
            event=f"{run.id}:{until.isoformat()}:{last_rank}",
            expires_at=until,
            personal_sms_data=personal_link_ids(run),
        )
        enqueue("runs.settle_offers", key=f"runs.settle_offers:{run.id}:{until.isoformat()}", at=until, run_id=run.id)


def offer_end(starts_at: datetime, person: Any, now: datetime) -> datetime:
    """Return when an offer made now to `person` (quiet hours and zone) ends.

    It lasts half the time to the start, between ten minutes and two hours. In the person's quiet hours the clock stands
    still unless the start is near. No offer ends after the start.
    """
    duration = max(SHORTEST_OFFER, min(LONGEST_OFFER, (starts_at - now) / 2))
    hours = QuietHours(person.quiet_from, person.quiet_to, ZoneInfo(person.timezone), person.quiet_days)
    return min(add_awake_time(now, duration, hours, starts_at - NIGHTS_COUNT_FROM), starts_at)


def _set_statuses(rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Set the status and the end of the offer of many participations in one statement."""
    table = Participation.__table__
    db.session.execute(
        update(table)
        .where(table.c.id == bindparam("of"))
        .values(status=bindparam("to"), offer_ends_at=bindparam("until"), updated_at=now, version=table.c.version + 1),
        list(rows),
    )
    for row in rows:
        loaded = db.session.identity_map.get(identity_key(Participation, row["of"]))
        if loaded is not None:
            db.session.expire(loaded)


def _notify_promoted(run: Run, rows: Sequence[Any]) -> None:
    """Notify people that they have a place now; the last rank tells the event from earlier ones."""
    notify(
        [row.person_id for row in rows],
        "run_promoted",
        subject_id=run.id,
        data=run_snapshot(run),
        event=f"{run.id}:{max(row.rank for row in rows)}",
        expires_at=run.ends_at,
        personal_sms_data=personal_link_ids(run),
    )
