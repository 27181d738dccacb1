"""The runs of the demo: past ones move forward at each start, unless a person had to do with them."""

import random
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from hampa.attendance.models import OUTCOMES, Attendance
from hampa.comments.models import Comment
from hampa.demo import data
from hampa.demo.actions import scenes
from hampa.demo.actions.people import demo_id
from hampa.demo.actions.pictures import add_photo
from hampa.demo.actions.routes import add_route
from hampa.people.models import Person
from hampa.photos.models import COVER
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import COMPLETED, GOING, INTERESTED, NO_SHOW, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run

RUNS = 120
PAST_RUNS = 14
DAYS_AHEAD = 28
GENERATIONS = 200
"""How many times a slot's run may have been replaced because people joined it."""

HOURS = {
    "morning": ((5, 45), (6, 0), (6, 15), (6, 30), (7, 0), (8, 30)),
    "evening": ((17, 30), (18, 30), (19, 30), (20, 45)),
}
COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested", REQUESTED: "requested"}
COVERS_EVERY = 20
ROUTES_EVERY = 3
"""Every n-th run has a route."""
CAPACITIES = (None, None, 6, 8, 10, 12, 15, 20, 30, 40)


def make_runs(people: list[Person], most: int = RUNS) -> int:
    """Keep `most` demo runs to come beside those of series, and return how many were made or moved.

    A past run moves by whole weeks, to the same weekday and local time; the one that is soon is soon again. A run that a
    person joined, changed or cancelled stays as it is, and another one takes its slot.
    """
    now = clock.now()
    touched = _touched_by_people()
    ids = [demo_id("run", slot, age) for slot in range(most) for age in range(GENERATIONS)]
    existing = {run.id: run for run in db.session.scalars(select(Run).where(Run.id.in_(ids)))}
    changed = 0
    for slot in range(most):
        for age in range(GENERATIONS):
            run = existing.get(demo_id("run", slot, age))
            if run is None:
                _add_run(slot, age, people, now)
                changed += 1
                break
            if run.starts_at > now and run.cancelled_at is None:
                break
            if run.id not in touched:
                _move(run, now, scenes.soon(run.zone, now) if slot == scenes.SOON else None)
                changed += 1
                break
    db.session.flush()
    return changed


def make_past_runs(people: list[Person]) -> None:
    """Create the missing past runs, to which some came and one or two did not; they stay where they are."""
    now = clock.now()
    ids = [demo_id("past", number) for number in range(PAST_RUNS)]
    existing = set(db.session.scalars(select(Run.id).where(Run.id.in_(ids))))
    for number, run_id in enumerate(ids):
        if run_id not in existing:
            dice = random.Random(number)  # noqa: S311 - no secret
            run = _run(run_id, number, people, dice, partial(_past_start, number, now))
            others = _neighbours(run, people)
            comers = _participations(run, [GOING] * dice.randint(4, run.capacity or 8), dice, others)
            for position, comer in enumerate(comers):
                comer.status = NO_SHOW if position and position % 5 == 0 else COMPLETED
            db.session.add(run)
            db.session.flush()
            db.session.add_all(comers)
            db.session.flush()
            scenes.add_memories(number, run, comers, people, dice)
            if number % 2 == 0:
                add_route(run, demo_id("past-route", number), dice)
    db.session.flush()


def _past_start(number: int, now: datetime, _part: str, zone: ZoneInfo) -> datetime:
    """Return the local time of a past run: one every few mornings, the last of them the day before yesterday."""
    hour, minute = HOURS["morning"][number % len(HOURS["morning"])]
    return datetime.combine(now.astimezone(zone).date() - timedelta(days=2 + 3 * number), time(hour, minute))


def _touched_by_people() -> set[uuid.UUID]:
    """Return the demo runs that a real person joined or commented on, or that were changed or cancelled."""
    joined = select(Participation.run_id).join(Person, Person.id == Participation.person_id).where(~Person.is_demo)
    commented = select(Comment.run_id).join(Person, Person.id == Comment.author_id).where(~Person.is_demo)
    edited = select(Run.id).where((Run.sequence > 0) | Run.cancelled_at.is_not(None))
    return set(db.session.scalars(joined.union(commented, edited)))


