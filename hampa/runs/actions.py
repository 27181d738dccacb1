"""What is done with runs. Whoever writes holds the run's lock, then changes who takes part."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy import Text, func, select, update
from sqlalchemy.dialects.postgresql import array

from hampa.cards.models import Card
from hampa.notifications.actions import notify
from hampa.people.models import Person
from hampa.platform import clock, dates, versions
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, Refused
from hampa.platform.i18n import gettext as _, ngettext
from hampa.platform.queue import defer
from hampa.runs import queries
from hampa.runs.models import (
    DEFAULT_DURATION,
    GOING,
    INTERESTED,
    LEFT,
    WAITLISTED,
    Participation,
    Run,
    door_of,
    words_of,
)

FARTHEST = timedelta(days=366)
COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an organiser says of a run. `starts_local` is the wall clock in `timezone`."""

    title: str
    starts_local: datetime
    timezone: str
    place: str
    description: str = ""
    duration_min: int = DEFAULT_DURATION
    latitude: float | None = None
    longitude: float | None = None
    distance_km: Decimal | None = None
    level: str = "all"
    terrain: str = "road"
    capacity: int | None = None
    visibility: str = "public"


class Brought(TypedDict, total=False):
    """What somebody brings along: a line to the organiser, a runner card."""

    note: str
    card_id: uuid.UUID | None


PLANNED = tuple(field.name for field in fields(Plan))


def publish_run(organiser: Person, plan: Plan) -> Run:
    """A new run. Raises Refused for a start that is past, too far away or skipped by the clocks."""
    run = Run(organiser_id=organiser.id)
    _follow(run, plan)
    db.session.add(run)
    db.session.flush()
    touch_listing()
    return run


def change_run(organiser: Person, run_id: uuid.UUID, plan: Plan, sequence: int) -> Run:
    """Let the run follow another plan, and have those concerned told what changed.

    `sequence` is that of the run the organiser was looking at. Raises Conflict when somebody saved
    in between, Refused when the run takes no change any more or has more people than `plan` has
    places, NotFound and Forbidden.
    """
    run = _locked_for(organiser, run_id)
    _refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    if plan.capacity is not None and plan.capacity < run.taken:
        raise Refused(
            ngettext(
                "%(num)d person has a place already; there can't be fewer places.",
                "%(num)d people have a place already; there can't be fewer places.",
                run.taken,
            ),
            "capacity",
        )
    before = {name: getattr(run, name) for name in PLANNED}
    _follow(run, plan)
    changed = [name for name in PLANNED if getattr(run, name) != before[name]]
    if not changed:
        return run
    run.sequence += 1
    _move_up(run)
    db.session.flush()
    defer("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=changed)
    touch_listing()
    return run


def cancel_run(organiser: Person, run_id: uuid.UUID, reason: str = "") -> Run:
    """Call the run off, and have all who take part told. Cancelling twice is cancelling once.

    The page stays. Raises Refused when it has begun, NotFound and Forbidden.
    """
    run = _locked_for(organiser, run_id)
    if run.cancelled_at is not None:
        return run
    _refuse_closed(run)
    run.cancelled_at = clock.now()
    run.cancel_reason = reason
    run.sequence += 1
    db.session.flush()
    defer("runs.tell_cancelled", run_id=run.id)
    touch_listing()
    return run


def join_run(person: Person, run_id: uuid.UUID, status: str = GOING, brought: Brought | None = None) -> Participation:
    """Take part as GOING or INTERESTED. Who wants to go and finds no place waits (WAITLISTED).

    Joining twice is joining once, though what is `brought` later is kept. Who turns from going to
    interested gives the place free. Raises Refused when the run is cancelled or has begun, or the
    card is somebody else's, and NotFound.
    """
    run = queries.locked(run_id)
    _refuse_closed(run)
    brought = brought or {}
    _refuse_card_of_others(person, brought.get("card_id"))
    mine = queries.participation_of(person, run.id)
    if mine is None:
        mine = Participation(run_id=run.id, person_id=person.id, status=LEFT)
    for name, value in brought.items():
        setattr(mine, name, value)
    there = (GOING, WAITLISTED) if status == GOING else (INTERESTED,)
    if mine.status not in there:
        if status == GOING and door_of(run, clock.now()) == "queue":
            status = WAITLISTED
        _put(run, mine, status)
        db.session.flush()
        _tell_organiser(run, person, status)
    return mine


def leave_run(person: Person, run_id: uuid.UUID) -> Run:
    """Take part no more; the place goes to the next in line. Leaving twice is leaving once.

    Raises Refused when the run is cancelled or has begun, and NotFound.
    """
    run = queries.locked(run_id)
    mine = queries.participation_of(person, run.id)
    if mine is not None and mine.status in COUNTS:
        _refuse_closed(run)
        _put(run, mine, LEFT)
        db.session.flush()
    return run


def touch_listing() -> None:
    """What visitors see of runs is another thing once this transaction is committed."""
    versions.bump(queries.LISTING)


def _locked_for(organiser: Person, run_id: uuid.UUID) -> Run:
    run = queries.locked(run_id)
    if run.organiser_id != organiser.id:
        raise Forbidden
    return run


def _refuse_closed(run: Run) -> None:
    reason = queries.why_closed(run)
    if reason:
        raise Refused(reason)


def _follow(run: Run, plan: Plan) -> None:
    """Write the plan into the run's row."""
    moved = (run.starts_local, run.timezone) != (plan.starts_local, plan.timezone)
    for name in PLANNED:
        setattr(run, name, getattr(plan, name))
    if moved:
        run.starts_at = _start_of(plan)
    words = words_of(plan.title, plan.place, plan.description)
    run.search = func.array_to_tsvector(array(words, type_=Text))


def _start_of(plan: Plan) -> datetime:
    """The moment that the plan's wall clock means."""
    local = plan.starts_local
    try:
        starts_at = dates.moment(local.date(), local.time(), plan.timezone)
    except dates.DateError as error:
        raise Refused(error.message, "starts_at") from None
    now = clock.now()
    if starts_at <= now:
        raise Refused(_("This time is past. When do you start?"), "starts_on")
    if starts_at > now + FARTHEST:
        raise Refused(_("That is more than a year away."), "starts_on")
    return starts_at


def _refuse_card_of_others(person: Person, card_id: uuid.UUID | None) -> None:
    own = select(Card.id).where(Card.id == card_id, Card.owner_id == person.id)
    if card_id is not None and db.session.scalar(own) is None:
        raise Refused(_("Choose one of your own cards."), "card_id")


def _put(run: Run, participation: Participation, status: str) -> None:
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
        _move_up(run)
    touch_listing()


def _move_up(run: Run) -> None:
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


def _tell_organiser(run: Run, person: Person, status: str) -> None:
    """The organiser hears of each who comes, once for each way of coming; by SMS of who has a place."""
    notify(
        [run.organiser_id],
        "run_joined",
        actor_id=person.id,
        subject_id=run.id,
        data={**snapshot(run), "name": person.name, "status": status},
        event=f"run_joined:{run.id}:{person.id}:{status}",
        sms=status == GOING,
        expires_at=run.ends_at,
    )


def snapshot(run: Run) -> dict[str, Any]:
    """What notices say of a run, as it is at this moment."""
    return {
        "title": run.title,
        "starts_at": run.starts_at.isoformat(),
        "timezone": run.timezone,
        "place": run.place,
        "code": run.short_code,
    }
