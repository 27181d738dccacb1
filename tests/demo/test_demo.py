"""The demo community: as large as promised, alive relative to today, and careful with what people made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.cards.models.card import Card
from hampa.cards.queries import companions as cards
from hampa.demo import actions
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.actions.attendance import settle_attendance
from hampa.runs.actions.comments import add_comment
from hampa.runs.actions.joining import join_run
from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run

COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested"}


def live() -> list[Person]:
    """Start the demo, as each start of the site does."""
    made = actions.make_people()
    actions.make_cards(made)
    actions.make_companions(made)
    actions.make_runs(made)
    return made


def to_come() -> int:
    return db.session.scalar(select(func.count()).where(Run.starts_at > clock.now(), Run.cancelled_at.is_(None))) or 0


@pytest.fixture
def community(db_session):
    return live()


def test_it_is_as_large_as_promised_and_speaks_two_languages(community):
    assert len(community) == 60
    assert to_come() == 120
    assert db.session.scalar(select(func.count()).select_from(Card)) == 80
    assert {person.locale for person in community} == {"fa", "en"}
    assert all(person.is_demo for person in community)


def test_the_personas_are_who_they_are_promised_to_be(community):
    sara, reza, mina, operator = (people.by_phone(f"+9891200000{n}") for n in ("01", "02", "03", "09"))
    assert cards.are_companions(sara.id, reza.id)
    assert not cards.are_companions(sara.id, mina.id)
    assert operator.is_operator
    assert not sara.is_operator
    assert db.session.scalar(select(func.count()).where(Run.organiser_id == sara.id)) >= 15


def test_the_counts_of_its_runs_are_those_of_its_people(community):
    rows = db.session.execute(
        select(Participation.run_id, Participation.status, func.count()).group_by(
            Participation.run_id, Participation.status
        )
    )
    counted = {(run_id, status): count for run_id, status, count in rows}
    for run in db.session.scalars(select(Run)):
        for status, name in COUNTS.items():
            assert getattr(run, name) == counted.get((run.id, status), 0)
        assert run.capacity is None or run.taken <= run.capacity


def test_a_second_start_makes_nothing_twice(community):
    before = {run.id: run.starts_at for run in db.session.scalars(select(Run))}
    live()
    assert {run.id: run.starts_at for run in db.session.scalars(select(Run))} == before
    assert db.session.scalar(select(func.count()).select_from(Card)) == 80


def test_what_is_past_moves_on_to_the_same_weekday_and_clock_time(community):
    before = {run.id: run.starts_local for run in db.session.scalars(select(Run))}
    with clock.shifted(timedelta(days=40)):
        live()
        assert to_come() == 120
        for run in db.session.scalars(select(Run)):
            moved = run.starts_local - before[run.id]
            assert moved.seconds == 0
            assert moved.days % 7 == 0
            assert run.starts_at > clock.now()


def test_a_run_that_a_person_joined_stays_and_another_takes_its_place(community, stranger):
    run = db.session.scalars(select(Run).where(Run.capacity.is_(None)).limit(1)).one()
    join_run(stranger, run.id)
    before = run.starts_at
    with clock.shifted(timedelta(days=40)):
        live()
        assert to_come() == 120
        assert db.session.get_one(Run, run.id).starts_at == before


def test_a_run_that_was_over_begins_anew_with_those_who_came(community):
    run = db.session.scalars(select(Run).where(Run.taken > 1).limit(1)).one()
    taken = run.taken
    with clock.frozen(run.ends_at + timedelta(days=1)):
        assert settle_attendance(run.id) == taken
        live()
        db.session.expire_all()
        assert (run.taken, run.previous_starts_at) == (taken, None)
        going = select(func.count()).where(Participation.run_id == run.id, Participation.status == GOING)
        assert db.session.scalar(going) == taken


def test_a_run_under_which_a_person_spoke_stays(community, stranger):
    run = db.session.scalars(select(Run).limit(1)).one()
    add_comment(stranger, run.id, "See you there")
    before = run.starts_at
    with clock.shifted(timedelta(days=40)):
        live()
        assert db.session.get_one(Run, run.id).starts_at == before


def test_what_a_person_says_of_a_persona_stays(community):
    community[0].name = "Somebody else"
    db.session.flush()
    live()
    assert people.by_phone("+989120000001").name == "Somebody else"
