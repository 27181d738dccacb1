"""The runs of the demo: so many to come at each start. Those that are over move on, unless people had to do with them."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from hampa.attendance.models import OUTCOMES, Attendance
from hampa.comments.models import Comment
from hampa.demo import data
from hampa.demo.actions import scenes
from hampa.demo.actions.people import made_id
from hampa.demo.actions.routes import add_route
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, INTERESTED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run

RUNS = 120
DAYS_AHEAD = 28
GENERATIONS = 200
"""How many times a demo run may have stayed behind with people who joined it, and been replaced."""

HOURS = {
    "morning": ((5, 45), (6, 0), (6, 15), (6, 30), (7, 0), (8, 30)),
    "evening": ((17, 30), (18, 30), (19, 30), (20, 45)),
}
COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested", REQUESTED: "requested"}
ROUTED = 3
"""Every so manieth run has a route."""
CAPACITIES = (None, None, 6, 8, 10, 12, 15, 20, 30, 40)


def make_runs(people: list[Person], most: int = RUNS) -> int:
    """See to it that there are `most` demo runs to come beside those of series; how many were made or moved.

    A run that is over moves on by whole weeks, to the same weekday and clock time; the one that is soon is soon again.
    One that a person joined, changed or cancelled stays where it is, and another takes its place in the list.
    """
    now = clock.now()
    touched = runs_touched_by_people()
    ids = [made_id("run", slot, age) for slot in range(most) for age in range(GENERATIONS)]
    there = {run.id: run for run in db.session.scalars(select(Run).where(Run.id.in_(ids)))}
    changed = 0
    for slot in range(most):
        for age in range(GENERATIONS):
            run = there.get(made_id("run", slot, age))
            if run is None:
                add_run(slot, age, people, now)
                changed += 1
                break
            if run.starts_at > now and run.cancelled_at is None:
                break
            if run.id not in touched:
                move_on(run, now, scenes.soon(run.zone, now) if slot == scenes.SOON else None)
                changed += 1
                break
    db.session.flush()
    return changed


def runs_touched_by_people() -> set[uuid.UUID]:
    """Demo runs that somebody who is no demo person joined or spoke under, or that were changed or cancelled since."""
    joined = select(Participation.run_id).join(Person, Person.id == Participation.person_id).where(~Person.is_demo)
    spoken = select(Comment.run_id).join(Person, Person.id == Comment.author_id).where(~Person.is_demo)
    edited = select(Run.id).where((Run.sequence > 0) | Run.cancelled_at.is_not(None))
    return set(db.session.scalars(joined.union(spoken, edited)))


def start_of(slot: int, part: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When the run of a slot starts, as a wall time there: the slots are spread over four weeks from tomorrow."""
    if slot == scenes.SOON:
        return scenes.soon(zone, now)
    hours = HOURS[part] if part else HOURS["morning"] + HOURS["evening"]
    hour, minute = hours[(slot * 7) % len(hours)]
    day = now.astimezone(zone).date() + timedelta(days=1 + slot * DAYS_AHEAD // RUNS)
    return datetime.combine(day, time(hour, minute))


def add_run(slot: int, age: int, people: list[Person], now: datetime) -> None:
    """A run for a slot, with some who take part; popular ones are full and have people waiting."""
    dice = random.Random(slot * 1000 + age)  # noqa: S311 - a community, not a secret
    outing = data.OUTINGS[scenes.OUTINGS.get(slot, slot) % len(data.OUTINGS)]
    spots = [spot for spot in data.SPOTS if spot.locale == outing.locale and spot.name.startswith(outing.spot)]
    spot = dice.choice(spots)
    organiser = people[0] if slot % 8 == 0 else dice.choice([p for p in people if p.locale == outing.locale])
    zone = ZoneInfo(spot.timezone)
    local = start_of(slot, outing.part, zone, now)
    run = Run(
        id=made_id("run", slot, age),
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
    run.be_found(organiser)
    comers = who_comes(run, statuses_of(slot, run, dice), dice, [one for one in people if one.id != organiser.id])
    db.session.add(run)
    db.session.flush()
    db.session.add_all(comers)
    scenes.set_scene(slot, run, comers, people)
    if slot % scenes.SAID_UNDER == 0 or slot in scenes.COMERS:
        scenes.say_something(slot, run, comers, people, dice)
    if slot % ROUTED == 0 or slot in scenes.COMERS:
        add_route(run, made_id("route", slot, age), dice)


def statuses_of(slot: int, run: Run, dice: random.Random) -> list[str]:
    """In which ways people take part, in the order of their coming."""
    if slot in scenes.COMERS:
        return scenes.COMERS[slot]
    wanted = dice.randint(2, 14) if run.capacity is None else dice.randint(1, run.capacity + 3)
    going = wanted if run.capacity is None else min(wanted, run.capacity)
    return [GOING] * going + [WAITLISTED] * (wanted - going) + [INTERESTED] * 2


def who_comes(run: Run, statuses: list[str], dice: random.Random, people: list[Person]) -> list[Participation]:
    """As many as the statuses say, and the run's counts with them."""
    comers = dice.sample(people, min(len(statuses), len(people)))
    found = [
        Participation(run_id=run.id, person_id=person.id, status=status, rank=rank)
        for rank, (person, status) in enumerate(zip(comers, statuses, strict=False), start=1)
    ]
    for status, count in COUNTS.items():
        setattr(run, count, sum(one.status == status for one in found))
    run.next_rank = len(found) + 1
    return found


def move_on(run: Run, now: datetime, to: datetime | None = None) -> None:
    """To this wall time, or the same weekday and clock time in the next week in which that is still to come."""
    weeks = 1 + (now - run.starts_at) // timedelta(weeks=1)
    local = to or run.starts_local + timedelta(weeks=weeks)
    run.starts_local = local
    run.starts_at = local.replace(tzinfo=run.zone)
    run.previous_starts_at = None
    begin_anew(run)


def begin_anew(run: Run) -> None:
    """Those who came last time, or did not, go again."""
    those = (Participation.run_id == run.id, Participation.status.in_(OUTCOMES))
    marked = select(Participation.id).where(Participation.run_id == run.id)
    unseen = {"synchronize_session": False}
    db.session.execute(delete(Attendance).where(Attendance.participation_id.in_(marked)), execution_options=unseen)
    db.session.execute(update(Participation).where(*those).values(status=GOING), execution_options=unseen)
