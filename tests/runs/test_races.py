"""At the same instant: what the run's lock decides. Commits are real here, each thread has a connection of its own."""

from __future__ import annotations

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.joining import actions as joining
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.plans import actions as plans
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import people, runs
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.page import Page
from tests.races import at_once

JOINERS = 200
AT_ONCE = 20


def people_in(run_id: uuid.UUID, status: str) -> list[Person]:
    """Who is in the run in this way, in the order of coming."""
    query = select(Person).join(Participation, Participation.person_id == Person.id)
    query = query.where(Participation.run_id == run_id, Participation.status == status)
    return list(db.session.scalars(query.order_by(Participation.rank)))


def counted(run_id: uuid.UUID) -> dict[str, int]:
    """Return the counts in the run's row."""
    run = db.session.get_one(Run, run_id, populate_existing=True)
    return {GOING: run.taken, WAITLISTED: run.waiting, INTERESTED: run.interested}


def join(person_id: uuid.UUID, run_id: uuid.UUID, status: str = GOING) -> None:
    joining.join_run(db.session.get_one(Person, person_id), run_id, status)


def leave(person_id: uuid.UUID, run_id: uuid.UUID) -> None:
    joining.leave_run(db.session.get_one(Person, person_id), run_id)


def everybody_taps(browsers: list[Page], run_id: uuid.UUID) -> list[int]:
    """All of them press "I'm in" at once, as many as there are threads at any moment: the status of each answer."""
    start = Barrier(AT_ONCE)

    def tap(share: list[tuple[Page, str]]) -> list[int]:
        start.wait(30)
        fields = [(browser.client, {"status": GOING, "csrf_token": token}) for browser, token in share]
        return [client.post(f"/runs/{run_id}/join", data=data).status_code for client, data in fields]

    ready = [(browser, browser.token()) for browser in browsers]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(tap, [ready[number::AT_ONCE] for number in range(AT_ONCE)]))
    return [status for share in answers for status in share]


def run_with_one_place_left(app: Flask, joiners: int) -> tuple[uuid.UUID, list[Page]]:
    run = make_run(capacity=2)
    take_part(run)
    db.session.commit()
    return run.id, [Page(app).as_(make_person()) for _ in range(joiners)]


def test_of_200_who_take_the_last_place_at_once_one_has_it_and_199_wait_in_order(real_database):
    run_id, browsers = run_with_one_place_left(real_database, JOINERS)
    assert everybody_taps(browsers, run_id) == [303] * JOINERS
    assert len(people_in(run_id, GOING)) == 2
    waiting = people_in(run_id, WAITLISTED)
    assert len({person.id for person in waiting}) == JOINERS - 1
    assert counted(run_id) == {GOING: 2, WAITLISTED: JOINERS - 1, INTERESTED: 0}
    run = runs.run_for(None, run_id)
    assert [people.admission_for(person, run).ahead for person in waiting] == list(range(JOINERS - 1))
    told = select(func.count()).where(Notification.type == "run_joined", Notification.person_id == run.organiser_id)
    assert db.session.scalar(told) == JOINERS


def test_without_the_lock_it_goes_wrong(real_database, monkeypatch):
    """The control of the test before: it is the lock that decides, and the tables refuse what slips past it."""

    def not_locked(run_id: uuid.UUID) -> Run:
        run = db.session.get_one(Run, run_id, populate_existing=True)
        time.sleep(0.05)
        return run

    run_id, browsers = run_with_one_place_left(real_database, AT_ONCE)
    monkeypatch.setattr(runs, "locked_run", not_locked)
    monkeypatch.setitem(real_database.config, "PROPAGATE_EXCEPTIONS", False)
    answers = everybody_taps(browsers, run_id)
    assert answers.count(303) < AT_ONCE
    assert len(people_in(run_id, GOING)) <= 2


def test_two_taps_two_tabs_and_a_retry_are_one_participation(real_database):
    run_id, person_id = make_run(capacity=2).id, make_person().id
    db.session.commit()
    assert at_once(real_database, [lambda: join(person_id, run_id)] * 8) == ["done"] * 8
    assert counted(run_id)[GOING] == 1
    assert at_once(real_database, [lambda: leave(person_id, run_id)] * 8) == ["done"] * 8
    assert counted(run_id)[GOING] == 0
    assert db.session.scalar(select(func.count()).select_from(Participation)) == 1
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 1


def test_when_several_leave_at_once_as_many_move_up_each_told_once(real_database):
    run = make_run(capacity=6)
    going = [take_part(run).id for _ in range(6)]
    waiting = [take_part(run, status=WAITLISTED).id for _ in range(10)]
    db.session.commit()
    run_id = run.id
    at_once(real_database, [lambda who=who: leave(who, run_id) for who in going])
    assert [person.id for person in people_in(run_id, GOING)] == waiting[:6]
    assert [person.id for person in people_in(run_id, WAITLISTED)] == waiting[6:]
    promoted = select(Notification.person_id).where(Notification.type == "run_promoted")
    assert sorted(db.session.scalars(promoted)) == sorted(waiting[:6])


def test_of_two_edits_at_once_one_is_kept_and_the_other_is_told(real_database):
    organiser = make_person()
    run = make_run(organiser)
    db.session.commit()
    run_id, organiser_id = run.id, organiser.id
    shared = vars(plans.plan_of(run))

    def save(place: str) -> None:
        plan = plans.RunPlan(**(shared | {"place": place}))
        plans.change_run(db.session.get_one(Person, organiser_id), run_id, plan, 0)

    ends = at_once(real_database, [lambda n=n: save(f"Gate {n}") for n in range(4)])
    assert sorted(ends) == ["Conflict"] * 3 + ["done"]
    assert db.session.get_one(Run, run_id, populate_existing=True).sequence == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_many_do_at_once_the_rules_of_places_hold(real_database, seed):
    """Joins, second thoughts, leaving and changes of capacity, drawn at random, in eight threads."""
    organiser = make_person()
    run = make_run(organiser, capacity=4)
    db.session.commit()
    run_id, organiser_id = run.id, organiser.id
    people = [make_person().id for _ in range(14)]
    db.session.commit()

    def change_capacity(capacity: int) -> None:
        seen = runs.run_for(None, run_id)
        plan = replace(plans.plan_of(seen), capacity=capacity)
        plans.change_run(db.session.get_one(Person, organiser_id), run_id, plan, seen.sequence)

    def wander(number: int) -> None:
        dice = random.Random(seed * 100 + number)
        for _step in range(60):
            who = dice.choice(people)
            deed = dice.choice(
                [
                    lambda who=who: join(who, run_id),
                    lambda who=who: join(who, run_id),
                    lambda who=who: join(who, run_id, INTERESTED),
                    lambda who=who: leave(who, run_id),
                    lambda: change_capacity(dice.randint(2, 9)),
                ]
            )
            try:
                deed()
                db.session.commit()
            except DomainError:
                db.session.rollback()

    assert at_once(real_database, [lambda number=number: wander(number) for number in range(8)]) == ["done"] * 8
    run = db.session.get_one(Run, run_id, populate_existing=True)
    assert counted(run_id) == {status: len(people_in(run_id, status)) for status in (GOING, WAITLISTED, INTERESTED)}
    assert run.taken <= run.capacity
    assert run.waiting == 0 or run.taken == run.capacity, "nobody waits while a place is free"
    everybody = [person.id for status in (GOING, WAITLISTED, INTERESTED, LEFT) for person in people_in(run_id, status)]
    assert len(everybody) == len(set(everybody))
