"""Word and step at the same instant. Commits are real here."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.safety import actions, jobs
from hampa.safety.actions import WatchPlan
from hampa.safety.models import Watch
from tests.factories.people import make_person, phone
from tests.races import at_once

ROUNDS = 12


def late_watch() -> Watch:
    """One whose contact is to be told now."""
    now = clock.now()
    with clock.frozen(now - timedelta(hours=1)):
        plan = WatchPlan(expected_at=now - timedelta(minutes=15), contact_name="Maman", contact_phone=phone())
        watch = actions.start_watch(make_person(), plan)
        db.session.flush()
    for _ in range(2):
        db.session.execute(db.update(Watch).where(Watch.id == watch.id).values(status="asked", next_at=watch.tell_at))
    db.session.commit()
    return watch


def messages(phone_number: str) -> Counter[tuple[str, str]]:
    """Return the messages to a number: template and status."""
    rows = db.session.execute(
        select(OutboxMessage.template, OutboxMessage.status).where(OutboxMessage.recipient == phone_number)
    )
    return Counter((row.template.rsplit("/", 1)[1], row.status) for row in rows)


def look() -> None:
    jobs.advance_due_watches("urgent", lambda: False)


@pytest.mark.parametrize("nth", range(ROUNDS))
def test_home_at_the_moment_of_telling(real_database: Flask, nth: int) -> None:
    with real_database.app_context():
        watch = late_watch()
        watch_id, contact = watch.id, watch.contact_phone

    def come_home() -> None:
        actions.confirm_home(watch_id)
        db.session.commit()

    at_once(real_database, [look, come_home, look])
    with real_database.app_context():
        ended = db.session.get_one(Watch, watch_id)
        assert (ended.status, ended.next_at) == ("home", None)
        # Told first, it was taken back before anybody got it; else it was never said.
        assert messages(contact) in (Counter(), Counter({("late.txt", "cancelled"): 1}))


def test_many_workers_take_each_step_once(real_database: Flask) -> None:
    with real_database.app_context():
        contacts = [late_watch().contact_phone for _ in range(30)]
    at_once(real_database, [look] * 4)
    with real_database.app_context():
        assert {*map(frozenset, (messages(contact).items() for contact in contacts))} == {
            frozenset({(("late.txt", "pending"), 1)})
        }


def test_a_person_who_taps_twice_is_waited_for_once(real_database: Flask) -> None:
    with real_database.app_context():
        person_id = make_person().id
        db.session.commit()
    ended: list[str] = []

    def go_out() -> None:
        person = db.session.get_one(Person, person_id)
        plan = WatchPlan(expected_at=clock.now() + timedelta(hours=1), contact_name="M", contact_phone="+989121234567")
        try:
            actions.start_watch(person, plan)
            db.session.commit()
            ended.append("set")
        except Refused:
            db.session.rollback()
            ended.append("refused")

    at_once(real_database, [go_out] * 4)
    assert sorted(ended) == ["refused"] * 3 + ["set"]


def test_accounts_together_name_a_number_no_oftener_than_may_be(real_database: Flask) -> None:
    with real_database.app_context():
        people: list[uuid.UUID] = [make_person().id for _ in range(10)]
        db.session.commit()
    ended: list[str] = []

    def go_out(person_id: uuid.UUID) -> None:
        person = db.session.get_one(Person, person_id)
        plan = WatchPlan(expected_at=clock.now() + timedelta(hours=1), contact_name="M", contact_phone="+989121234567")
        try:
            actions.start_watch(person, plan)
            db.session.commit()
            ended.append("set")
        except Refused:
            db.session.rollback()
            ended.append("refused")

    at_once(real_database, [lambda person_id=person_id: go_out(person_id) for person_id in people])
    assert Counter(ended) == {"set": 6, "refused": 4}
