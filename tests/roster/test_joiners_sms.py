"""SMS to organisers about people who join: gathered, and turned off by each organiser for a run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.joining.actions import join_run, leave_run
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.delivery.console import ConsoleDelivery
from tests.factories.notifications import choose
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run


@pytest.fixture
def run(owner):
    owner.last_sign_in_at = clock.now()
    choose(owner, run_joined={"sms": True})
    return make_run(owner, title="Around the lake")


@pytest.fixture
def texts(db_session, owner):
    """Return all that the owner has got by SMS, the oldest first."""

    def ask() -> list[str]:
        found = select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == owner.phone)
        return [
            text.partition("\n")[0].rsplit(" ", 1)[0]
            for text in db_session.scalars(found.order_by(ConsoleDelivery.created_at))
        ]

    return ask


def named(number):
    return make_person(name=f"Runner {number}")


def test_the_first_comes_at_once_and_the_others_of_an_hour_together(run, work, texts):
    start = clock.now()
    joiners = [named(number) for number in range(7)]
    with clock.frozen(start):
        join_run(joiners[0], run.id)
        work()
    assert texts() == ["Hampa: Runner 0 is coming to Around the lake."]
    for minutes, joiner in enumerate(joiners[1:6], start=5):
        with clock.frozen(start + timedelta(minutes=minutes)):
            join_run(joiner, run.id)
            work()
    with clock.frozen(start + timedelta(minutes=20)):
        leave_run(joiners[3], run.id)
        work()
    assert len(texts()) == 1
    with clock.frozen(start + timedelta(minutes=61)):
        work()
    assert texts()[1:] == ["Hampa: Runner 5 and 3 more are coming to Around the lake."]
    with clock.frozen(start + timedelta(hours=3)):
        join_run(joiners[6], run.id)
        work()
    assert texts()[2:] == ["Hampa: Runner 6 is coming to Around the lake."]


def test_whoever_has_left_again_is_not_told_of(run, work, texts, db_session):
    joiner = named(1)
    join_run(joiner, run.id)
    leave_run(joiner, run.id)
    work()
    assert texts() == []
    assert db_session.scalars(select(OutboxMessage.status).filter_by(purpose="run_joined")).all() == ["cancelled"]


def test_each_organiser_turns_it_off_for_a_run(page, owner, run, work, texts, db_session):
    co = add_organiser(run, make_person(last_sign_in_at=clock.now()))
    choose(co, run_joined={"sms": True})
    other = make_run(owner, title="Hills")
    page.as_(make_person()).post(f"/runs/{run.id}/join-sms", {"by_sms": "no"}, 403)
    path = f"/runs/{run.id}/join-sms"
    for _ in range(2):
        page.as_(owner).post(path, {"by_sms": "no"}, 303)
    for one in (run, other):
        join_run(named(1), one.id)
    work()
    assert texts() == ["Hampa: Runner 1 is coming to Hills."]
    sent = select(OutboxMessage.recipient).filter_by(purpose="run_joined", status="sent")
    assert sorted(db_session.scalars(sent)) == sorted([owner.phone, co.phone])
    assert "Runner 1" in page.as_(owner).get("/notifications").words
    page.as_(owner).get(f"/runs/{run.id}/participants").form(path).submit(status=303)
    with clock.shifted(timedelta(hours=2)):
        join_run(named(2), run.id)
        work()
    assert texts()[1:] == ["Hampa: Runner 2 is coming to Around the lake."]


def test_a_name_that_is_an_address_is_none_in_the_sms(run, work, texts):
    join_run(make_person(name="hampa.example: account closed, call 0912 345 6789"), run.id)
    work()
    (text,) = texts()
    assert "hampa. example" in text
    assert "hampa.example" not in text
    assert "345" not in text
