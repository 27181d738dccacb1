"""A random walk by eight clients at once: after each step everything about who takes part must be right."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from hampa.joining import actions as joining
from hampa.people.models import Person
from hampa.plans import actions as plans
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.roster.actions import participants as manage_participants
from hampa.runs.jobs import end_offers
from hampa.runs.models.participation import (
    GOING,
    INTERESTED,
    LEFT,
    OFFERED,
    REQUESTED,
    STATUSES,
    WAITLISTED,
    Participation,
)
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from tests.factories.cards import make_companions
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, place_of

STEPS = int(os.environ.get("WALK_STEPS", "600"))
"""WALK_STEPS=10000 is the walk of a quiet night."""
CLIENTS, PEOPLE, RUNS = 8, 24, 6


class Walker:
    """One client: it knows the people and the runs, and does one thing after the other."""

    def __init__(self, seed: int, organiser: uuid.UUID, people: list[uuid.UUID], run_ids: list[uuid.UUID]) -> None:
        self.chance = random.Random(seed)
        self.organiser, self.people, self.run_ids = organiser, people, run_ids
        self.deeds: list[Callable[[], object]] = [
            *[self.join] * 8,
            *[self.leave] * 5,
            *[self.answer] * 4,
            *[self.bring] * 3,
            self.lapse,
            self.lapse,
            self.edit,
            self.resize,
            self.set_somebody,
            self.answer_requests,
        ]

    def step(self) -> str:
        """Do something, and say how it went."""
        deed = self.chance.choice(self.deeds)
        try:
            deed()
            db.session.commit()
            return "done"
        except DomainError as refusal:
            db.session.rollback()
            return type(refusal).__name__

    def somebody(self) -> Person:
        return db.session.get_one(Person, self.chance.choice(self.people))

    def run_id(self) -> uuid.UUID:
        return self.chance.choice(self.run_ids)

    def join(self) -> None:
        status = self.chance.choice([GOING, GOING, GOING, INTERESTED])
        details: joining.JoinDetails = {"guests": self.chance.choice([0, 0, 0, 1, 2])}
        details["take_at_once"] = self.chance.random() < 0.5
        joining.join_run(self.somebody(), self.run_id(), status, details)

    def leave(self) -> None:
        joining.leave_run(self.somebody(), self.run_id())

    def answer(self) -> None:
        asked = db.session.execute(
            select(Participation.person_id, Participation.run_id).where(Participation.status == OFFERED)
        ).all()
        if asked:
            person_id, run_id = self.chance.choice(asked)
            joining.answer_offer(db.session.get_one(Person, person_id), run_id, self.chance.random() < 0.6)

    def bring(self) -> None:
        one, other = self.chance.sample(self.people, 2)
        run_id = self.run_id()
        joining.join_run(db.session.get_one(Person, one), run_id, GOING, {"together_with_id": other})
        if self.chance.random() < 0.7:
            joining.join_run(db.session.get_one(Person, other), run_id, GOING, {"together_with_id": one})

    def lapse(self) -> None:
        """Let the time of some offers pass, and the worker handle that."""
        run_id = self.run_id()
        db.session.execute(
            update(Participation)
            .where(Participation.run_id == run_id, Participation.status == OFFERED)
            .values(offer_ends_at=clock.now() - timedelta(seconds=1))
        )
        db.session.commit()
        end_offers(run_id)

    def edit(self) -> None:
        organiser = db.session.get_one(Person, self.organiser)
        run_id = self.run_id()
        run = runs.run_for(None, run_id)
        policy = self.chance.choice(["open", "open", "approval"])
        plan = replace(plans.plan_of(run), place=f"Gate {self.chance.randrange(9)}", join_policy=policy)
        plans.change_run(organiser, run_id, plan, run.sequence)

    def resize(self) -> None:
        organiser = db.session.get_one(Person, self.organiser)
        run_id = self.run_id()
        run = runs.run_for(None, run_id)
        plan = replace(plans.plan_of(run), capacity=self.chance.choice([2, 3, 4, 6, 9]))
        plans.change_run(organiser, run_id, plan, run.sequence)

    def set_somebody(self) -> None:
        organiser = db.session.get_one(Person, self.organiser)
        status = self.chance.choice([GOING, WAITLISTED, INTERESTED, LEFT])
        run, beyond = db.session.get_one(Run, self.run_id()), self.chance.random() < 0.2
        with suppress(LookupError):
            place = place_of(run, db.session.get_one(Person, self.chance.choice(self.people)))
            manage_participants.set_participant_status(organiser, run.id, place, status, beyond=beyond)

    def answer_requests(self) -> None:
        organiser = db.session.get_one(Person, self.organiser)
        manage_participants.answer_requests(organiser, self.run_id(), None, self.chance.random() < 0.8)


def wrong_with(run: Run) -> list[str]:
    """Return the broken invariants of a run; the caller holds its lock."""
    rows = db.session.execute(
        select(
            Participation.person_id,
            Participation.status,
            Participation.guests,
            Participation.rank,
            Participation.together_with_id,
        ).where(Participation.run_id == run.id)
    ).all()
    by_status = {status: [row for row in rows if row.status == status] for status in STATUSES}
    seats = {status: sum(1 + row.guests for row in these) for status, these in by_status.items()}
    taken = seats[GOING] + seats[OFFERED]
    found = []
    if len({row.person_id for row in rows}) != len(rows):
        found.append("somebody is in twice")
    if run.beyond_capacity > max(0, 0 if run.capacity is None else taken - run.capacity):
        found.append(f"{run.beyond_capacity} beyond {run.capacity} places, of which {taken} are taken")
    if run.capacity is not None and taken > run.capacity + run.beyond_capacity:
        found.append(f"{taken} of {run.capacity} places are taken")
    kept = (run.taken, run.offered, run.waiting, run.interested, run.requested)
    there = (taken, seats[OFFERED], len(by_status[WAITLISTED]), len(by_status[INTERESTED]), len(by_status[REQUESTED]))
    if kept != there:
        found.append(f"the run counts {kept}, there are {there}")
    waiting = {row.person_id: row for row in by_status[WAITLISTED]}
    free = None if run.capacity is None else run.capacity - taken
    for row in waiting.values():
        other = waiting.get(row.together_with_id)
        paired = other is not None and other.together_with_id == row.person_id
        needs = 1 + row.guests + (1 + other.guests if paired and other else 0)
        if run.cancelled_at is None and (free is None or needs <= free):
            found.append(f"{row.person_id} waits, needs {needs}, and {free} are free")
    return found


def look(run_ids: list[uuid.UUID]) -> list[str]:
    found = []
    for run_id in run_ids:
        found += wrong_with(runs.locked_run(run_id))
        db.session.rollback()
    return found


def test_a_walk_of_random_steps_by_eight_clients_keeps_everything_right(real_database: Flask):
    organiser = make_person()
    people = [make_person(quiet_from=time(0), quiet_to=time(0)) for _ in range(PEOPLE)]
    for one, other in zip(people[::2], people[1::2], strict=True):
        make_companions(one, other)
    near, far = in_days(1), in_days(20)
    made = [
        make_run(organiser, capacity=capacity, guests_allowed=2, starts_local=far if number % 2 else near)
        for number, capacity in enumerate([2, 3, 4, 6, 9, None])
    ]
    db.session.commit()
    organiser_id, ids, run_ids = organiser.id, [person.id for person in people], [run.id for run in made]
    db.session.rollback()  # a long walk would outlast what a transaction may idle

    def walk(seed: int) -> dict[str, int]:
        counts: dict[str, int] = {}
        with real_database.app_context():
            walker = Walker(seed, organiser_id, ids, run_ids)
            for _step in range(STEPS // CLIENTS):
                went = walker.step()
                counts[went] = counts.get(went, 0) + 1
                wrong = look([walker.run_id()])
                assert not wrong, wrong
        return counts

    with ThreadPoolExecutor(CLIENTS) as threads:
        went = list(threads.map(walk, range(CLIENTS)))
    assert look(run_ids) == []
    assert sum(counts.get("done", 0) for counts in went) > STEPS / 2
    ended = db.session.execute(select(Participation.status, func.count()).group_by(Participation.status)).all()
    assert {status for status, _count in ended} >= {GOING, WAITLISTED, LEFT}


@pytest.mark.parametrize("broken", ["unsettled", "overfull"])
def test_the_walk_would_see_what_is_wrong(db_session, broken):
    """The control: a free place beside somebody who waits, and a count that is off, are found."""
    run = make_run(capacity=2)
    person = make_person()
    db_session.add(Participation(run_id=run.id, person_id=person.id, status=WAITLISTED, rank=1, guests=0))
    run.next_rank = 2
    run.waiting = 1 if broken == "unsettled" else 0
    db_session.flush()
    found = wrong_with(run)
    assert any("waits, needs 1" in line for line in found)
    assert any("the run counts" in line for line in found) == (broken == "overfull")
