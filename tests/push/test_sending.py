"""Notifications on devices, from what happens on the site to what the browser shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from sqlalchemy import select, update

from hampa.auth.actions.sessions import end_sessions
from hampa.joining.actions import join_run
from hampa.notifications.models import Notification, get_kind, notification_kinds
from hampa.outbox import jobs as outbox
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import deliveries
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.locale import i18n
from hampa.platform.push.gateway import WebPushGateway
from hampa.platform.push.keys import site_key, vapid_key
from hampa.platform.texts.rendering import render_text
from hampa.push.actions.sending import send_push_many
from hampa.push.jobs import forget_device
from hampa.push.models import PushSubscription
from tests.factories.devices import make_device
from tests.factories.notifications import DATA, WORDS
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run
from tests.push_server import PushBrowser, PushServer, Reply, claims_of, push_server


@pytest.fixture
def service(app, db_session) -> Iterator[PushServer]:
    """Yield the push service of all devices of the test, on this machine."""
    with push_server() as server:
        gateway = WebPushGateway(vapid_key, forget_device, contact="https://hampa.example", local=True)
        gateway.parallel = 1  # all of it in the transaction of the test
        before = app.extensions.get("hampa.push")
        use_gateway(app, "push", gateway)
        yield server
        gateway.close()
        app.extensions["hampa.push"] = before


def device(service: PushServer, person: Person, **given) -> tuple[PushBrowser, PushSubscription]:
    browser = PushBrowser(f"{service.url}/{person.id}")
    return browser, make_device(person, browser, **given)


def send() -> None:
    outbox.send_due("normal", lambda: False)


def pushes() -> list[OutboxMessage]:
    db.session.expire_all()
    statement = select(OutboxMessage).where(OutboxMessage.kind == "push")
    return list(db.session.scalars(statement.order_by(OutboxMessage.created_at)))


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_device_shows_what_the_bell_says_in_the_language_of_its_person(service, page, locale):
    organiser = make_person(locale=locale, quiet_from=time(3), quiet_to=time(3))
    run = make_run(organiser, title="Dawn by the lake", starts_at=in_days(1))
    browser, _row = device(service, organiser)
    reza = make_person(name="Reza Ahmadi")
    join_run(reza, run.id)
    db.session.commit()
    send()
    (request,) = service.received
    shown = browser.read(request)
    assert (shown["title"], shown["lang"]) == ("Dawn by the lake", locale)
    assert "Reza Ahmadi" in shown["body"]
    assert "<" not in shown["body"]
    notification = db.session.scalars(select(Notification).where(Notification.person_id == organiser.id)).one()
    assert shown["path"] == f"/notifications/{notification.id}"
    assert (request.headers["topic"], request.headers["urgency"]) == (shown["tag"], "normal")
    assert claims_of(request, site_key().public)["sub"] == "https://hampa.example"
    (message,) = pushes()
    assert (message.status, message.provider) == ("sent", "webpush")
    assert page.as_(organiser).get(shown["path"], 303).location.endswith(f"/runs/{run.id}")
    db.session.expire_all()
    assert notification.read_at is not None


@pytest.mark.parametrize(("locale", "words"), [("en", "and 2 others"), ("fa", "۲ نفر دیگر")])
def test_many_who_join_are_shown_as_one_on_a_device(service, locale, words):
    organiser = make_person(locale=locale, quiet_from=time(3), quiet_to=time(3))
    run = make_run(organiser, starts_at=in_days(1))
    browser, _row = device(service, organiser)
    blocked, banned, *seen = (make_person(name=f"Runner {number}") for number in range(5))
    for joiner in (blocked, banned, *seen):
        join_run(joiner, run.id)
        db.session.commit()
    db.session.add(Block(blocker_id=organiser.id, blocked_id=blocked.id))
    banned.state = "banned"
    db.session.commit()
    for _message in pushes():  # one at a time, by the only sender
        send()
    shown = [browser.read(request) for request in service.received]
    assert len({one["tag"] for one in shown}) == 1, "a later one takes the place of an earlier one"
    assert [words in one["body"] for one in shown] == [False] * (len(shown) - 1) + [True]
    assert "Runner 4" in shown[-1]["body"]


def write(people, key: str, kind: str = "run_changed", **given) -> int:
    details = {"actor_id": None, "expires_at": None} | given
    subject_id = details.pop("subject_id", None) or make_run().id
    return send_push_many(people, get_kind(kind), DATA[kind], key=key, subject_id=subject_id, **details)


def test_many_devices_are_written_to_in_one_statement_and_once(service, statements):
    people = [make_person() for _number in range(3)]
    for person in people[:2]:
        device(service, person)
    make_device(people[0], PushBrowser(f"{service.url}/second"))
    device(service, people[2], server_key="of another secret")
    run_id, ids = make_run().id, [person.id for person in people]
    write(select(Person.id), "warm-up")
    with statements() as seen:
        count = write(select(Person.id), "one", subject_id=run_id)
    assert (count, len(seen)) == (3, 1)
    assert write(ids, "one", subject_id=run_id) == 0


def test_many_held_back_for_a_device_lead_to_the_list(service):
    night = clock.now().replace(hour=1) + timedelta(days=2)
    person = make_person(timezone="UTC", quiet_from=time(22), quiet_to=time(7))
    browser, _row = device(service, person)
    with clock.frozen(night):
        for number in range(5):
            write([person.id], f"event {number}", "new_run")
        db.session.commit()
    assert (
        sorted(message.template for message in pushes())
        == ["notifications/push/more.txt"] + ["notifications/push/new_run.txt"] * 2
    )
    with clock.frozen(night.replace(hour=13)):
        for number in range(3):
            write([person.id], f"by day {number}", "new_run")
    assert len(pushes()) == 6, "by day each comes by itself"
    db.session.execute(update(OutboxMessage).values(next_attempt_at=clock.now() - timedelta(minutes=1)))
    db.session.commit()
    for _message in pushes():  # one at a time, by the only sender
        send()
    shown = [browser.read(request) for request in service.received]
    assert [one["body"] for one in shown if one["path"] == "/notifications" and one["title"] == "Hampa"] == [
        "More has happened in your quiet hours."
    ]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(service, status):
    person = make_person()
    _browser, row = device(service, person)
    device_id = row.id
    service.answer = lambda _request: Reply(status)
    write([person.id], "one")
    db.session.commit()
    send()
    assert [message.status for message in pushes()] == ["failed"]
    assert db.session.scalar(select(PushSubscription.id).where(PushSubscription.id == device_id)) is None
    assert write([person.id], "two") == 0


def test_a_busy_service_is_asked_again_when_it_says(service):
    person = make_person()
    device(service, person)
    service.answer = lambda _request: Reply(429, {"Retry-After": "600"})
    write([person.id], "one")
    db.session.commit()
    with clock.frozen(clock.now()):
        send()
        (message,) = pushes()
        assert message.status == "pending"
        assert message.next_attempt_at - clock.now() >= timedelta(seconds=590)


def test_what_is_gone_or_turned_off_meanwhile_is_not_shown(service):
    person = make_person()
    device(service, person)
    run = make_run()
    write([person.id], "one", subject_id=run.id)
    end_sessions(person)
    db.session.commit()
    send()
    other = make_person()
    _browser, theirs = device(service, other)
    write([other.id], "two", subject_id=run.id)
    theirs.person_id = person.id
    db.session.commit()
    send()
    assert not service.received
    assert [message.status for message in pushes()] == ["cancelled", "cancelled"]


def test_a_message_is_kept_as_long_as_it_is_true(service):
    person = make_person()
    device(service, person)
    with clock.frozen(clock.now()):
        for key, left in {"soon": timedelta(seconds=5), "late": timedelta(days=60), "hour": timedelta(hours=1)}.items():
            write([person.id], key, expires_at=clock.now() + left)
        write([person.id], "ever")
        db.session.commit()
        send()
    assert sorted(int(request.headers["ttl"]) for request in service.received) == [60, 3600, 172_800, 1_209_600]


def test_a_demo_person_hears_it_on_the_console(service):
    person = make_person(is_demo=True)
    device(service, person)
    write([person.id], "one")
    db.session.commit()
    send()
    assert not service.received
    assert [one.kind for one in deliveries()][:1] == ["push"]


def test_the_newer_message_about_the_same_takes_the_place_of_the_older(service):
    person, other = make_person(), make_person()
    for one in (person, other):
        device(service, one)
    run, another = make_run(), make_run()
    for key, subject in {"one": run, "two": run, "three": another}.items():
        write([person.id], key, subject_id=subject.id)
    write([other.id], "four", subject_id=run.id)
    db.session.commit()
    send()
    topics = [request.headers["topic"] for request in service.received]
    assert len(topics) == 4
    assert len(set(topics)) == 3, "the service can't tell that two people hear of the same run"
    assert all(re.fullmatch("[A-Za-z0-9_-]{1,32}", topic) for topic in topics)


def test_no_kind_shows_what_people_wrote_or_a_number_on_a_lock_screen(app):
    secret = {name: f"Private {name} words" for name in ("line", "text", "reason")}
    numbers = re.compile(r"\d{7}|[۰-۹]{7}|\d{3} \d{3} \d{2}|[۰-۹]{3} [۰-۹]{3}")
    faults = []
    for kind in notification_kinds():
        if "push" not in kind.channels:
            continue
        data = {**WORDS, **DATA[kind.name], **secret}
        for locale in i18n.LOCALES:
            with app.test_request_context(), i18n.use_locale(locale):
                text = render_text(kind.push_template, data=data, to="")
            assert text, kind.name
            assert "<" not in text, kind.name
            if "Private" in text or numbers.search(text):
                faults.append(f"{kind.name}: {text}")
    assert not faults, "\n".join(faults)
