"""Stopping SMS: by a word, by a link, for the number and not for the account."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hampa.account.jobs import erase
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.stops import answer_sms, start_sms, stop_sms
from hampa.notifications.models import SmsStop
from hampa.notifications.queries.stops import is_stopped, meaning_of
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.security.signed_links import make_token
from tests.factories.notifications import DATA
from tests.factories.people import make_person

STOPS = [
    "STOP",
    "stop",
    " Stop. ",
    "StopAll",
    "UNSUBSCRIBE",
    "cancel",
    "End!",
    "QUIT",
    "stop 1",
    "۱ STOP",
    "لغو",
    "لغو۱",
]
STOPS += ["لـغـو", "توقف", " توقف\n", "تَوَقُّف", "\u200fلغو\u200f", "ＳＴＯＰ"]
NO_STOPS = [
    "",
    "stop it",
    "please stop",
    "don't stop",
    "nonstop",
    "لغو نکن",
    "1",
    "ok",
    "STOP" * 20,
    "شروع کن",
    "توقفگاه",
]


def tell(person, kind="export_ready"):
    notify([person.id], kind, subject_id=uuid.uuid4(), data=DATA[kind], event=uuid.uuid4())


def delivered(session, phone):
    query = select(ConsoleDelivery.purpose).where(ConsoleDelivery.recipient == phone)
    return session.scalars(query.order_by(ConsoleDelivery.created_at)).all()


def test_single_words_stop_and_start():
    assert [text for text in STOPS if meaning_of(text) != "stop"] == []
    assert [text for text in NO_STOPS if meaning_of(text) is not None] == []
    assert [meaning_of(text) for text in ("START", "start!", "شروع", "شُروع")] == ["start"] * 4


@pytest.mark.parametrize(("language", "words"), [("en", "answer START"), ("fa", "START")])
def test_a_word_stops_and_is_confirmed_once(owner, work, db_session, language, words):
    owner.locale = language
    for _ in range(3):
        answer_sms(owner.phone, "STOP")
    tell(owner)
    work()
    (text,) = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == owner.phone))
    assert words in text
    answer_sms(owner.phone, "hello?")
    assert is_stopped(owner.phone)
    answer_sms(owner.phone, "شروع")
    tell(owner)
    work()
    assert delivered(db_session, owner.phone) == ["sms_stop", "sms_stop", "export_ready"]


def test_it_is_honoured_when_sending(owner, work, db_session):
    tell(owner)
    stop_sms(owner.phone)
    work()
    assert delivered(db_session, owner.phone) == []
    assert db_session.scalars(select(OutboxMessage.status)).all() == ["cancelled"]


def test_codes_security_and_home_safe_still_come(owner, work, db_session):
    stop_sms(owner.phone)
    tell(owner, "account_security")
    details: dict[str, Any] = {"key": "c", "locale": "en", "secret": "123456", "priority": "code"}
    send_sms(owner.phone, "auth/sms/sign_in_code.txt", {"host": "hampa.example"}, purpose="sign_in_code", **details)
    work()
    assert sorted(delivered(db_session, owner.phone)) == ["account_security", "sign_in_code"]


def test_it_belongs_to_the_number_and_outlives_the_account(owner, db_session):
    phone = owner.phone
    stop_sms(phone)
    owner.state, owner.leaving_at, owner.put_aside = "leaving", clock.now() - timedelta(days=15), {"name": "Sara"}
    db.session.commit()
    erase(owner.id)
    db_session.expire_all()
    assert owner.state == "erased"
    assert is_stopped(phone), "it holds for the next account with that number"
    assert phone not in db_session.scalars(select(SmsStop.number_hash)).one()


def test_the_link_of_an_sms_asks_first_and_then_stops(page, owner, work, db_session):
    tell(owner)
    tell(owner)
    work()
    first, second = db_session.scalars(
        select(ConsoleDelivery.text)
        .where(ConsoleDelivery.recipient == owner.phone)
        .order_by(ConsoleDelivery.created_at)
    )
    assert "/no/" in first
    assert "/no/" not in second, "once in a while is enough: it costs a segment"
    path = "/no/" + first.rpartition("/no/")[2].strip()
    seen = page.get(path, 200)
    assert not is_stopped(owner.phone)
    assert owner.name not in seen.words
    done = seen.form().submit(status=303)
    assert is_stopped(owner.phone)
    assert "START" in done.follow().words
    with clock.shifted(timedelta(days=31)):
        start_sms(owner.phone)
        tell(owner)
        work()
    assert [text for text in db_session.scalars(select(ConsoleDelivery.text)) if "/no/" in text] == [first, first]


def test_a_link_is_for_its_number_alone(page, owner):
    token = make_token("n", owner.id, owner.phone, is_public=True)
    page.get(f"/no/{token}", 200)
    page.get(f"/no/{make_token('n', owner.id, '+989120000000', is_public=True)}", 404)
    page.get(f"/no/{make_token('n', owner.id, owner.phone)}", 410)  # a short tag, of an earlier release
    page.get(f"/no/{make_token('s', owner.id, owner.phone)}", 404)
    page.get("/no/x", 404)
    owner.phone = "+989121239876"
    page.get(f"/no/{token}", 404)


def test_the_person_starts_them_again_in_the_settings(page, owner, stranger):
    stop_sms(owner.phone)
    seen = page.as_(owner).get("/me/settings/notifications", 200)
    assert "SMS are stopped" in seen.words
    page.as_(stranger).post("/me/settings/notifications/sms", status=303)
    assert is_stopped(owner.phone)
    seen.form("/me/settings/notifications/sms").submit(status=303)
    assert not is_stopped(owner.phone)
    page.as_(owner).get("/me/settings/notifications").form("/me/settings/notifications/sms").submit(status=303)
    assert is_stopped(owner.phone)
    assert make_person().phone
