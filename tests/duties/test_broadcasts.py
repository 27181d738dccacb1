"""Messages to people with duties: their recipients and cost first, in chunks, once each, and stopped."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.broadcasts import actions, jobs, queries
from hampa.broadcasts.models import Broadcast
from hampa.crews.models import INACTIVE
from hampa.crews.queries.crews import membership_of
from hampa.duties.queries.schedules import owner_coordinated
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from tests.duties.test_duties import FIRST
from tests.factories.crews import add_member
from tests.factories.duties import make_booking, make_schedule
from tests.factories.notifications import choose
from tests.factories.people import make_person
from tests.races import at_once

SIGNED_IN = {"last_sign_in_at": FIRST - timedelta(days=9)}


def told(person):
    query = select(func.count()).where(Notification.person_id == person.id, Notification.type == queries.KIND)
    return db.session.scalar(query)


def texted(person):
    query = select(func.count()).where(OutboxMessage.person_id == person.id, OutboxMessage.kind == "sms")
    return db.session.scalar(query)


@pytest.fixture
def people(crew, schedule):
    """Return on duty, quiet, blocked, and one who left; the first three are on duty on the first day."""
    found = [make_person(name=name, **SIGNED_IN) for name in ("On duty", "Quiet", "Blocked", "Left")]
    for place, one in enumerate(found, 1):
        add_member(crew, one)
        make_booking(schedule, one, FIRST if place < 4 else FIRST + timedelta(days=1), place=place)
    return found


def test_from_a_draft_to_all_who_are_on_duty(page, crew, schedule, people, owner, companion, stranger, operator):
    on_duty, quiet, blocked, left = people
    choose(quiet, duty_message={"sms": False})
    block(owner, blocked.id)
    path = f"/duties/messages?crew={crew.id}"
    for other, status in ((None, 303), (stranger, 404), (companion, 403), (operator, 404)):
        page.as_(other).get(path, status)
    shift = f"/schedules/{schedule.id}/shifts/20261201T023000Z"
    assert "Write to those on duty" in page.as_(owner).get(shift, 200).words
    new = page.as_(owner).get(path, 200).form(path)
    wrong = new.fill(audience="role", text="Bring a lamp <b>", send_on="1 January 2026", send_at="6:00").submit(
        status=422
    )
    assert "Choose this too." in wrong.words and "Bring a lamp" in wrong.text
    wrong.form(path).fill(schedule=str(schedule.id)).submit(status=422)
    new = page.as_(owner).get(path, 200).form(path)
    draft = new.fill(audience="day", day="1 December 2026", text="Bring a lamp <b>", channels=["push", "sms"])
    sent = draft.submit(status=303)
    address = sent.response.headers["Location"]
    shown = page.as_(owner).get(address, 200)
    assert "3 people can read it in the app" in shown.words and "2 SMS" in shown.words
    page.as_(companion).get(address, 404)
    shown.form(address).submit("Send", status=303)
    broadcast_id = db.session.scalar(select(Broadcast.id))
    for _twice in range(2):
        jobs.send(broadcast_id)
        jobs.send_due()
    assert [told(one) for one in (on_duty, quiet, blocked, left, companion)] == [1, 1, 1, 0, 0]
    assert [texted(one) for one in (on_duty, quiet, blocked, left)] == [1, 0, 1, 0]
    unsigned = select(Notification.actor_id).where(Notification.person_id == blocked.id)
    assert db.session.scalars(unsigned).all() == [None]
    assert "3 people have it." in page.as_(owner).get(address, 200).words
    assert "Bring a lamp &lt;b&gt;" in page.as_(on_duty).get("/notifications", 200).text
    page.as_(owner).post(f"{address}/stop", {}, 303)
    assert db.session.get(Broadcast, broadcast_id).state == "sent"


def test_each_audience_and_a_time(crew, schedule, people, owner, companion):
    on_duty, quiet, blocked, left = people
    block(owner, blocked.id)
    membership_of(left, crew.id).status = INACTIVE
    other = make_schedule(crew, name="South gate")
    make_booking(other, companion, FIRST - timedelta(days=400))
    recent = make_person(name="Recent", **SIGNED_IN)
    add_member(crew, recent)
    make_booking(other, recent, FIRST - timedelta(days=100))
    drafted = make_person(name="Drafted", **SIGNED_IN)
    add_member(crew, drafted)
    make_booking(schedule, drafted, FIRST, place=5, is_draft=True)
    of = owner_coordinated(owner, crew_id=crew.id, series_id=None)

    def names(**plan):
        made = actions.draft(owner, of, actions.BroadcastPlan(text="Hello", channels=("push",), **plan))
        return {
            one.name for one in (on_duty, quiet, blocked, left, companion, recent, drafted) if one.id in ids_of(made)
        }

    def ids_of(made):
        return set(db.session.scalars(queries.recipients(made)))

    assert names(audience="shift", schedule_id=schedule.id, starts_at=FIRST) == {"On duty", "Quiet", "Blocked"}
    assert names(audience="role", schedule_id=schedule.id) == {"On duty", "Quiet"}
    assert names(audience="all") == {"On duty", "Quiet", "Recent"}
    later = clock.now() + timedelta(hours=2)
    made = actions.draft(owner, of, actions.BroadcastPlan(text="Hi", audience="all", channels=(), send_at=later))
    assert db.session.scalar(select(func.count()).select_from(Broadcast)) == 1, "older drafts are gone"
    actions.approve(owner, made.id)
    jobs.send_due()
    assert told(on_duty) == 0
    with clock.frozen(later):
        jobs.send_due()
    assert told(on_duty) == 1


def test_a_stop_between_two_chunks_withdraws_what_waits(crew, people, owner, schedule):
    on_duty, quiet, blocked, _left = people
    of = owner_coordinated(owner, crew_id=crew.id, series_id=None)
    plan = actions.BroadcastPlan(text="Run!", audience="day", day=FIRST.date(), channels=("sms",))
    made = actions.draft(owner, of, plan)
    actions.approve(owner, made.id)
    assert actions.send_chunk(made.id, 1) is True
    actions.stop(owner, made.id)
    assert actions.send_chunk(made.id, 1) is False
    assert sum(told(one) for one in (on_duty, quiet, blocked)) == 1
    assert db.session.scalars(select(OutboxMessage.status)).all() == ["cancelled"]
    assert (made.state, made.people) == ("stopped", 1)
    # One whose writer may not write any more stops by itself.
    made = actions.draft(owner, of, plan)
    actions.approve(owner, made.id)
    owner.state = "suspended"
    db.session.flush()
    assert actions.send_chunk(made.id, 1) is False and made.state == "stopped"


def test_workers_that_send_at_once_tell_each_person_once(real_database, app):
    with app.app_context():
        owner, *others = (make_person() for _each in range(25))
        from tests.factories.crews import make_crew

        crew = make_crew(owner, *others, max_members=100)
        schedule = make_schedule(crew, max_people=50)
        start = schedule.shift_rule.next_starts(clock.now(), 1)[0]
        for place, one in enumerate(others, 1):
            make_booking(schedule, one, start, place=place)
        of = owner_coordinated(owner, crew_id=crew.id, series_id=None)
        made = actions.draft(owner, of, actions.BroadcastPlan(text="Hi", audience="all", channels=("sms",)))
        actions.approve(owner, made.id)
        broadcast_id: uuid.UUID = made.id
        db.session.commit()

    def send():
        while actions.send_chunk(broadcast_id, 4):
            db.session.commit()

    assert set(at_once(app, [send] * 6)) == {"done"}
    with app.app_context():
        query = select(func.count()).where(Notification.type == queries.KIND, Notification.subject_id == broadcast_id)
        assert db.session.scalar(query) == 24
        assert db.session.get_one(Broadcast, broadcast_id).people == 24
