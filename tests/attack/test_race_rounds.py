"""The races of organisers and participants, round after round: after each one the rules of places hold everywhere."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.joining import actions as joining
from hampa.people.models import Person
from hampa.plans import actions as plans
from hampa.platform.db import db
from hampa.roster.actions import participants as manage_participants
from hampa.runs.jobs import end_offers
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, WAITLISTED
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.people import participation_of
from hampa.series.actions import changes, memberships, series as making
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, place_of, take_part
from tests.factories.series import first_run
from tests.races import at_once
from tests.runs.test_walk import wrong_with

ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))
"""RACE_ROUNDS=20 is the full drill."""
Deeds = list[Callable[[], object]]


def the(person_id: uuid.UUID) -> Person:
    return db.session.get_one(Person, person_id)


def faults(app: Flask, run_ids: list[uuid.UUID]) -> list[str]:
    """Return which rules of places are broken, in runs that are locked one after the other."""
    found: list[str] = []
    with app.app_context():
        for run_id in run_ids:
            found += wrong_with(runs.locked_run(run_id))
            db.session.rollback()
    return found


def edit(organiser_id: uuid.UUID, run_id: uuid.UUID, sequence: int, **fields: object) -> None:
    """Save a form that was opened when the run had this sequence."""
    plan = replace(plans.plan_of(runs.run_for(None, run_id)), **fields)
    plans.change_run(the(organiser_id), run_id, plan, sequence)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_organisers_who_edit_at_once_while_people_come_and_go(real_database: Flask, turn: int):
    with real_database.app_context():
        sara = make_person()
        run = make_run(sara, capacity=4)
        ids = sara.id, add_organiser(run).id, run.id
        people = [make_person().id for _ in range(6)]
        for one in people[:3]:
            take_part(run, the(one))
        db.session.commit()
        sequence = run.sequence
    sara_id, reza_id, run_id = ids
    deeds: Deeds = [
        lambda: edit(sara_id, run_id, sequence, capacity=3, title="Sara's words"),
        lambda: edit(reza_id, run_id, sequence, capacity=6, place="Reza's gate"),
        *(lambda one=one: joining.join_run(the(one), run_id) for one in people[3:]),
        lambda: joining.leave_run(the(people[0]), run_id),
    ]
    ended = at_once(real_database, deeds)
    assert "Conflict" in ended[:2] or "Refused" in ended[:2], f"round {turn}: both saved over each other"
    assert ended[:2].count("done") <= 1, f"round {turn}"
    with real_database.app_context():
        saved = db.session.get_one(Run, run_id)
        mixed = (saved.title == "Sara's words") and (saved.place == "Reza's gate")
        assert not mixed and saved.sequence == sequence + ended[:2].count("done")
    assert faults(real_database, [run_id]) == [], f"round {turn}"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_series_that_is_edited_while_people_join_it(real_database: Flask, turn: int):
    with real_database.app_context():
        run = first_run(make_person())
        making.make_runs(run.series_id, 4)
        db.session.commit()
        series_id, sara_id = run.series_id, run.organiser_id
        days = list(db.session.scalars(select(Run.id).where(Run.series_id == series_id).order_by(Run.starts_at)))
        people = [make_person().id for _ in range(5)]
        db.session.commit()

    def change(run_id: uuid.UUID, scope: str, organiser_id: uuid.UUID = sara_id, **fields: object) -> None:
        current = runs.run_for(None, run_id)
        plan = replace(plans.plan_of(current), **fields)
        changes.change_runs(the(organiser_id), run_id, plan, current.sequence, scope)

    deeds: Deeds = [
        lambda: change(days[0], changes.ALL, capacity=3),
        lambda: change(days[2], changes.LATER, place="South gate", capacity=2),
        *(lambda one=one: memberships.join_series(the(one), series_id) for one in people[:3]),
        *(lambda one=one: joining.join_run(the(one), days[3]) for one in people[3:]),
        lambda: memberships.leave_series(the(people[0]), series_id, leave=True),
        lambda: making.make_runs(series_id, 4),
    ]
    at_once(real_database, deeds)
    with real_database.app_context():
        everywhere = list(db.session.scalars(select(Run.id).where(Run.organiser_id == sara_id)))
        for run_id in everywhere:
            # What the worker does next: those for whom a place came free are given it.
            end_offers(run_id)
    assert faults(real_database, everywhere) == [], f"round {turn}"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_people_who_leave_while_they_are_promoted(real_database: Flask, turn: int):
    with real_database.app_context():
        sara = make_person()
        run = make_run(sara, capacity=3)
        goes, asked, *waiting = (make_person().id for _ in range(6))
        take_part(run, the(goes))
        take_part(run, the(waiting.pop()))
        take_part(run, the(asked), OFFERED)
        for number, one in enumerate(waiting):
            take_part(run, the(one), WAITLISTED, take_at_once=number % 2 == 0)
        db.session.commit()
        sara_id, run_id = sara.id, run.id
        second = place_of(run, the(waiting[1]))
        first = place_of(run, the(waiting[0]))
    deeds: Deeds = [
        lambda: joining.leave_run(the(goes), run_id),
        lambda: joining.leave_run(the(waiting[0]), run_id),
        lambda: joining.answer_offer(the(asked), run_id, False),
        lambda: joining.answer_offer(the(waiting[1]), run_id, True),
        lambda: joining.leave_run(the(waiting[1]), run_id),
        lambda: manage_participants.set_participant_status(the(sara_id), run_id, first, GOING),
        lambda: manage_participants.set_participant_status(the(sara_id), run_id, second, INTERESTED),
        lambda: end_offers(run_id),
    ]
    at_once(real_database, deeds)
    assert faults(real_database, [run_id]) == [], f"round {turn}"
    with real_database.app_context():
        assert participation_of(the(goes), run_id).status == LEFT, f"round {turn}"