def _start(slot: int, now: datetime, part: str, zone: ZoneInfo) -> datetime:
    """Return the local time of a slot's run: the slots are spread over four weeks from tomorrow."""
    if slot == scenes.SOON:
        return scenes.soon(zone, now)
    hours = HOURS[part] if part else HOURS["morning"] + HOURS["evening"]
    hour, minute = hours[(slot * 7) % len(hours)]
    day = now.astimezone(zone).date() + timedelta(days=1 + slot * DAYS_AHEAD // RUNS)
    return datetime.combine(day, time(hour, minute))


def _add_run(slot: int, age: int, people: list[Person], now: datetime) -> None:
    """Add a slot's run with participants; popular ones are full and have people waiting."""
    dice = random.Random(slot * 1000 + age)  # noqa: S311 - no secret
    run = _run(demo_id("run", slot, age), slot, people, dice, partial(_start, slot, now))
    comers = _participations(run, _statuses(slot, run, dice), dice, _neighbours(run, people))
    db.session.add(run)
    db.session.flush()
    db.session.add_all(comers)
    scenes.set_scene(slot, run, comers, people)
    if slot % scenes.COMMENTS_EVERY == 0 or slot in scenes.COMERS:
        scenes.add_comments(slot, run, comers, people, dice)
    if slot % ROUTES_EVERY == 0 or slot in scenes.COMERS:
        add_route(run, demo_id("route", slot, age), dice)
    if slot % COVERS_EVERY == 1:
        add_photo(run, run.organiser_id, 0, COVER)


def _neighbours(run: Run, people: list[Person]) -> list[Person]:
    """Return the people who live where a run is, without its organiser."""
    return [person for person in people if person.id != run.organiser_id and person.timezone == run.timezone]


def _run(
    run_id: uuid.UUID, slot: int, people: list[Person], dice: random.Random, start: Callable[[str, ZoneInfo], datetime]
) -> Run:
    """Return a run of a slot's kind; `start` returns its local time for the part of the day and the zone."""
    outing = data.OUTINGS[scenes.OUTINGS.get(slot, slot) % len(data.OUTINGS)]
    spots = [spot for spot in data.SPOTS if spot.locale == outing.locale and spot.name.startswith(outing.spot)]
    spot = dice.choice(spots)
    organiser = (
        people[0]
        if slot % 8 == 0
        else dice.choice([one for one in people if (one.locale, one.timezone) == (outing.locale, spot.timezone)])
    )
    zone = ZoneInfo(spot.timezone)
    local = start(outing.part, zone)
    run = Run(
        id=run_id,
        organiser_id=organiser.id,
        title=outing.title,
        description=outing.description,
        starts_at=local.replace(tzinfo=zone),
        starts_local=local,
        timezone=spot.timezone,
        duration_min=outing.duration_min,
        place=spot.name,
        latitude=spot.latitude,
        longitude=spot.longitude,
        distance_km=outing.distance_km,
        level=outing.level,
        terrain=spot.terrain,
        capacity=scenes.CAPACITIES.get(slot, CAPACITIES[slot % len(CAPACITIES)]),
        join_policy="approval" if slot == scenes.BY_APPROVAL else "open",
    )
    run.update_search_index(organiser)
    return run


def _statuses(slot: int, run: Run, dice: random.Random) -> list[str]:
    """Return the statuses of the participants in the order of joining."""
    if slot in scenes.COMERS:
        return scenes.COMERS[slot]
    total = dice.randint(2, 14) if run.capacity is None else dice.randint(1, run.capacity + 3)
    going = total if run.capacity is None else min(total, run.capacity)
    return [GOING] * going + [WAITLISTED] * (total - going) + [INTERESTED] * 2


def _participations(run: Run, statuses: list[str], dice: random.Random, people: list[Person]) -> list[Participation]:
    """Return participations with these statuses, and set the counts of the run."""
    comers = dice.sample(people, min(len(statuses), len(people)))
    participations = [
        Participation(run_id=run.id, person_id=person.id, status=status, rank=rank)
        for rank, (person, status) in enumerate(zip(comers, statuses, strict=False), start=1)
    ]
    for status, count in COUNTS.items():
        setattr(run, count, sum(participation.status == status for participation in participations))
    run.next_rank = len(participations) + 1
    return participations


def _move(run: Run, now: datetime, to: datetime | None = None) -> None:
    """Move a run to a local time, or else by whole weeks into the future; everybody goes again."""
    weeks = 1 + (now - run.starts_at) // timedelta(weeks=1)
    local = to or run.starts_local + timedelta(weeks=weeks)
    run.starts_local = local
    run.starts_at = local.replace(tzinfo=run.zone)
    run.previous_starts_at = None
    marked = select(Participation.id).where(Participation.run_id == run.id)
    past = (Participation.run_id == run.id, Participation.status.in_(OUTCOMES))
    for statement in (
        delete(Attendance).where(Attendance.participation_id.in_(marked)),
        update(Participation).where(*past).values(status=GOING),
    ):
        db.session.execute(statement, execution_options={"synchronize_session": False})
