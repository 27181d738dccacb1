"""At one instant, by people who mean no good: what stands afterwards is one truth, and nobody's request falls over."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.joining import actions as joining
from hampa.organising.actions import invitations, ownership
from hampa.people.models import Person
from hampa.plans import actions as plans
from hampa.platform.db import db
from hampa.run_search import actions as run_search
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, WAITLISTED
from hampa.runs.models.run import OWNER, Run, RunOrganiser
from hampa.runs.queries import people, runs
from hampa.series.actions import changes, memberships, series as making
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import first_run
from tests.races import at_once
from tests.runs.test_walk import wrong_with

MANY = 8


@pytest.fixture
def made(real_database: Flask) -> Callable[..., tuple[uuid.UUID, uuid.UUID, list[uuid.UUID]]]:
    """`made(run, **given)`: the ids of an organiser, of a run of theirs, and of many others."""

    def make(factory: Callable[..., Run] = make_run, **given: object) -> tuple[uuid.UUID, uuid.UUID, list[uuid.UUID]]:
        with real_database.app_context():
            organiser = make_person()
            run = factory(organiser, **given)
            ids = organiser.id, run.id, [make_person().id for _ in range(MANY)]
            db.session.commit()
        return ids

    return make


def the(person_id: uuid.UUID) -> Person:
    return db.session.get_one(Person, person_id)


def is_right(run_id: uuid.UUID) -> bool:
    assert wrong_with(runs.locked_run(run_id)) == []
    return True


def test_an_offer_taken_and_passed_at_once_is_answered_once(real_database, made):
    _organiser, run_id, (asked, goes, waits, *_others) = made(capacity=2)
    with real_database.app_context():
        run = db.session.get_one(Run, run_id)
        take_part(run, the(goes))
        take_part(run, the(asked), status=OFFERED)
        take_part(run, the(waits), status=WAITLISTED)
        db.session.commit()
    answers = [True, False] * (MANY // 2)
    ended = at_once(
        real_database, [lambda take=take: joining.answer_offer(the(asked), run_id, take) for take in answers]
    )
    with real_database.app_context():
        stands = people.participation_of(the(asked), run_id).status
        said = {answer for answer, end in zip(answers, ended, strict=True) if end == "done"}
        assert (stands, said) in ((GOING, {True}), (INTERESTED, {False}))
        next_in_line = people.participation_of(the(waits), run_id).status
        assert (next_in_line == WAITLISTED) == (stands == GOING)
        assert is_right(run_id)


def test_a_run_that_is_handed_over_while_it_is_called_off_has_one_owner(real_database, made):
    owner, run_id, others = made()
    with real_database.app_context():
        run = db.session.get_one(Run, run_id)
        for one in others:
            take_part(run, the(one))
        db.session.commit()
    heir, leaver = others[:2]
    with real_database.app_context():
        ownership.offer_run(the(owner), run_id, heir, stays=True)
        db.session.commit()
    deeds = [
        lambda: invitations.accept(the(heir), run_id, OWNER, keeps_owner=True),
        lambda: ownership.withdraw_offer(the(owner), run_id),
        lambda: plans.cancel_run(the(owner), run_id, "snow"),
        lambda: joining.leave_run(the(leaver), run_id),
        lambda: joining.leave_run(the(heir), run_id),
        lambda: ownership.offer_run(the(heir), run_id, owner),
    ]
    at_once(real_database, deeds)
    with real_database.app_context():
        owner_now = db.session.get_one(Run, run_id).organiser_id
        beside = db.session.scalars(select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id)).all()
        assert sorted([owner_now, *beside]) in (sorted([owner]), sorted([owner, heir]))
        assert is_right(run_id)


def test_places_taken_away_while_people_take_them_are_never_fewer_than_taken(real_database, made):
    organiser, run_id, others = made(capacity=9)

    def resize(capacity: int) -> None:
        run = runs.run_for(None, run_id)
        plans.change_run(the(organiser), run_id, replace(plans.plan_of(run), capacity=capacity), run.sequence)

    joins = [lambda one=one: joining.join_run(the(one), run_id) for one in others]
    at_once(real_database, [*joins, lambda: resize(2), lambda: resize(3)])
    with real_database.app_context():
        assert is_right(run_id)


def test_a_series_that_all_pull_at_once_stays_whole(real_database, made):
    organiser, run_id, others = made(first_run)
    with real_database.app_context():
        series_id = db.session.get_one(Run, run_id).series_id
        making.make_runs(series_id)
        db.session.commit()
        there = list(db.session.scalars(select(Run.id).where(Run.series_id == series_id).order_by(Run.starts_at)))

    def change(scope: str, place: str) -> None:
        run = runs.run_for(None, there[2])
        plan = replace(plans.plan_of(run), place=place, capacity=4)
        changes.change_runs(the(organiser), run.id, plan, run.sequence, scope)

    deeds = [
        *(lambda one=one: memberships.join_series(the(one), series_id) for one in others[:5]),
        lambda: memberships.leave_series(the(others[0]), series_id, leave=True),
        *(lambda one=one: joining.join_run(the(one), there[3]) for one in others[5:]),
        lambda: change("all", "North gate"),
        lambda: change("later", "South gate"),
        lambda: changes.cancel_runs(the(organiser), there[-1], "snow", "later"),
        lambda: run_search.reindex_run(organiser),
        lambda: making.make_runs(series_id),
    ]
    for _ in range(3):
        at_once(real_database, deeds)
    with real_database.app_context():
        assert all(is_right(one) for one in db.session.scalars(select(Run.id)).all())
