"""Quiet hours: what waits for their end, what does not, and what is not sent at all by then."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hampa.notifications.actions.notifying import notify
from hampa.notifications.queries.quiet import quiet_until
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.delivery.console import ConsoleDelivery
from tests.factories.notifications import DATA
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("db_session")

TEHRAN = ZoneInfo("Asia/Tehran")
NIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=TEHRAN)
MORNING = datetime(2026, 11, 28, 7, tzinfo=TEHRAN)


@pytest.fixture
def sleeper():
    return make_person(quiet_from=time(22), quiet_to=time(7))


def tell(person, kind="export_ready", *, event=None, starts_in=timedelta(days=3), subject_id=None, **more):
    data = dict(DATA[kind])
    if "starts_at" in data:
        data["starts_at"] = (clock.now() + starts_in).isoformat()
    notify([person.id], kind, subject_id=subject_id or uuid.uuid4(), data=data, event=event or uuid.uuid4(), **more)


def due(session, person):
    query = select(OutboxMessage.next_attempt_at).where(OutboxMessage.person_id == person.id)
    return [at.astimezone(TEHRAN) for at in session.scalars(query.order_by(OutboxMessage.created_at))]


def test_a_message_in_the_night_waits_until_the_morning_and_comes_then(page, work, db_session):
    """The whole way: the hours are set in the settings, the message is held back, and delivered after them."""
    sleeper = make_person()
    form = page.as_(sleeper).get("/me/settings/notifications", 200).form("/me/settings/notifications")
    form.fill(quiet_from="22:00", quiet_to="07:00").submit(status=303)
    sent = select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == sleeper.phone)
    with clock.frozen(NIGHT):
        notify([sleeper.id], "export_ready", subject_id=uuid.uuid4(), data={}, event="ready")
        work()
        assert db_session.scalars(sent).all() == []
        assert "1 new" in page.as_(sleeper).get("/me", 200).text, "under the bell it is at once"
    with clock.frozen(MORNING - timedelta(minutes=1)):
        work()
        assert db_session.scalars(sent).all() == []
    with clock.frozen(MORNING + timedelta(minutes=1)):
        work()
        assert len(db_session.scalars(sent).all()) == 1


def test_by_day_nothing_waits(sleeper, db_session):
    noon = NIGHT.replace(hour=12)
    with clock.frozen(noon):
        tell(sleeper)
        assert due(db_session, sleeper) == [noon]


@pytest.mark.parametrize(
    ("kind", "hours", "waits"),
    [
        ("account_security", None, False),
        ("run_changed", 11, False),
        ("run_cancelled", 11, False),
        ("run_offered", 11, False),
        ("run_changed", 13, True),
        ("run_cancelled", 13, True),
        ("run_offered", 13, True),
        ("interest_accepted", None, True),
    ],
)
def test_security_and_what_concerns_a_run_that_starts_soon_does_not_wait(sleeper, db_session, kind, hours, waits):
    with clock.frozen(NIGHT):
        tell(sleeper, kind, starts_in=timedelta(hours=hours or 0))
        assert due(db_session, sleeper) == [MORNING if waits else NIGHT]


def test_what_is_stale_by_then_is_not_sent(sleeper, work, db_session):
    with clock.frozen(NIGHT):
        tell(sleeper, expires_at=MORNING - timedelta(hours=1))
    with clock.frozen(MORNING):
        work()
    assert db_session.scalars(select(OutboxMessage.status)).all() == ["expired"]


def test_several_changes_of_one_run_are_one_message_in_the_morning(sleeper, db_session):
    run_id = uuid.uuid4()
    with clock.frozen(NIGHT):
        for _ in range(3):
            tell(sleeper, "run_changed", subject_id=run_id)
        assert due(db_session, sleeper) == [MORNING]


def test_many_held_back_do_not_come_as_a_burst(sleeper, db_session):
    with clock.frozen(NIGHT):
        for _ in range(5):
            tell(sleeper)
    templates = db_session.scalars(select(OutboxMessage.template)).all()
    assert sorted(templates) == ["notifications/sms/export_ready.txt"] * 2 + ["notifications/sms/more.txt"]


def test_by_day_each_comes_by_itself(sleeper, db_session):
    with clock.frozen(NIGHT.replace(hour=12)):
        for _ in range(4):
            tell(sleeper)
        assert len(due(db_session, sleeper)) == 4


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # Friday the 27th has hours of its own, from 23:45 to 9:30; Saturday none.
        ((27, 23, 0), None),
        ((27, 23, 50), (28, 9, 30)),
        ((28, 8, 0), (28, 9, 30)),
        ((28, 23, 0), None),
        ((29, 23, 0), (30, 7, 0)),
        ((30, 7, 0), None),
    ],
)
def test_days_have_hours_of_their_own(db_session, at, until):
    make_person(quiet_from=time(22), quiet_to=time(7), quiet_days={"5": ["23:45", "09:30"], "6": ["00:00", "00:00"]})
    day, hour, minute = at
    moment = datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)
    expected = datetime(2026, 11, until[0], until[1], until[2], tzinfo=TEHRAN) if until else None
    assert db_session.scalar(select(quiet_until(moment)).select_from(Person)) == expected


@pytest.mark.parametrize("zone", ["Asia/Tehran", "America/Los_Angeles", "Pacific/Auckland", "UTC"])
def test_the_hours_are_those_of_the_persons_own_clock(db_session, zone):
    person = make_person(timezone=zone, quiet_from=time(22), quiet_to=time(7))
    tz = ZoneInfo(zone)
    at = datetime(2026, 11, 28, 3, tzinfo=tz).astimezone(UTC)
    found = db_session.scalar(select(quiet_until(at)).select_from(Person).where(Person.id == person.id))
    assert found == datetime(2026, 11, 28, 7, tzinfo=tz)


def test_hours_that_do_not_pass_midnight(db_session):
    make_person(quiet_from=time(13), quiet_to=time(15))
    at = datetime(2026, 11, 28, 14, tzinfo=TEHRAN)
    assert db_session.scalar(select(quiet_until(at)).select_from(Person)) == at + timedelta(hours=1)
    assert db_session.scalar(select(quiet_until(at - timedelta(hours=2))).select_from(Person)) is None


def test_many_sleepers_cost_no_more_statements(statements):
    people = [make_person(quiet_from=time(22), quiet_to=time(7)) for _ in range(3)]
    tell(people[0])
    with clock.frozen(NIGHT), statements() as seen:
        notify(
            select(Person.id), "interest_accepted", subject_id=uuid.uuid4(), data=DATA["interest_accepted"], event="all"
        )
    assert len(seen) <= 5
