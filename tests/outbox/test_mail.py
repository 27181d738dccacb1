"""Mail is sent as SMS is, through the gateway of mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hampa.outbox import queries
from hampa.outbox.actions.writing import send_mail
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.delivery.base import Answer, Outcome
from tests.factories.people import make_person
from tests.outbox.conftest import ScriptedGateway, fresh, send


def test_a_mail_goes_to_who_delivers_mail_with_its_first_line_as_subject(
    db_session: Session, gateway: ScriptedGateway, mails: ScriptedGateway
) -> None:
    message = send_mail(
        "sara@example.org",
        "tests/mail/plain.txt",
        {"word": "<hello> https://hampa.example/x"},
        purpose="test",
        key="mail:1",
        locale="fa",
        secret="s3cret",
    )
    db.session.commit()
    mails.script = [Outcome(Answer.RETRY, error="s3cret is busy")]
    assert send() == 1 and fresh(message).last_error == "•••••• is busy"
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert send() == 1
    assert gateway.sent == []
    mail = mails.sent[-1]
    assert (mail.to, mail.subject) == ("sara@example.org", "Word for you")
    assert mail.text == "<hello> https://hampa.example/x s3cret\n"
    assert mail.veiled == "<hello> https://hampa.example/x ••••••\n"
    assert 'dir="rtl"' in mail.html and "&lt;hello&gt;" in mail.html and 'href="https://hampa.example/x"' in mail.html
    assert (fresh(message).status, message.secret, message.segments) == ("sent", None, None)
    assert [event.what for event in queries.events_of(message.id)] == ["put off", "sent"]


def test_of_mails_with_one_key_the_first_is_kept(db_session: Session) -> None:
    first, again = (
        send_mail(to, "tests/mail/plain.txt", {"word": to}, purpose="test", key="mail:2", locale="en")
        for to in ("a@example.org", "b@example.org")
    )
    assert first.id == again.id and again.recipient == "a@example.org"


@pytest.mark.parametrize(
    "recipient", ["+989121234567", "a@b@example.org", "a@example.org\r\nBcc: b@example.org", "a b@c.d"]
)
def test_the_database_refuses_what_is_no_address(db_session: Session, recipient: str) -> None:
    with pytest.raises(IntegrityError):
        send_mail(recipient, "tests/mail/plain.txt", {}, purpose="test", key="mail:3", locale="en")
    db.session.rollback()


def test_mail_to_demo_people_stays_in_the_house(db_session: Session, mails: ScriptedGateway) -> None:
    demo = make_person(is_demo=True)
    send_mail(
        "demo@example.org",
        "tests/mail/plain.txt",
        {"word": "hello"},
        purpose="test",
        key="mail:4",
        locale="en",
        person_id=demo.id,
        secret="x",
    )
    db.session.commit()
    assert send() == 1 and mails.sent == []
    (shown,) = console.deliveries("demo@example.org")
    assert (shown.kind, shown.text) == ("mail", "Word for you\n\nhello x\n")
