"""Notifying people: each once an event, any number at once, by SMS only with the notification in the app."""

from __future__ import annotations

import tracemalloc
import uuid

import pytest
from sqlalchemy import func, insert, select, text

from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import APP_ONLY, CHANNELS, Notification, UnknownKind, notification_kinds
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, ids
from tests.factories.notifications import DATA, RUN
from tests.factories.people import make_person

RUN_ID = uuid.uuid4()


def tell(people, event="something", kind="run_promoted", *, sms=False, **more):
    channels = CHANNELS if sms else APP_ONLY
    return notify(people, kind, subject_id=RUN_ID, data=DATA[kind], event=event, channels=channels, **more)


def told(session):
    return set(session.scalars(select(Notification.person_id)))


def messages(session):
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.recipient)).all()


def test_all_who_are_named_are_told(db_session):
    one, other = make_person(), make_person()
    assert tell([one.id, other.id]) == 2
    assert told(db_session) == {one.id, other.id}
    row = db_session.scalars(select(Notification)).first()
    blank = {"title": "", "place": "", "reason": ""}
    assert (row.type, row.subject_id, row.data, row.read_at) == ("run_promoted", RUN_ID, {**RUN, **blank}, None)


def test_people_may_be_named_by_a_select(db_session):
    persian, _english = make_person(locale="fa"), make_person()
    assert tell(select(Person.id).where(Person.locale == "fa")) == 1
    assert told(db_session) == {persian.id}


def test_nobody_named_is_nobody_told(db_session):
    assert tell([]) == 0
    assert tell([uuid.uuid4()], sms=True) == 0
    assert messages(db_session) == []


def test_of_one_event_a_person_hears_once_even_when_named_twice(db_session):
    person = make_person()
    assert tell([person.id, person.id]) == 1
    assert tell([person.id]) == 0
    assert tell([person.id], event="something else") == 1


def test_who_did_it_is_not_told(db_session):
    actor, other = make_person(), make_person()
    assert tell([actor.id, other.id], actor_id=actor.id, sms=True) == 1
    assert told(db_session) == {other.id}
    assert [message.person_id for message in messages(db_session)] == [other.id]


@pytest.mark.parametrize("state", ["suspended", "banned", "leaving", "erased"])
def test_accounts_that_are_not_active_are_not_told(db_session, state):
    assert tell([make_person(state=state).id], sms=True) == 0
    assert messages(db_session) == []


def test_by_sms_go_those_who_were_told_just_now(db_session):
    before, now = make_person(), make_person(locale="fa")
    tell([before.id])
    assert tell([before.id, now.id], sms=True) == 1
    (message,) = messages(db_session)
    assert (message.recipient, message.locale, message.purpose) == (now.phone, "fa", "run_promoted")
    assert message.template == "notifications/sms/run_promoted.txt"
    assert tell([before.id, now.id], sms=True) == 0
    assert len(messages(db_session)) == 1


def test_the_sms_expires_with_the_notice(db_session):
    at = clock.now()
    tell([make_person().id], sms=True, expires_at=at)
    assert messages(db_session)[0].expires_at == at


def test_data_that_lacks_a_field_is_refused(db_session):
    with pytest.raises(ValueError, match="needs changes"):
        notify([], "run_changed", subject_id=RUN_ID, data=RUN, event="x")


def test_words_are_not_stored(db_session):
    with pytest.raises(ValueError, match="does not store title"):
        notify([], "run_cancelled", subject_id=RUN_ID, data={**RUN, "title": "Loop"}, event="x")


def test_a_kind_that_nobody_registers_is_refused(db_session):
    with pytest.raises(UnknownKind, match="rumour"):
        notify([], "rumour", subject_id=RUN_ID, data={}, event="x")


def test_a_channel_without_words_is_refused(db_session):
    with pytest.raises(ValueError, match="words"):
        tell([], kind="run_declined", sms=True)


def test_by_default_a_notification_goes_by_all_channels_of_its_kind(db_session):
    person = make_person()
    for kind in ("run_promoted", "run_declined"):
        notify([person.id], kind, subject_id=RUN_ID, data=DATA[kind], event="x")
    assert [message.purpose for message in messages(db_session)] == ["run_promoted"]


def test_kinds_of_one_grouping_tell_of_an_event_once(db_session):
    person = make_person()
    assert tell([person.id], kind="run_joined") == 1
    assert tell([person.id], kind="run_requested") == 0, "they share their grouping"
    assert tell([person.id], kind="run_promoted") == 1


def test_every_kind_can_be_told(db_session):
    person = make_person()
    for kind in notification_kinds():
        assert tell([person.id], event=kind.name, kind=kind.name) == 1


def test_as_many_statements_for_ten_as_for_two_thousand(db_session, statements):
    def crowd(begin, size):
        rows = [
            {"id": ids.new_id(), "phone": f"+98915{begin + number}", "locale": "fa", "last_sign_in_at": clock.now()}
            for number in range(size)
        ]
        db_session.execute(insert(Person), rows)
        return select(Person.id).where(Person.id.in_([row["id"] for row in rows]))

    tell(crowd(1_000_000, 1), event="warm-up", sms=True)
    costs = []
    for begin, size in ((2_000_000, 10), (3_000_000, 2_000)):
        people = crowd(begin, size)
        with statements() as seen:
            assert tell(people, event=str(size), sms=True) == size
        costs.append(len(seen))
    assert costs == [5, 5], "the rows, a job for open pages, push, SMS and mail"


def test_ten_thousand_are_told_in_five_statements_without_coming_here(db_session, statements):
    crowd = [
        {
            "id": ids.new_id(),
            "phone": f"+98914{1_000_000 + number}",
            "locale": "fa",
            "name": f"Runner {number}",
            "last_sign_in_at": clock.now(),
        }
        for number in range(10_000)
    ]
    db_session.execute(insert(Person), crowd)
    del crowd
    # The server remembers in each connection how it checks foreign keys; other tests had it see a table of a few rows.
    db_session.execute(text("ANALYZE people"))
    everybody = select(Person.id)
    tell(everybody, event="warm-up", kind="interest_accepted")
    tracemalloc.start()
    with statements() as seen:
        assert tell(everybody, sms=True) == 10_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(seen) <= 5, "the rows, a job for open pages, push, SMS and mail"
    assert peak < 1_000_000, "the people came into memory"
    assert db_session.scalar(select(func.count()).select_from(OutboxMessage)) == 10_000
